import type { UpperLayer } from './association.js'
import { abortReason, PduFault } from './bytes.js'
import { type CommandSet, commandField } from './command.js'
import { COMMITMENT_MAX_BYTES, commitmentFault, performCommitment } from './commitment.js'
import { reportCommitment } from './commitment-scu.js'
import type { Dialogue, RequestHandler } from './dialogue.js'
import { answerEcho } from './echo.js'
import type { NetworkLimits } from './limits.js'
import { type DataSetReceiver, discard, gather } from './messages.js'
import type { AcceptedContext } from './negotiation.js'
import { operationFault } from './operations.js'
import { answerFind } from './query-scp.js'
import { responseTo } from './requests.js'
import { answerRetrieve } from './retrieve-scp.js'
import type {
  AcceptorServices,
  AssociationIdentity,
  CommitmentContext,
  FindContext,
  RetrieveContext,
  StoreResult,
} from './services.js'
import { dimseStatus, refusalOf } from './status.js'
import { Reception, storeContext, storeFault } from './store-scp.js'
import { StoreSender } from './store-scu.js'

/** A request whose answer we owe. */
interface Operation {
  messageId: number
  /** Its message has come completely. */
  owed: boolean
  /** The final response has gone out, though perhaps not been taken: the message ID is free again. */
  answered: boolean
  cancel?: () => void
  /** It makes requests of its own on this association: their answers must be read. */
  asks?: boolean
}

interface Request {
  context: AcceptedContext
  command: CommandSet
  operation: Operation
}

export interface ProviderOptions {
  layer: UpperLayer
  association: AssociationIdentity
  services: AcceptorServices
  limits: Pick<NetworkLimits, 'maxIdentifierBytes' | 'maxInstanceBytes'>
  /** Requests the peer may have unanswered at once. */
  window: number
  /** What was agreed on for a SOP class: the roles of the peer (PS3.7 D.3.3.4), relational queries (PS3.4 C.5.1.1). */
  agreed: (sopClassUID: string) => { scu: boolean; scp: boolean; relational: boolean }
  bug: (thrown: unknown) => void
}

/** Requests read beyond those that may be unanswered, while answers of the peer must be read too. */
const EXCESS_MAX = 8

/** Performs the operations the peer invokes on one association, several at once where a window was negotiated. */
export class Provider implements RequestHandler {
  readonly #options: ProviderOptions
  readonly #operations = new Set<Operation>()
  #dialogue: Dialogue | undefined
  #holds = false
  #releaseWanted = false
  #performed = 0

  constructor(options: ProviderOptions) {
    this.#options = options
  }

  /** The dialogue and its request handler need each other. */
  attach(dialogue: Dialogue): void {
    this.#dialogue = dialogue
  }

  get owesAnswers(): boolean {
    return this.#operations.size > 0
  }

  /** Operations answered so far. */
  get performed(): number {
    return this.#performed
  }

