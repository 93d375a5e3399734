import { abortReason, Gathering, PduFault } from './bytes.js'
import { type CommandSet, decodeCommand } from './command.js'
import { control } from './fragments.js'
import { hardLimits } from './limits.js'

/** Takes the data set of one message as it comes. None of its methods throws. */
export interface DataSetReceiver {
  /** A slice that stays valid; false = no more until `drained`. */
  write(slice: Buffer): boolean
  drained(): Promise<void>
  /** The data set is complete. */
  end(): void
  /** The association ended in the middle of it. */
  abort(reason: string): void
}

export interface MessageUser {
  /** A command set is complete; where it announces a data set, whoever takes it. */
  command(contextId: number, command: CommandSet): DataSetReceiver | undefined
  /** Reading must wait for `receiver.drained()`. */
  full(receiver: DataSetReceiver): void
  /** The message is complete. */
  complete(): void
}

/** Assembles DIMSE messages from PDV fragments (PS3.7 §6.3, PS3.8 Annex E): commands whole, data sets as a stream. */
export class MessageReader {
  readonly #accepts: (contextId: number) => boolean
  readonly #user: MessageUser
  readonly #maxCommandBytes: number
  #expects: 'command' | 'dataSet' = 'command'
  #contextId = 0
  readonly #command = new Gathering()
  #fragments = 0
  #receiver: DataSetReceiver | undefined

  constructor(options: {
    accepts: (contextId: number) => boolean
    user: MessageUser
    maxCommandBytes: number
  }) {
    this.#accepts = options.accepts
    this.#user = options.user
    this.#maxCommandBytes = options.maxCommandBytes
  }

  /** Whether a message has begun and is not complete. */
  get midMessage(): boolean {
    return this.#contextId !== 0
  }

  fragment(
    contextId: number,
    flags: number,
    chunk: Buffer,
    start: number,
    end: number,
    complete: boolean,
  ): void {
    this.#check(contextId, flags)
    const last = complete && (flags & control.last) !== 0
    if (this.#expects === 'dataSet') this.#data(chunk, start, end, last)
    else this.#commandPart(chunk, start, end, complete, last)
  }

  /** The association is over. */
  abort(reason: string): void {
    const receiver = this.#receiver
    this.#reset()
    receiver?.abort(reason)
  }

  #check(contextId: number, flags: number): void {
    const isCommand = (flags & control.command) !== 0
    if (isCommand !== (this.#expects === 'command'))
      throw new PduFault(
        isCommand ? 'a command inside a data set' : 'a data set without command',
        abortReason.unexpectedParameter,
      )
    if (contextId === this.#contextId) return
    if (this.#contextId !== 0) throw new PduFault('a message that changes its presentation context')
    if (!this.#accepts(contextId)) throw new PduFault(`presentation context ${contextId} was not accepted`)
    this.#contextId = contextId
  }

  #commandPart(chunk: Buffer, start: number, end: number, complete: boolean, last: boolean): void {
    this.#fragments += complete ? 1 : 0
    if (this.#command.length + end - start > this.#maxCommandBytes)
      throw new PduFault('a command set that is too long')
    if (this.#fragments > hardLimits.commandFragments)
      throw new PduFault('a command set in too many fragments')
    // Nearly always it comes in one piece, which needs no copy.
    if (last && this.#command.length === 0) this.#commandComplete(chunk.subarray(start, end))
    else {
      this.#command.append(chunk, start, end)
      if (last) this.#commandComplete(this.#command.take())
    }
  }

  #commandComplete(bytes: Buffer): void {
    const command = decodeCommand(bytes)
    const contextId = this.#contextId
    this.#fragments = 0
    if (command.hasDataSet) {
      this.#expects = 'dataSet'
      this.#receiver = this.#user.command(contextId, command)
      return
    }
    this.#reset()
    this.#user.command(contextId, command)
    this.#user.complete()
  }

  #data(chunk: Buffer, start: number, end: number, last: boolean): void {
    const receiver = this.#receiver
    if (receiver && end > start && !receiver.write(chunk.subarray(start, end))) this.#user.full(receiver)
    if (!last) return
    this.#reset()
    receiver?.end()
    this.#user.complete()
  }

  #reset(): void {
    this.#expects = 'command'
    this.#contextId = 0
    this.#receiver = undefined
    this.#command.take()
    this.#fragments = 0
  }
}

/** Gathers a short data set (an identifier) whole, up to `maximum` bytes; what is longer is told as `undefined`. */
export function gather(maximum: number, done: (dataSet: Buffer | undefined) => void): DataSetReceiver {
  const gathering = new Gathering()
  let tooLong = false
  return {
    write: slice => {
      tooLong ||= gathering.length + slice.length > maximum
      if (tooLong) gathering.take()
      else gathering.append(slice)
      return true
    },
    drained: () => Promise.resolve(),
    end: () => done(tooLong ? undefined : gathering.take()),
    abort: () => {
      gathering.take()
    },
  }
}

/** Takes a data set nobody wants, so that the message can be answered at its end. */
export function discard(done: () => void): DataSetReceiver {
  return {
    write: () => true,
    drained: () => Promise.resolve(),
    end: done,
    abort: () => undefined,
  }
}
