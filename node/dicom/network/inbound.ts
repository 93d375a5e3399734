import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../clock.js'
import {
  type Admission,
  type Admitted,
  type AssociationOffer,
  acceptPdu,
  hindrance,
  type Occupancy,
  rejectPdu,
} from './admission.js'
import { UpperLayer } from './association.js'
import type { AssociationEnd, AssociationUser } from './association-user.js'
import { PduFault } from './bytes.js'
import { Dialogue, endText } from './dialogue.js'
import { isRelational } from './extended.js'
import { hardLimits, type NetworkLimits } from './limits.js'
import { acceptedContexts, requestorRoles } from './negotiation.js'
import type { AssociateAccept, AssociateReject, AssociateRequest } from './pdu.js'
import { Provider } from './provider.js'
import type { AcceptorServices } from './services.js'

/** Who called, as far as it is known when the event happens. */
export interface Caller {
  association: string
  address: string
  port: number
  callingAETitle?: string
  calledAETitle?: string
  certificateFingerprint?: string
}

/** What happened at the acceptor, for the journal and the log. */
export type AcceptorEvent = Caller &
  (
    | { type: 'accepted'; peer: string; acceptedContexts: number; refusedContexts: number; window: number }
    | { type: 'rejected'; result: number; source: number; reason: number; cause: string }
    | { type: 'released'; peer: string; operations: number; bytes: number; durationMs: number }
    /** Also connections that never became an association; then without `peer`. */
    | {
        type: 'aborted'
        peer?: string
        by: 'us' | 'peer'
        reason: string
        operations: number
        bytes: number
        durationMs: number
      }
    /** A fault of this program; the association it happened on may go on. */
    | { type: 'fault'; error: unknown }
  )

type EventBody = AcceptorEvent extends infer E ? (E extends unknown ? Omit<E, keyof Caller> : never) : never

/** The house an inbound connection comes to. */
export interface House {
  limits: NetworkLimits
  clock: Clock
  services: AcceptorServices
  admit(offer: AssociationOffer): Admission
  onEvent(event: AcceptorEvent): void
  /** How full it is for this peer. */
  occupancy(peer: string): Occupancy
  /** The connection has become an association of this peer. */
  associated(peer: string): void
  /** It is none any more, or never became one. */
  ended(): void
}

/** One connection to the acceptor, from the first byte to the closed socket. */
export class Inbound implements AssociationUser {
  readonly #socket: Socket
  readonly #house: House
  readonly #layer: UpperLayer
  readonly #caller: Caller
  readonly #startedAt: number
  #peer: string | undefined
  #provider: Provider | undefined
  #dialogue: Dialogue | undefined