  request(context: AcceptedContext, command: CommandSet): DataSetReceiver | undefined {
    const messageId = command.MessageID ?? 0
    const isDuplicate = this.#underWay(messageId) !== undefined
    const operation: Operation = { messageId, owed: false, answered: isDuplicate }
    this.#operations.add(operation)
    const request = { context, command, operation }
    if (isDuplicate) return this.#refuse(request, { status: dimseStatus.duplicateInvocation })
    const fault = operationFault(context.abstractSyntax, command.CommandField)
    if (fault !== undefined) return this.#refuse(request, { status: fault })
    switch (command.CommandField) {
      case commandField.echoRequest:
        return whenComplete(command.hasDataSet, () => this.#echo(request))
      case commandField.storeRequest:
        return this.#store(request)
      case commandField.findRequest:
        return this.#find(request)
      case commandField.moveRequest:
      case commandField.getRequest:
        return this.#retrieve(request)
      case commandField.actionRequest:
      case commandField.eventReportRequest:
        return this.#commitment(request)
      default:
        return this.#refuse(request, { status: dimseStatus.unrecognizedOperation })
    }
  }

  cancel(messageId: number): void {
    // A cancel may cross the final response: then there is nothing to cancel (PS3.7 §9.3.2.3).
    this.#underWay(messageId)?.cancel?.()
  }

  /** The peer wants to release; it is answered when nothing is owed any more. */
  release(): void {
    if (this.#dialogue?.midMessage)
      throw new PduFault('a release in the middle of a message', abortReason.unexpectedPdu)
    this.#releaseWanted = true
    this.#releaseIfFree()
  }

  ended(): void {
    for (const operation of this.#operations) operation.cancel?.()
  }

  #underWay(messageId: number): Operation | undefined {
    for (const operation of this.#operations)
      if (operation.messageId === messageId && !operation.answered) return operation
    return undefined
  }

  #echo(request: Request): void {
    const { context, command, operation } = request
    this.#owe(request)
    operation.answered = true
    this.#say(request, dialogue => answerEcho(dialogue, context, command))
  }

  #store(request: Request): DataSetReceiver | undefined {
    const { services, association, limits, bug } = this.#options
    const open = services.store
    if (!open || !this.#options.agreed(request.context.abstractSyntax).scu)
      return this.#refuse(request, { status: dimseStatus.sopClassNotSupported })
    const { context, command } = request
    const fault = storeFault(context, command)
    if (fault) return this.#refuse(request, fault)
    return new Reception({
      open: () => open(storeContext(association, context, command)),
      maxInstanceBytes: limits.maxInstanceBytes,
      complete: () => this.#owe(request),
      answer: result => this.#respond(request, result),
      bug,
    })
  }

  #find(request: Request): DataSetReceiver | undefined {
    const { services, bug } = this.#options
    const { context, command } = request
    const find = services.find
    if (!find || !command.hasDataSet || command.AffectedSOPClassUID !== context.abstractSyntax)
      return this.#refuse(request, { status: dimseStatus.sopClassNotSupported })
    return this.#gather(request, (identifier, asked) => {
      const matches = () => find(asked, identifier, context.transferSyntax)
      this.#answerAtLength(request, (dialogue, answering) =>
        answerFind({ dialogue, context, command, matches, cancelled: asked.cancelled, bug, answering }),
      )
    })
  }

  #retrieve(request: Request): DataSetReceiver | undefined {
    const { services, bug } = this.#options
    const { context, command, operation } = request
    const { retrieve } = services
    if (!retrieve || !command.hasDataSet || command.AffectedSOPClassUID !== context.abstractSyntax)
      return this.#refuse(request, { status: dimseStatus.sopClassNotSupported })
    const isMove = command.CommandField === commandField.moveRequest
    return this.#gather(request, (identifier, asked) => {
      operation.asks = !isMove
      this.#answerAtLength(request, (dialogue, answering) => {
        const moves = { ...asked, messageId: operation.messageId, store: this.#sender(dialogue) }
        const sought = isMove ? { ...moves, destination: command.MoveDestination ?? '' } : moves
        const retrieval = () => retrieve(sought, identifier, context.transferSyntax)
        return answerRetrieve({
          dialogue,
          context,
          command,
          retrieval,
          cancelled: asked.cancelled,
          bug,
          answering,
        })
      })
    })
  }

  /** C-STORE towards the peer, where it agreed to be SCP; one at a time, as we offer no window that way. */
  #sender(dialogue: Dialogue): RetrieveContext['store'] {
    const { layer, agreed } = this.#options
    const stores = new StoreSender(dialogue, 1, cause => layer.abort(cause))
    return async instance =>
      agreed(instance.sopClassUID).scp ? stores.store(instance) : { outcome: 'not-negotiated' }
  }

  /** Takes the identifier of a query or retrieval, from then on it can be cancelled. */
  #gather(request: Request, answer: (identifier: Buffer, asked: FindContext) => void): DataSetReceiver {
    const { association, limits, agreed } = this.#options
    const sopClassUID = request.context.abstractSyntax
    return gather(limits.maxIdentifierBytes, identifier => {
      this.#owe(request)
      if (!identifier)
        return this.#respond(request, { status: dimseStatus.outOfResources, comment: 'identifier too long' })
      const cancelling = new AbortController()
      request.operation.cancel = () => cancelling.abort()
      const { relational } = agreed(sopClassUID)
      answer(identifier, { association, sopClassUID, cancelled: cancelling.signal, relational })
    })
  }

  /** An answer of many responses; the last one frees the message ID. */
  #answerAtLength(
    request: Request,
    answer: (dialogue: Dialogue, answering: () => void) => Promise<void>,
  ): void {
    const { operation } = request
    const answering = () => {
      operation.answered = true
    }
    this.#throttle()
    this.#say(request, dialogue => answer(dialogue, answering))
  }

  #commitment(request: Request): DataSetReceiver | undefined {
    const { context, command } = request
    const service = this.#options.services.commitment
    const fault = commitmentFault(context, command, service)
    if (fault || !service)
      return this.#refuse(request, fault ?? { status: dimseStatus.unrecognizedOperation })
    const { transferSyntax: transferSyntaxUID } = context
    return gather(COMMITMENT_MAX_BYTES, bytes => {
      this.#owe(request)
      if (!bytes) {
        this.#respond(request, { status: dimseStatus.resourceLimitation, comment: 'data set too long' })
        return
      }
      performCommitment({ service, context: this.#asking(), command, bytes, transferSyntaxUID }).then(
        result => this.#respond(request, result),
        thrown => {
          const { isBug, ...refusal } = refusalOf(thrown)
          if (isBug) this.#options.bug(thrown)
          this.#respond(request, { ...refusal, status: dimseStatus.processingFailure })
        },
      )
    })
  }

  #asking(): CommitmentContext {
    const dialogue = this.#dialogue as Dialogue
    return {
      association: this.#options.association,
      get open() {
        return dialogue.open
      },
      report: report => reportCommitment(dialogue, report),
    }
  }

  /** Answers with a failure when the message is complete. */
  #refuse(request: Request, result: StoreResult): DataSetReceiver | undefined {
    return whenComplete(request.command.hasDataSet, () => {
      this.#owe(request)
      this.#respond(request, result)
    })
  }

  #respond(request: Request, result: StoreResult): void {
    const { context, command, operation } = request
    operation.answered = true
    this.#say(request, dialogue => dialogue.say(context.id, responseTo(command, result)))
  }

  /** Gives the answer; the operation is over when the peer has taken it. */
  #say(request: Request, answer: (dialogue: Dialogue) => Promise<void>): void {
    if (!this.#dialogue) return
    answer(this.#dialogue).then(
      () => this.#done(request.operation),
      thrown => {
        this.#options.bug(thrown)
        this.#options.layer.abort('fault of this program')
      },
    )
  }

  #owe(request: Request): void {
    request.operation.owed = true
    this.#throttle()
  }

  #done(operation: Operation): void {
    this.#performed += 1
    this.#operations.delete(operation)
    this.#throttle()
    this.#releaseIfFree()
  }

  /**
   * A peer that invokes more than the window is not read until answers have gone out. A query under way must stay
   * cancellable, so one request more than the window is read while it runs.
   */
  #throttle(): void {
    let owed = 0
    let cancellable = 0
    let asks = false
    for (const operation of this.#operations) {
      if (operation.owed) owed += 1
      if (operation.cancel) cancellable = 1
      if (operation.asks && !operation.answered) asks = true
    }
    const most = this.#options.window + cancellable
    // Not reading would keep the answers we wait for from coming; so what comes too much beyond them ends it.
    if (asks && owed > most + EXCESS_MAX) {
      this.#options.layer.abort(`${owed} requests at once where ${most} were agreed on`)
      return
    }
    const full = owed >= most && !asks
    if (full === this.#holds) return
    this.#holds = full
    if (full) this.#options.layer.pause()
    else this.#options.layer.resume()
  }

  #releaseIfFree(): void {
    if (!this.#releaseWanted || this.#operations.size > 0) return
    this.#releaseWanted = false
    if (this.#options.layer.state === 'Sta8') this.#options.layer.respondRelease()
  }
}

/** Runs `then` when the message has come completely, discarding a data set nobody wants. */
function whenComplete(hasDataSet: boolean, then: () => void): DataSetReceiver | undefined {
  if (hasDataSet) return discard(then)
  then()
  return undefined
}
