import type { UpperLayer } from './association.js'
import type { AssociationEnd } from './association-user.js'
import { abortReason, PduFault } from './bytes.js'
import { type CommandSet, commandField, encodeCommand, responseBit } from './command.js'
import { encodeMessage } from './fragments.js'
import { type DataSetReceiver, MessageReader } from './messages.js'
import type { AcceptedContext } from './negotiation.js'

/** Sends whole PDUs; false where the association is over. `written`: their memory is free again. */
export type Send = (pdus: readonly Buffer[], written?: () => void) => Promise<boolean>

/** Answers the requests of the peer. */
export interface RequestHandler {
  request(context: AcceptedContext, command: CommandSet): DataSetReceiver | undefined
  /** C-CANCEL for the request with this message ID. */
  cancel(messageId: number): void
}

/** Waits for the responses to a request of ours. */
export interface ResponseHandler {
  /** Every response, pending ones too; where it announces a data set, whoever takes it. */
  response(command: CommandSet): DataSetReceiver | undefined
  /** No (further) response will come. */
  ended(end: AssociationEnd): void
}

/**
 * The DIMSE messages of one association, in both directions: either side may send requests (a C-GET or an N-EVENT-REPORT
 * comes from the acceptor). Messages that take several writes never interleave.
 */
export class Dialogue {
  readonly contexts: ReadonlyMap<number, AcceptedContext>
  readonly peerMaxPduBytes: number
  readonly #layer: UpperLayer
  readonly #requests: RequestHandler
  readonly #reader: MessageReader
  readonly #awaiting = new Map<number, ResponseHandler>()
  readonly #turns: (() => void)[] = []
  #transmitting = false
  #lastMessageId = 0
  #end: AssociationEnd | undefined

  constructor(options: {
    layer: UpperLayer
    contexts: ReadonlyMap<number, AcceptedContext>
    peerMaxPduBytes: number
    maxCommandBytes: number
    requests: RequestHandler
  }) {
    this.contexts = options.contexts
    this.peerMaxPduBytes = options.peerMaxPduBytes
    this.#layer = options.layer
    this.#requests = options.requests
    this.#reader = new MessageReader({
      accepts: contextId => this.contexts.has(contextId),
      maxCommandBytes: options.maxCommandBytes,
      user: {
        command: (contextId, command) => this.#command(contextId, command),
        full: receiver => this.#wait(receiver),
        complete: () => this.#layer.spoke(),
      },
    })
  }

  get midMessage(): boolean {
    return this.#reader.midMessage
  }

  /** Whether a request of ours is out and only its answer is missing. */
  get awaits(): boolean {
    return this.#awaiting.size > 0 && !this.#transmitting
  }

  /** Whether a message of ours is on its way out. */
  get transmitting(): boolean {
    return this.#transmitting
  }

  get open(): boolean {
    return this.#end === undefined && this.#layer.canSend
  }

  fragment(
    contextId: number,
    control: number,
    chunk: Buffer,
    start: number,
    end: number,
    complete: boolean,
  ): void {
    this.#reader.fragment(contextId, control, chunk, start, end, complete)
  }

  ended(end: AssociationEnd): void {
    this.#end = end
    this.#reader.abort(endText(end))
    const awaiting = [...this.#awaiting.values()]
    this.#awaiting.clear()
    for (const handler of awaiting) handler.ended(end)
  }

  /** A free message ID for a request with this handler (the wished one, where it is free); `settled` frees it again. */
  expect(handler: ResponseHandler, wished?: number): number {
    if (wished !== undefined) this.#lastMessageId = wished - 1
    do this.#lastMessageId = (this.#lastMessageId % 0xffff) + 1
    while (this.#awaiting.has(this.#lastMessageId))
    const end = this.#end
    if (end) queueMicrotask(() => handler.ended(end))
    else this.#awaiting.set(this.#lastMessageId, handler)
    return this.#lastMessageId
  }

  /** No response to this request is awaited any more. */
  settled(messageId: number): void {
    this.#awaiting.delete(messageId)
  }

  /** A message that fits one write. Resolves when more may be sent; at once where the association is over. */
  async say(contextId: number, command: CommandSet, dataSet?: Buffer): Promise<void> {
    const message = encodeMessage(contextId, this.peerMaxPduBytes, encodeCommand(command), dataSet)
    if (!this.#transmitting && this.open) {
      if (!this.#layer.send([message])) await this.#layer.drained()
      return
    }
    await this.transmit(async send => {
      await send([message])
    })
  }

  /** Holds the line for a message of several writes. */
  async transmit<T>(work: (send: Send) => Promise<T>): Promise<T> {
    if (this.#transmitting) await new Promise<void>(resolve => this.#turns.push(resolve))
    this.#transmitting = true
    try {
      return await work(this.#send)
    } finally {
      const next = this.#turns.shift()
      this.#layer.spoke()
      if (next) next()
      else this.#transmitting = false
    }
  }

  readonly #send: Send = async (pdus, written) => {
    if (!this.open) return false
    if (!this.#layer.send(pdus, written)) await this.#layer.drained()
    return this.open
  }

  #command(contextId: number, command: CommandSet): DataSetReceiver | undefined {
    const context = this.contexts.get(contextId)
    if (!context) throw new PduFault(`presentation context ${contextId} was not accepted`)
    if (command.CommandField === commandField.cancelRequest) {
      this.#requests.cancel(command.MessageIDBeingRespondedTo ?? 0)
      return undefined
    }
    if ((command.CommandField & responseBit) === 0) return this.#requests.request(context, command)
    const handler = this.#awaiting.get(command.MessageIDBeingRespondedTo ?? 0)
    if (!handler) throw new PduFault('a response to a request that was not made', abortReason.unexpectedPdu)
    return handler.response(command)
  }

  #wait(receiver: DataSetReceiver): void {
    this.#layer.pause()
    receiver.drained().then(() => this.#layer.resume())
  }
}

/** How an association ended, in words for a log or an outcome. */
export function endText(end: AssociationEnd): string {
  switch (end.kind) {
    case 'released':
      return 'the association was released'
    case 'rejected':
      return 'the association was refused'
    case 'closed':
      return end.cause
    case 'aborted':
      return end.by === 'us' ? end.cause : `aborted by the peer (source ${end.source}, reason ${end.reason})`
  }
}
