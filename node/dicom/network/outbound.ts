import type { Socket } from 'node:net'
import { reasonOf } from '../../errors.js'
import {
  APPLICATION_CONTEXT,
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
  SOPClass,
} from '../uids.js'
import { UpperLayer } from './association.js'
import type { AssociationEnd, AssociationUser } from './association-user.js'
import { abortReason, PduFault } from './bytes.js'
import { reportCommitment, requestCommitment } from './commitment-scu.js'
import { AssociationFailure, associationFailure } from './connect.js'
import { Dialogue, endText } from './dialogue.js'
import { defaultLimits, hardLimits } from './limits.js'
import { discard } from './messages.js'
import { acceptedContexts, contextResult, grantedWindow, requestorRoles } from './negotiation.js'
import { type AssociateAccept, type AssociateRequest, type OfferedContext, pduType } from './pdu.js'
import { Provider } from './provider.js'
import { find } from './query-scu.js'
import type { Association, EchoOutcome, RequestorOptions } from './requestor.js'
import { echoRequest } from './requests.js'
import { retrieve } from './retrieve-scu.js'
import { queryStatus } from './status.js'
import { StoreSender } from './store-scu.js'
import type { RoleSelection } from './user-information.js'

/** One association of ours, on a connected socket. */
export class Outbound implements AssociationUser {
  readonly #options: RequestorOptions
  readonly #layer: UpperLayer
  readonly #offered: OfferedContext[]
  readonly #end: Promise<AssociationEnd>
  #settleEnd: (end: AssociationEnd) => void = () => undefined
  #settleOpen: { resolve: (accept: AssociateAccept) => void; reject: (thrown: unknown) => void } | undefined
  #dialogue: Dialogue | undefined
  readonly #provider: Provider
  #roles: readonly RoleSelection[] = []
  #releaseTimer: NodeJS.Timeout | undefined
  #operations = 0
  #freed: (() => void) | undefined

