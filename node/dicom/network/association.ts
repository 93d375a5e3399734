import type { Socket } from 'node:net'
import { reasonOf } from '../../errors.js'
import type { AssociationEnd, AssociationUser } from './association-user.js'
import { abortReason, PduFault } from './bytes.js'
import type { NetworkLimits } from './limits.js'
import { Outflow } from './outflow.js'
import { type Activity, Pace } from './pace.js'
import {
  type Abort,
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  encodePdu,
  type Pdu,
  pduType,
} from './pdu.js'
import { PduReader } from './pdu-reader.js'
import { type Action, actionFor, type Event, type State, stateAfter } from './states.js'

export type Role = 'requestor' | 'acceptor'

export type LayerLimits = Pick<
  NetworkLimits,
  | 'maxPduBytes'
  | 'maxAssociatePduBytes'
  | 'artimTimeoutMs'
  | 'closeTimeoutMs'
  | 'idleTimeoutMs'
  | 'minimumBytesPerSecond'
  | 'rateWindowMs'
  | 'writeStallTimeoutMs'
>

/** What an action needs besides the state: the PDU that came, or the reason of a fault. */
interface Occasion {
  pdu?: Pdu
  fault?: PduFault
  pdus?: readonly Buffer[]
  written?: () => void
  cause?: string
}

/** One association on one connected socket, driven by the state table of PS3.8 §9.2. */
export class UpperLayer {
  readonly #socket: Socket
  readonly #role: Role
  readonly #limits: LayerLimits
  readonly #user: AssociationUser
  readonly #reader: PduReader
  readonly #bug: (thrown: unknown) => void
  readonly #out: Outflow
  #state: State = 'Sta1'
  #artim: NodeJS.Timeout | undefined
  #pace: Pace | undefined
  #delivers = false
  #holds = 0
  #hasEnded = false
  #socketError: NodeJS.ErrnoException | undefined

  /** `bug` is called with whatever was thrown that is no fault of the peer. */
  constructor(options: {
    socket: Socket
    role: Role
    limits: LayerLimits
    user: AssociationUser
    bug: (thrown: unknown) => void
  }) {
    this.#socket = options.socket
    this.#role = options.role
    this.#limits = options.limits
    this.#user = options.user
    this.#bug = options.bug
    this.#out = new Outflow(options.socket, options.limits.writeStallTimeoutMs, () =>
      this.destroy('the peer takes no more bytes'),
    )
    this.#reader = new PduReader(
      {
        pdu: pdu => this.#fire(pduEvents[pdu.type], { pdu }),
        dataBegins: () => this.#fire('Evt10', {}),
        fragment: (contextId, control, chunk, start, end, complete) => {
          if (this.#delivers) this.#user.fragment(contextId, control, chunk, start, end, complete)
        },
      },
      options.limits,
    )
    this.#listen()
    if (this.#role === 'acceptor') this.#fire('Evt5', {})
  }

  get state(): State {
    return this.#state
  }

  /** Whether P-DATA may be sent. */
  get canSend(): boolean {
    return this.#state === 'Sta6' || this.#state === 'Sta8'
  }

  /** Asks for an association. The transport is already there, so Evt2 follows at once. */
  request(request: AssociateRequest): void {
    this.#fire('Evt1', {})
    this.#fire('Evt2', { pdu: request })
  }

  /** Sends whole P-DATA-TF PDUs in one write; false = wait for `drained`. `written`: their memory is free again. */
  send(pdus: readonly Buffer[], written?: () => void): boolean {
    this.#fire('Evt9', { pdus, written })
    return !this.#out.isFull
  }

  /** Resolves when what was sent has been taken, or the association is over. */
  drained(): Promise<void> {
    return this.#out.drained()
  }

  release(): void {
    this.#fire('Evt11', {})
  }

  respondRelease(): void {
    this.#fire('Evt14', {})
  }

  /** A-ABORT by the service user (source 0). Without effect where there is nothing left to abort. */
  abort(cause: string): void {
    if (this.#state === 'Sta1' || this.#state === 'Sta2' || this.#state === 'Sta13') {
      this.#end({ kind: 'aborted', by: 'us', source: 0, reason: 0, cause })
      this.#destroy()
    } else this.#fire('Evt15', { cause })
  }

