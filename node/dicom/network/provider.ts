import type { UpperLayer } from './association.js'
import { abortReason, PduFault } from './bytes.js'
import { type CommandSet, commandField } from './command.js'
import type { Dialogue, RequestHandler } from './dialogue.js'
import { answerEcho } from './echo.js'
import type { NetworkLimits } from './limits.js'
import { type DataSetReceiver, discard, gather } from './messages.js'
import type { AcceptedContext } from './negotiation.js'
import { answerFind } from './query-scp.js'
import { responseTo } from './requests.js'
import type { AcceptorServices, AssociationIdentity, StoreResult } from './services.js'
import { dimseStatus } from './status.js'
import { Reception, storeContext, storeFault } from './store-scp.js'

/** A request whose answer we owe. */
interface Operation {
  messageId: number
  /** Its message has come completely. */
  owed: boolean
  /** The final response has gone out, though perhaps not been taken: the message ID is free again. */
  answered: boolean
  cancel?: () => void
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
  bug: (thrown: unknown) => void
}

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
    switch (command.CommandField) {
      case commandField.echoRequest:
        return whenComplete(command.hasDataSet, () => this.#echo(request))
      case commandField.storeRequest:
        return this.#store(request)
      case commandField.findRequest:
        return this.#find(request)
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
    if (!open) return this.#refuse(request, { status: dimseStatus.sopClassNotSupported })
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
    const { services, limits } = this.#options
    const { context, command } = request
    const find = services.find
    if (!find || !command.hasDataSet || command.AffectedSOPClassUID !== context.abstractSyntax)
      return this.#refuse(request, { status: dimseStatus.sopClassNotSupported })
    return gather(limits.maxIdentifierBytes, identifier => {
      this.#owe(request)
      if (identifier) this.#answerFind(request, identifier, find)
      else this.#respond(request, { status: dimseStatus.outOfResources, comment: 'identifier too long' })
    })
  }

  #answerFind(request: Request, identifier: Buffer, find: NonNullable<AcceptorServices['find']>): void {
    const { association, bug } = this.#options
    const { context, command, operation } = request
    const cancelling = new AbortController()
    const cancelled = cancelling.signal
    operation.cancel = () => cancelling.abort()
    const sought = { association, sopClassUID: context.abstractSyntax, cancelled }
    const answering = () => {
      operation.answered = true
    }
    const matches = () => find(sought, identifier, context.transferSyntax)
    this.#throttle()
    this.#say(request, dialogue =>
      answerFind({ dialogue, context, command, matches, cancelled, bug, answering }),
    )
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
    for (const operation of this.#operations) {
      if (operation.owed) owed += 1
      if (operation.cancel) cancellable = 1
    }
    const full = owed >= this.#options.window + cancellable
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