  constructor(socket: Socket, options: RequestorOptions) {
    this.#options = options
    this.#offered = options.contexts.map((context, index) => ({ id: index * 2 + 1, ...context }))
    this.#end = new Promise(resolve => {
      this.#settleEnd = resolve
    })
    const { timers } = options
    this.#layer = new UpperLayer({
      socket,
      role: 'requestor',
      limits: {
        ...timers,
        maxPduBytes: options.maxPduBytes,
        maxAssociatePduBytes: defaultLimits.maxAssociatePduBytes,
        artimTimeoutMs: timers.associateTimeoutMs,
        idleTimeoutMs: timers.responseTimeoutMs,
      },
      user: this,
      bug: thrown => this.#settleOpen?.reject(thrown),
    })
    // Nothing but an echo, what a C-GET brings and word of Storage Commitment is served on an association of ours.
    const { store, commitment } = options
    this.#provider = new Provider({
      layer: this.#layer,
      association: { id: '', peer: options.calledAETitle, address: options.host, ...options },
      services: {
        ...(store === undefined ? {} : { store }),
        ...(commitment === undefined ? {} : { commitment }),
      },
      limits: defaultLimits,
      window: 1,
      agreed: uid => {
        // The peer is the acceptor: it sends where we are SCP.
        const { scu, scp } = requestorRoles(this.#roles, uid)
        return { scu: scp, scp: scu, relational: false }
      },
      bug: thrown => this.#layer.destroy(`fault of this program: ${reasonOf(thrown)}`),
    })
  }

  /** Asks the peer for the association and waits for its answer. */
  async open(): Promise<Association> {
    const { timers } = this.#options
    let timer: NodeJS.Timeout | undefined
    const accept = await new Promise<AssociateAccept>((resolve, reject) => {
      this.#settleOpen = { resolve, reject }
      timer = setTimeout(() => {
        reject(
          new AssociationFailure(
            'timeout',
            `no answer to A-ASSOCIATE-RQ within ${timers.associateTimeoutMs} ms`,
          ),
        )
        this.#layer.abort('no answer to A-ASSOCIATE-RQ')
      }, timers.associateTimeoutMs)
      this.#layer.request(this.#request())
    }).finally(() => clearTimeout(timer))
    return this.#association(accept, this.#dialogue as Dialogue)
  }

  get midMessage(): boolean {
    return this.#dialogue?.midMessage ?? false
  }

  /** Where nothing was asked, silence is ours. */
  get awaitsPeer(): boolean {
    return !this.#provider.owesAnswers && this.#dialogue?.awaits === true
  }

  indication(): never {
    throw new PduFault('an association request to its requestor', abortReason.unexpectedPdu)
  }

  confirmation(accept: AssociateAccept): void {
    const { maxPduBytes } = accept.user
    if (maxPduBytes !== 0 && maxPduBytes < hardLimits.smallestPeerPduBytes)
      throw new PduFault(`a maximum length of ${maxPduBytes} bytes is too small to be served`)
    this.#roles = accept.user.roles
    this.#dialogue = new Dialogue({
      layer: this.#layer,
      contexts: acceptedContexts(this.#offered, accept.contexts),
      peerMaxPduBytes: maxPduBytes,
      maxCommandBytes: defaultLimits.maxCommandBytes,
      requests: this.#provider,
    })
    this.#provider.attach(this.#dialogue)
    this.#settleOpen?.resolve(accept)
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

  /** The acceptor wants to end it: what it has not answered it will not answer. */
  releaseIndication(): void {
    this.#provider.release()
  }

  ended(end: AssociationEnd): void {
    clearTimeout(this.#releaseTimer)
    this.#settleOpen?.reject(associationFailure(end))
    this.#dialogue?.ended(end)
    this.#settleEnd(end)
  }

  #request(): AssociateRequest {
    const { callingAETitle, calledAETitle, maxPduBytes, window, roles } = this.#options
    return {
      type: pduType.associateRequest,
      protocolVersion: 1,
      calledAETitle,
      callingAETitle,
      applicationContextName: APPLICATION_CONTEXT,
      contexts: this.#offered,
      user: {
        maxPduBytes,
        implementationClassUID: IMPLEMENTATION_CLASS_UID,
        implementationVersionName: IMPLEMENTATION_VERSION_NAME,
        window: window !== undefined && window > 1 ? { invoked: window, performed: 1 } : undefined,
        roles: roles ?? [],
        extended: [],
      },
    }
  }

  #association(accept: AssociateAccept, dialogue: Dialogue): Association {
    const window = grantedWindow(this.#options.window ?? 1, accept.user.window)
    const abort = (cause: string) => this.#layer.abort(cause)
    const stores = new StoreSender(dialogue, window, abort)
    const {
      maxPduBytes,
      implementationClassUID: classUID,
      implementationVersionName: versionName,
    } = accept.user
    const { cancelTimeoutMs } = this.#options.timers
    const queryLimits = { maxIdentifierBytes: defaultLimits.maxIdentifierBytes, cancelTimeoutMs }
    return {
      contexts: [...dialogue.contexts.values()],
      refused: this.#offered
        .filter(({ id }) => !dialogue.contexts.has(id))
        .map(({ id, abstractSyntax }) => ({
          abstractSyntax,
          result: accept.contexts.find(each => each.id === id)?.result ?? contextResult.noReason,
        })),
      maxPduBytes,
      window,
      roles: accept.user.roles,
      peerImplementation: { classUID, versionName },
      end: this.#end,
      echo: () => this.#busy(this.#echo(dialogue)),
      store: instance => this.#busy(stores.store(instance)),
      find: query => this.#busy(find(dialogue, query, queryLimits, abort)),
      retrieve: request => this.#busy(retrieve(dialogue, request, queryLimits, abort)),
      requestCommitment: request => this.#busy(requestCommitment(dialogue, request)),
      reportCommitment: report => this.#busy(reportCommitment(dialogue, report)),
      release: () => this.#release(),
      abort: (cause = 'aborted by this node') => abort(cause),
    }
  }

  async #echo(dialogue: Dialogue): Promise<EchoOutcome> {
    const context = [...dialogue.contexts.values()].find(
      each => each.abstractSyntax === SOPClass.Verification,
    )
    if (!context) return { outcome: 'not-negotiated' }
    const { clock } = this.#options
    const startedAt = clock.monotonic()
    return new Promise(resolve => {
      const messageId = dialogue.expect({
        response: ({ Status: status = 0, hasDataSet }) => {
          dialogue.settled(messageId)
          const durationMs = clock.monotonic() - startedAt
          resolve({ outcome: 'answered', status, meaning: queryStatus(status), durationMs })
          return hasDataSet ? discard(() => undefined) : undefined
        },
        ended: end => resolve({ outcome: 'unanswered', reason: endText(end) }),
      })
      dialogue.say(context.id, echoRequest(messageId, SOPClass.Verification))
    })
  }

  /** Counts what a release must wait for. */
  async #busy<T>(operation: Promise<T>): Promise<T> {
    this.#operations += 1
    try {
      return await operation
    } finally {
      this.#operations -= 1
      if (this.#operations === 0) this.#freed?.()
    }
  }

  async #release(): Promise<AssociationEnd> {
    if (this.#operations > 0)
      await new Promise<void>(resolve => {
        this.#freed = resolve
      })
    if (this.#layer.state === 'Sta6') {
      const { releaseTimeoutMs } = this.#options.timers
      this.#releaseTimer = setTimeout(() => this.#layer.abort('no answer to a release'), releaseTimeoutMs)
      this.#layer.release()
    }
    return this.#end
  }
}