  /** Closes without ceremony. */
  destroy(cause: string): void {
    this.#end({ kind: 'aborted', by: 'us', source: 0, reason: 0, cause })
    this.#destroy()
  }

  /** Back-pressure: stops reading, in the middle of a chunk if need be. Calls add up. */
  pause(): void {
    this.#holds += 1
    this.#reader.hold()
    this.#socket.pause()
  }

  resume(): void {
    if (this.#holds === 0) return
    this.#holds -= 1
    if (this.#holds > 0 || this.#socket.destroyed) return
    this.#read(() => this.#reader.proceed())
    if (this.#holds === 0) this.#socket.resume()
  }

  #listen(): void {
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#pace?.received(chunk.length)
      this.#read(() => this.#reader.push(chunk))
    })
    socket.on('error', error => {
      this.#socketError = error
    })
    socket.on('close', () => {
      if (this.#state !== 'Sta1') this.#fire('Evt17', {})
      this.#pace?.stop()
      clearTimeout(this.#artim)
    })
  }

  #read(step: () => void): void {
    try {
      step()
    } catch (thrown) {
      this.#reader.stop()
      if (!(thrown instanceof PduFault)) {
        // One bad association never touches another: a fault of ours ends this one and is reported.
        this.destroy(`fault of this program: ${reasonOf(thrown)}`)
        this.#bug(thrown)
        return
      }
      if (this.#state !== 'Sta1') this.#fire('Evt19', { fault: thrown })
    }
  }

  #fire(event: Event, occasion: Occasion): void {
    const action = actionFor(this.#state, event)
    // The state changes first: an action may cause the next event before it returns.
    this.#state = stateAfter(action, this.#role)
    this.#act(action, occasion)
  }

  #act(action: Action, { pdu, fault, pdus, written, cause }: Occasion): void {
    switch (action) {
      case 'AE-1':
        return
      case 'AE-2':
        this.#say(pdu as AssociateRequest)
        return
      case 'AE-3':
        this.#establish()
        this.#user.confirmation(pdu as AssociateAccept)
        return
      case 'AE-4': {
        const { result, source, reason } = pdu as AssociateReject
        this.#end({ kind: 'rejected', result, source, reason })
        this.#closeTransport()
        return
      }
      case 'AE-5':
        this.#startArtim(this.#limits.artimTimeoutMs)
        return
      case 'AE-6':
        // What the provider itself would refuse (protocol version) the user answers too, since an unknown caller must
        // always hear the same refusal.
        this.#stopArtim()
        this.#answer(this.#user.indication(pdu as AssociateRequest))
        return
      case 'AE-7':
        this.#say(pdu as AssociateAccept)
        this.#establish()
        return
      case 'AE-8': {
        this.#say(pdu as AssociateReject)
        this.#startArtim(this.#limits.closeTimeoutMs)
        const { result, source, reason } = pdu as AssociateReject
        this.#end({ kind: 'rejected', result, source, reason })
        return
      }
      case 'DT-1':
      case 'AR-7':
        this.#out.write(pdus as readonly Buffer[], written)
        return
      case 'DT-2':
      case 'AR-6':
        this.#delivers = true
        return
      case 'AR-1':
        this.#say({ type: pduType.releaseRequest })
        return
      case 'AR-2':
        this.#user.releaseIndication()
        return
      case 'AR-3':
        this.#end({ kind: 'released' })
        this.#closeTransport()
        return
      case 'AR-4':
        this.#say({ type: pduType.releaseReply })
        this.#startArtim(this.#limits.closeTimeoutMs)
        this.#end({ kind: 'released' })
        return
      case 'AR-5':
        this.#stopArtim()
        return
      case 'AR-8':
        // Both sides asked at once (PS3.8 §7.2.2.6): the requestor answers first, the acceptor after it (AR-10).
        if (this.#role === 'requestor') this.#fire('Evt14', {})
        return
      case 'AR-9':
        this.#say({ type: pduType.releaseReply })
        return
      case 'AR-10':
        this.#fire('Evt14', {})
        return
      case 'AA-1':
        this.#abort(cause, fault)
        return
      case 'AA-2':
        this.#stopArtim()
        this.#end({ kind: 'closed', cause: cause ?? 'closed before an association' })
        this.#destroy()
        return
      case 'AA-3': {
        const { source, reason } = pdu as Abort
        this.#end({ kind: 'aborted', by: 'peer', source, reason, cause: 'aborted by the peer' })
        this.#destroy()
        return
      }
      case 'AA-4':
      case 'AA-5':
        this.#stopArtim()
        this.#end({
          kind: 'closed',
          cause: `the connection was closed${this.#socketError ? `: ${this.#socketError.message}` : ''}`,
          code: this.#socketError?.code,
        })
        return
      case 'AA-6':
        this.#delivers = false
        return
      case 'AA-7':
        this.#say({ type: pduType.abort, source: 2, reason: fault?.reason ?? abortReason.unexpectedPdu })
        return
      case 'AA-8':
        this.#abort(undefined, fault ?? new PduFault('a PDU out of order', abortReason.unexpectedPdu))
        return
    }
  }

  /** Sends the answer to an A-ASSOCIATE-RQ, unless the user closed meanwhile. */
  #answer(answer: AssociateAccept | AssociateReject): void {
    if (this.#state !== 'Sta3') return
    const event = answer.type === pduType.associateAccept ? 'Evt7' : 'Evt8'
    this.#fire(event, { pdu: answer })
  }

  /** AA-1 and AA-8: A-ABORT, then Sta13 until the peer closes or ARTIM expires. */
  #abort(cause: string | undefined, fault: PduFault | undefined): void {
    this.#delivers = false
    // A fault of the peer is told with source 2 and its reason even in Sta2, where AA-1 says "service user".
    const source = cause === undefined ? 2 : 0
    const reason = cause === undefined ? (fault?.reason ?? abortReason.unexpectedPdu) : 0
    this.#say({ type: pduType.abort, source, reason })
    this.#startArtim(this.#limits.closeTimeoutMs)
    const why = cause ?? fault?.message ?? 'a PDU out of order'
    this.#end({ kind: 'aborted', by: 'us', source, reason, cause: why })
    // Whoever held the line for back-pressure is gone, and the peer's answer or its closing must be seen.
    this.#holds = 0
    this.#read(() => this.#reader.proceed())
    this.#socket.resume()
  }

