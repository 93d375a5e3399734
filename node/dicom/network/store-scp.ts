import { Failure } from '../../errors.js'
import { isUID } from '../uids.js'
import type { CommandSet } from './command.js'
import type { DataSetReceiver } from './messages.js'
import type { AcceptedContext } from './negotiation.js'
import type { AssociationIdentity, StoreContext, StoreResult, StoreSink } from './services.js'
import { dimseStatus, refusalOf } from './status.js'

/** What is wrong with a C-STORE-RQ before a byte of its data set is read (PS3.7 §9.1.1.1.9). */
export function storeFault(context: AcceptedContext, command: CommandSet): StoreResult | undefined {
  const { AffectedSOPClassUID, AffectedSOPInstanceUID } = command
  if (AffectedSOPInstanceUID === undefined || !isUID(AffectedSOPInstanceUID))
    return { status: dimseStatus.invalidSOPInstance, comment: 'invalid SOP Instance UID' }
  if (AffectedSOPClassUID !== context.abstractSyntax)
    return { status: dimseStatus.sopClassNotSupported, comment: 'not the SOP class of the context' }
  if (!command.hasDataSet) return { status: dimseStatus.cannotUnderstand, comment: 'no data set' }
  return undefined
}

export function storeContext(
  association: AssociationIdentity,
  context: AcceptedContext,
  command: CommandSet,
): StoreContext {
  const aeTitle = command.MoveOriginatorApplicationEntityTitle
  return {
    association,
    sopClassUID: context.abstractSyntax,
    sopInstanceUID: command.AffectedSOPInstanceUID ?? '',
    transferSyntaxUID: context.transferSyntax,
    moveOriginator: aeTitle ? { aeTitle, messageId: command.MoveOriginatorMessageID ?? 0 } : undefined,
  }
}

/** Brings one data set to its sink, and the sink's word back. */
export class Reception implements DataSetReceiver {
  #sink: StoreSink | undefined
  readonly #maxInstanceBytes: number
  readonly #complete: () => void
  readonly #answer: (result: StoreResult) => void
  readonly #bug: (thrown: unknown) => void
  #refusal: StoreResult | undefined
  #bytes = 0

  constructor(options: {
    open: () => StoreSink
    maxInstanceBytes: number
    /** The data set has come completely; the answer is still owed. */
    complete: () => void
    answer: (result: StoreResult) => void
    bug: (thrown: unknown) => void
  }) {
    this.#maxInstanceBytes = options.maxInstanceBytes
    this.#complete = options.complete
    this.#answer = options.answer
    this.#bug = options.bug
    try {
      this.#sink = options.open()
    } catch (thrown) {
      this.#refuse(thrown)
    }
  }

  write(slice: Buffer): boolean {
    const sink = this.#sink
    if (!sink) return true
    this.#bytes += slice.length
    try {
      if (this.#bytes > this.#maxInstanceBytes)
        throw new Failure('too-large', `larger than ${this.#maxInstanceBytes} bytes`)
      return sink.write(slice)
    } catch (thrown) {
      this.#refuse(thrown)
      return true
    }
  }

  async drained(): Promise<void> {
    try {
      await this.#sink?.drained()
    } catch (thrown) {
      this.#refuse(thrown)
    }
  }

  end(): void {
    this.#complete()
    this.#finish()
  }

  abort(reason: string): void {
    this.#abortSink(reason)
  }

  async #finish(): Promise<void> {
    let result: StoreResult | undefined
    try {
      result = await this.#sink?.end()
    } catch (thrown) {
      this.#refuse(thrown)
    }
    this.#answer(this.#refusal ?? result ?? { status: dimseStatus.processingFailure })
  }

  #refuse(thrown: unknown): void {
    if (this.#refusal) return
    const { status, comment, isBug } = refusalOf(thrown)
    this.#refusal = { status, comment }
    if (isBug) this.#bug(thrown)
    this.#abortSink(comment)
  }

  #abortSink(reason: string): void {
    const sink = this.#sink
    this.#sink = undefined
    try {
      sink?.abort(reason)
    } catch (thrown) {
      this.#bug(thrown)
    }
  }
}