  constructor(socket: Socket, address: string, house: House) {
    this.#socket = socket
    this.#house = house
    this.#caller = { association: randomUUID(), address, port: socket.remotePort ?? 0 }
    this.#startedAt = house.clock.monotonic()
    this.#layer = new UpperLayer({
      socket,
      role: 'acceptor',
      limits: house.limits,
      user: this,
      bug: thrown => this.#bug(thrown),
    })
  }

  get midMessage(): boolean {
    return this.#dialogue?.midMessage ?? false
  }

  get awaitsPeer(): boolean {
    // In a C-GET it owes us the answers to the instances we send it, while we owe it the end.
    if (this.#dialogue?.awaits) return true
    return !this.#provider?.owesAnswers
  }

  /** Aborts and closes as soon as the A-ABORT is out. */
  close(cause: string): void {
    this.#layer.abort(cause)
    this.#socket.destroySoon()
  }

  destroy(cause: string): void {
    this.#layer.destroy(cause)
  }

  indication(request: AssociateRequest): AssociateAccept | AssociateReject {
    const { callingAETitle, calledAETitle } = request
    Object.assign(this.#caller, {
      callingAETitle,
      calledAETitle,
      certificateFingerprint: this.#fingerprint(),
    })
    const admission = this.#admit(request)
    if (!admission.admitted) {
      const { result, source, reason, cause } = admission
      this.#event({ type: 'rejected', result, source, reason, cause })
      return rejectPdu(admission)
    }
    const { maxPduBytes } = request.user
    if (maxPduBytes !== 0 && maxPduBytes < hardLimits.smallestPeerPduBytes)
      throw new PduFault(`a maximum length of ${maxPduBytes} bytes is too small to be served`)
    return this.#accept(request, admission)
  }

  confirmation(): void {
    throw new Error('an acceptor is never confirmed')
  }

  fragment(
    contextId: number,
    control: number,
    chunk: Buffer,
    start: number,
    end: number,
    complete: boolean,
  ): void {
    this.#dialogue?.fragment(contextId, control, chunk, start, end, complete)
  }

  releaseIndication(): void {
    this.#provider?.release()
  }

  ended(end: AssociationEnd): void {
    this.#house.ended()
    this.#dialogue?.ended(end)
    this.#provider?.ended()
    // A refusal is told where it is decided, with its true cause.
    if (end.kind === 'rejected') return
    const account = {
      operations: this.#provider?.performed ?? 0,
      bytes: this.#socket.bytesRead,
      durationMs: this.#house.clock.monotonic() - this.#startedAt,
    }
    if (end.kind === 'released') this.#event({ type: 'released', peer: this.#peer ?? '', ...account })
    else {
      const by = end.kind === 'aborted' ? end.by : 'peer'
      this.#event({ type: 'aborted', peer: this.#peer, by, reason: endText(end), ...account })
    }
  }

  #admit(request: AssociateRequest): Admission {
    const { address, port, certificateFingerprint } = this.#caller
    const { callingAETitle, calledAETitle } = request
    const admission = this.#house.admit({
      callingAETitle,
      calledAETitle,
      address,
      port,
      tls: this.#socket instanceof TLSSocket,
      certificateFingerprint,
      request,
    })
    if (!admission.admitted) return admission
    return hindrance(request, admission, this.#house.occupancy(admission.peer)) ?? admission
  }

  #accept(request: AssociateRequest, admission: Admitted): AssociateAccept {
    const { services, limits } = this.#house
    const accept = acceptPdu(request, admission, limits.maxPduBytes)
    const contexts = acceptedContexts(request.contexts, accept.contexts)
    const window = accept.user.window?.invoked ?? 1
    const { association: id, address } = this.#caller
    const { callingAETitle, calledAETitle } = request
    this.#peer = admission.peer
    this.#provider = new Provider({
      layer: this.#layer,
      association: { id, peer: admission.peer, callingAETitle, calledAETitle, address },
      services,
      limits,
      window,
      agreed: uid => ({
        ...requestorRoles(accept.user.roles, uid),
        relational: isRelational(accept.user.extended, uid),
      }),
      bug: thrown => this.#bug(thrown),
    })
    this.#dialogue = new Dialogue({
      layer: this.#layer,
      contexts,
      peerMaxPduBytes: request.user.maxPduBytes,
      maxCommandBytes: limits.maxCommandBytes,
      requests: this.#provider,
    })
    this.#provider.attach(this.#dialogue)
    this.#house.associated(admission.peer)
    this.#event({
      type: 'accepted',
      peer: admission.peer,
      acceptedContexts: contexts.size,
      refusedContexts: accept.contexts.length - contexts.size,
      window,
    })
    return accept
  }

  /** Node gives it upper-case with colons. */
  #fingerprint(): string | undefined {
    if (!(this.#socket instanceof TLSSocket)) return undefined
    const fingerprint: string | undefined = this.#socket.getPeerCertificate().fingerprint256
    return fingerprint?.replaceAll(':', '').toLowerCase()
  }

  #bug(error: unknown): void {
    this.#event({ type: 'fault', error })
  }

  #event(body: EventBody): void {
    this.#house.onEvent({ ...this.#caller, ...body })
  }
}