  #say(pdu: Pdu): void {
    this.#out.write([encodePdu(pdu)])
  }

  #establish(): void {
    const { idleTimeoutMs, minimumBytesPerSecond, rateWindowMs } = this.#limits
    this.#pace = new Pace(
      { silenceTimeoutMs: idleTimeoutMs, minimumBytesPerSecond, rateWindowMs },
      () => this.#activity(),
      cause => this.#overdue(cause),
    )
  }

  #activity(): Activity {
    if (this.#holds > 0) return 'held'
    if (!this.#reader.betweenPdus || this.#user.midMessage) return 'receiving'
    return this.#user.awaitsPeer ? 'silent' : 'working'
  }

  #overdue(cause: string): void {
    if (this.#state !== 'Sta1' && this.#state !== 'Sta13') this.#fire('Evt15', { cause })
  }

  /** A complete message came or went. */
  spoke(): void {
    this.#pace?.spoke()
  }

  #startArtim(timeoutMs: number): void {
    clearTimeout(this.#artim)
    this.#artim = setTimeout(() => this.#artimExpired(), timeoutMs)
  }

  #stopArtim(): void {
    clearTimeout(this.#artim)
  }

  #artimExpired(): void {
    if (this.#state === 'Sta1') this.#destroy()
    else this.#fire('Evt18', { cause: 'no association was asked for in time' })
  }

  /** Closes politely; ARTIM sees to it that it ends. */
  #closeTransport(): void {
    this.#reader.stop()
    this.#socket.destroySoon()
    this.#startArtim(this.#limits.closeTimeoutMs)
  }

  #destroy(): void {
    this.#state = 'Sta1'
    this.#reader.stop()
    this.#socket.destroy()
  }

  #end(end: AssociationEnd): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#pace?.stop()
    this.#user.ended(end)
  }
}

const pduEvents = {
  [pduType.associateAccept]: 'Evt3',
  [pduType.associateReject]: 'Evt4',
  [pduType.associateRequest]: 'Evt6',
  [pduType.releaseRequest]: 'Evt12',
  [pduType.releaseReply]: 'Evt13',
  [pduType.abort]: 'Evt16',
} as const satisfies Record<Pdu['type'], Event>
