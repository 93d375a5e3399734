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
  /** Its message has come completely. */
  owed: boolean
  cancel?: () => void
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
  readonly #operations = new Map<number, Operation>()
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
    if (this.#operations.has(messageId)) return this.#duplicate(context, command)
    this.#operations.set(messageId, { owed: false })
    switch (command.CommandField) {
      case commandField.echoRequest:
        return this.#echo(context, command)
      case commandField.storeRequest:
        return this.#store(context, command)
      case commandField.findRequest:
        return this.#find(context, command)
      default:
        return this.#refuse(context, command, { status: dimseStatus.unrecognizedOperation })
    }
  }

  cancel(messageId: number): void {
    // A cancel may cross the final response: then there is nothing to cancel (PS3.7 §9.3.2.3).
    this.#operations.get(messageId)?.cancel?.()
  }

  /** The peer wants to release; it is answered when nothing is owed any more. */
  release(): void {
    if (this.#dialogue?.midMessage)
      throw new PduFault('a release in the middle of a message', abortReason.unexpectedPdu)
    this.#releaseWanted = true
    this.#releaseIfFree()
  }

  ended(): void {
    for (const operation of this.#operations.values()) operation.cancel?.()
  }

  #echo(context: AcceptedContext, command: CommandSet): DataSetReceiver | undefined {
    const answer = () => {
      this.#owe(command)
      this.#say(command, dialogue => answerEcho(dialogue, context, command))
    }
    return whenComplete(command, answer)
  }

  #store(context: AcceptedContext, command: CommandSet): DataSetReceiver | undefined {
    const { services, association, limits, bug } = this.#options
    if (!services.store) return this.#refuse(context, command, { status: dimseStatus.sopClassNotSupported })
    const fault = storeFault(context, command)
    if (fault) return this.#refuse(context, command, fault)
    const open = services.store
    return new Reception({
      open: () => open(storeContext(association, context, command)),
      maxInstanceBytes: limits.maxInstanceBytes,
      complete: () => this.#owe(command),
      answer: result => this.#answer(context, command, result),
      bug,
    })
  }

  #find(context: AcceptedContext, command: CommandSet): DataSetReceiver | undefined {
    const { services, limits } = this.#options
    if (!services.find || !command.hasDataSet || command.AffectedSOPClassUID !== context.abstractSyntax)
      return this.#refuse(context, command, { status: dimseStatus.sopClassNotSupported })
    const find = services.find
    return gather(limits.maxIdentifierBytes, identifier => {
      this.#owe(command)
      if (!identifier) {
        this.#answer(context, command, { status: dimseStatus.outOfResources, comment: 'identifier too long' })
        return
      }
      this.#startFind(context, command, identifier, find)
    })
  }

  #startFind(
    context: AcceptedContext,
    command: CommandSet,
    identifier: Buffer,
    find: NonNullable<AcceptorServices['find']>,
  ): void {
    const { association, bug } = this.#options
    const cancelling = new AbortController()
    this.#operations.set(command.MessageID ?? 0, { owed: true, cancel: () => cancelling.abort() })
    const cancelled = cancelling.signal
    const sought = { association, sopClassUID: context.abstractSyntax, cancelled }
    this.#say(command, dialogue =>
      answerFind({
        dialogue,
        context,
        command,
        matches: () => find(sought, identifier, context.transferSyntax),
        cancelled,
        bug,
      }),
    )
    this.#throttle()
  }

  #duplicate(context: AcceptedContext, command: CommandSet): DataSetReceiver | undefined {
    const response = responseTo(command, { status: dimseStatus.duplicateInvocation })
    return whenComplete(command, () => {
      this.#dialogue?.say(context.id, response)
    })
  }

  #refuse(context: AcceptedContext, command: CommandSet, result: StoreResult): DataSetReceiver | undefined {
    return whenComplete(command, () => {
      this.#owe(command)
      this.#answer(context, command, result)
    })
  }

  #answer(context: AcceptedContext, command: CommandSet, result: StoreResult): void {
    this.#say(command, dialogue => dialogue.say(context.id, responseTo(command, result)))
  }

  /** Gives the answer; the operation is over when the peer has taken it. */
  #say(command: CommandSet, answer: (dialogue: Dialogue) => Promise<void>): void {
    if (!this.#dialogue) return
    answer(this.#dialogue).then(
      () => this.#done(command),
      thrown => {
        this.#options.bug(thrown)
        this.#options.layer.abort('fault of this program')
      },
    )
  }

  #owe(command: CommandSet): void {
    const operation = this.#operations.get(command.MessageID ?? 0)
    if (operation) operation.owed = true
    this.#throttle()
  }

  #done(command: CommandSet): void {
    this.#performed += 1
    this.#operations.delete(command.MessageID ?? 0)
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
    for (const operation of this.#operations.values()) {
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
function whenComplete(command: CommandSet, then: () => void): DataSetReceiver | undefined {
  if (command.hasDataSet) return discard(then)
  then()
  return undefined
}
