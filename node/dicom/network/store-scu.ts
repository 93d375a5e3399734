import type { Readable } from 'node:stream'
import { encodeCommand, priority } from './command.js'
import {
  type Block,
  BlockPool,
  type BlockSource,
  type DataSetFile,
  openFileSource,
  streamSource,
} from './dataset-source.js'
import { type Dialogue, endText, type Send } from './dialogue.js'
import { encodeMessage, fragmentBytes } from './fragments.js'
import { discard } from './messages.js'
import { type MoveOriginator, storeRequest } from './requests.js'
import { Slots } from './slots.js'
import { type StatusMeaning, storeStatus } from './status.js'

export interface InstanceToStore {
  sopClassUID: string
  sopInstanceUID: string
  /** The data set must be encoded in it; it must have been accepted for the SOP class. */
  transferSyntaxUID: string
  /** PS3.7 E.1: 0 medium (also where left out), 1 high, 2 low. */
  priority?: number
  moveOriginator?: MoveOriginator
  dataset: DataSetFile | Readable
  /** Asked just before its first byte: true = it is not sent after all (`unanswered`, `sent: 'nothing'`). */
  withdrawn?: () => boolean
}

/** What became of one instance. */
export type StoreOutcome =
  | { outcome: 'answered'; status: number; meaning: StatusMeaning; comment?: string }
  /** The association ended first. `sent: 'nothing'` = surely not stored; otherwise it is ambiguous. */
  | { outcome: 'unanswered'; sent: 'nothing' | 'part' | 'all'; reason: string }
  /** The peer accepted no context for this SOP class and transfer syntax. */
  | { outcome: 'not-negotiated' }

/** Instances whose first block is read while others are on the wire. */
const preparedAtOnce = 3

/** Sends instances on one association: as many unanswered as the window allows, bytes of one at a time (PS3.7 §9.1.1). */
export class StoreSender {
  readonly #dialogue: Dialogue
  readonly #window: Slots
  readonly #prepared = new Slots(preparedAtOnce)
  readonly #pool: BlockPool
  readonly #abort: (cause: string) => void

  /** `abort` ends the association when a data set cannot be completed. */
  constructor(dialogue: Dialogue, window: number, abort: (cause: string) => void) {
    this.#dialogue = dialogue
    this.#window = new Slots(window)
    this.#pool = new BlockPool(fragmentBytes(dialogue.peerMaxPduBytes))
    this.#abort = abort
  }

  /** Rejects with a Failure only where the bytes cannot be read; everything about the peer is an outcome. */
  async store(instance: InstanceToStore): Promise<StoreOutcome> {
    const contextId = this.#contextFor(instance)
    if (contextId === undefined) return { outcome: 'not-negotiated' }
    await this.#window.take()
    try {
      return await this.#storeOn(contextId, instance)
    } finally {
      this.#window.give()
    }
  }

  async #storeOn(contextId: number, instance: InstanceToStore): Promise<StoreOutcome> {
    let settle: (outcome: StoreOutcome) => void = () => undefined
    const answer = new Promise<StoreOutcome>(resolve => {
      settle = resolve
    })
    let sent: 'nothing' | 'part' | 'all' = 'nothing'
    await this.#prepared.take()
    let messageId: number | undefined
    try {
      if (instance.withdrawn?.())
        return { outcome: 'unanswered', sent, reason: 'withdrawn before it was sent' }
      const source = await this.#open(contextId, instance)
      try {
        const first = await source.next()
        await this.#dialogue.transmit(async send => {
          if (!this.#dialogue.open) return
          messageId = this.#expect(settle, () => sent)
          const command = encodeCommand(
            storeRequest(messageId, { ...instance, priority: instance.priority ?? priority.medium }),
          )
          const head = encodeMessage(contextId, this.#dialogue.peerMaxPduBytes, command)
          sent = 'part'
          if (await this.#sendBlocks(head, first, source, send)) sent = 'all'
        })
      } finally {
        await source.close()
      }
    } catch (thrown) {
      // Half a data set cannot be taken back.
      if (messageId !== undefined) {
        this.#dialogue.settled(messageId)
        this.#abort('the data set could not be read to its end')
      }
      throw thrown
    } finally {
      this.#prepared.give()
    }
    if (messageId === undefined)
      return { outcome: 'unanswered', sent, reason: 'the association had ended before' }
    return answer
  }

  #open(contextId: number, { dataset }: InstanceToStore): Promise<BlockSource> | BlockSource {
    if ('file' in dataset) return openFileSource(dataset, contextId, this.#pool)
    return streamSource(dataset, contextId, this.#pool)
  }

  /** Writes block after block, the next one being read meanwhile. False where the association ended. */
  async #sendBlocks(head: Buffer, first: Block, source: BlockSource, send: Send): Promise<boolean> {
    let block = first
    let sending = send([head, block.pdus], block.free)
    for (;;) {
      const next = block.last ? undefined : source.next()
      // Both are awaited, so that neither fails unseen.
      const [taken, read] = await Promise.allSettled([sending, next])
      if (read.status === 'rejected') throw read.reason
      if (taken.status === 'rejected') throw taken.reason
      if (!taken.value) return false
      if (!read.value) return true
      block = read.value
      sending = send([block.pdus], block.free)
    }
  }

  #expect(resolve: (outcome: StoreOutcome) => void, sent: () => 'nothing' | 'part' | 'all'): number {
    const messageId = this.#dialogue.expect({
      response: ({ Status, ErrorComment, hasDataSet }) => {
        this.#dialogue.settled(messageId)
        const status = Status ?? 0
        resolve({
          outcome: 'answered',
          status,
          meaning: storeStatus(status),
          comment: ErrorComment || undefined,
        })
        return hasDataSet ? discard(() => undefined) : undefined
      },
      ended: end => resolve({ outcome: 'unanswered', sent: sent(), reason: endText(end) }),
    })
    return messageId
  }

  #contextFor({ sopClassUID, transferSyntaxUID }: InstanceToStore): number | undefined {
    for (const { id, abstractSyntax, transferSyntax } of this.#dialogue.contexts.values())
      if (abstractSyntax === sopClassUID && transferSyntax === transferSyntaxUID) return id
    return undefined
  }
}
