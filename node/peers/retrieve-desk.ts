import type { Retrieval, RetrieveContext } from '../dicom/network/services.js'
import { StatusFailure } from '../dicom/network/status.js'
import type { StoreOutcome } from '../dicom/network/store-scu.js'
import type { SubOperation } from '../dicom/network/sub-operations.js'
import { reasonOf } from '../errors.js'
import { type SendingHouse, send } from './calls/send.js'
import { keysOf } from './identifiers.js'
import { openMailbox } from './mailbox.js'
import type {
  InstanceResult,
  InstanceToSend,
  RetrieveAnswer,
  RetrieveQuery,
  SubOperationCounts,
} from './wire.js'

export interface RetrieveDesk {
  /** Takes a peer's C-MOVE or C-GET to the node, and gives what the node lets out. */
  retrieve(context: RetrieveContext, identifier: Buffer, transferSyntaxUID: string): Promise<Retrieval>
  answered(answer: RetrieveAnswer): void
}

/** The retrievals of peers: the node says what they may have and where it goes, the bytes never leave this process. */
export function openRetrieveDesk(options: {
  ask(query: RetrieveQuery): void
  /** What became of one that was begun, for the journal. */
  done(id: number, counts: SubOperationCounts): void
  house(): Omit<SendingHouse, 'signal' | 'onResults'>
  trouble(reason: string): void
}): RetrieveDesk {
  const open = new Map<number, (answer: RetrieveAnswer) => void>()
  let lastId = 0

  async function retrieve(
    context: RetrieveContext,
    identifier: Buffer,
    transferSyntaxUID: string,
  ): Promise<Retrieval> {
    const id = ++lastId
    const { peer, callingAETitle, address } = context.association
    const { destination, relational } = context
    const answer = await new Promise<RetrieveAnswer>(resolve => {
      open.set(id, resolve)
      const keys = keysOf(identifier, transferSyntaxUID)
      options.ask({
        id,
        peer,
        callingAETitle,
        address,
        keys,
        relational,
        ...(destination === undefined ? {} : { destination }),
      })
    }).finally(() => open.delete(id))
    if ('refusal' in answer)
      throw new StatusFailure(answer.refusal.status, 'unavailable', answer.refusal.comment)
    const { instances } = answer
    if (context.cancelled.aborted) {
      options.done(id, { remaining: instances.length, completed: 0, failed: 0, warning: 0 })
      return { total: instances.length, results: openMailbox<SubOperation[]>().items() }
    }
    const results = answer.to === undefined ? given(context, instances) : moved(context, answer.to, instances)
    return { total: instances.length, results: counted(id, instances.length, results) }
  }

  /** C-GET: one after the other on the association of the peer itself. */
  async function* given(
    context: RetrieveContext,
    instances: readonly InstanceToSend[],
  ): AsyncIterable<SubOperation[]> {
    for (const instance of instances) {
      if (context.cancelled.aborted) return
      yield [{ sopInstanceUID: instance.sopInstanceUID, result: await give(context, instance) }]
    }
  }

  async function give(context: RetrieveContext, instance: InstanceToSend): Promise<SubOperation['result']> {
    const { path: file, datasetOffset: offset, datasetBytes: length } = instance
    try {
      return resultOf(await context.store({ ...instance, dataset: { file, offset, length } }))
    } catch (thrown) {
      // Our own bytes cannot be read: said for this instance, the others go on.
      options.trouble(`a stored file could not be given: ${reasonOf(thrown)}`)
      return 'failed'
    }
  }

  /** C-MOVE: over associations of ours with the destination, named as the sub-operations of this request. */
  async function* moved(
    context: RetrieveContext,
    to: NonNullable<Extract<RetrieveAnswer, { instances: unknown }>['to']>,
    instances: readonly InstanceToSend[],
  ): AsyncIterable<SubOperation[]> {
    const stopping = new AbortController()
    const stop = () => stopping.abort()
    context.cancelled.addEventListener('abort', stop, { once: true })
    const told = openMailbox<InstanceResult[]>()
    const unheard = new Map(instances.map(({ index, sopInstanceUID }) => [index, sopInstanceUID]))
    const moveOriginator = { aeTitle: context.association.callingAETitle, messageId: context.messageId }
    const sending = send(
      { method: 'send', ...to, instances: instances.map(each => ({ ...each, moveOriginator })) },
      { ...options.house(), signal: stopping.signal, onResults: told.put },
    ).then(
      () => told.close(),
      thrown => told.close(thrown),
    )
    try {
      for await (const results of told.items())
        yield results.flatMap(({ index, outcome }) => {
          const sopInstanceUID = unheard.get(index)
          if (sopInstanceUID === undefined) return []
          unheard.delete(index)
          const result = outcome === 'stored' ? 'completed' : outcome === 'warning' ? 'warning' : 'failed'
          return [{ sopInstanceUID, result }]
        })
      if (stopping.signal.aborted) return
      // The destination was not there, or went away: what has no answer has failed.
      yield [...unheard.values()].map(sopInstanceUID => ({ sopInstanceUID, result: 'failed' }))
    } finally {
      context.cancelled.removeEventListener('abort', stop)
      stop()
      await sending
    }
  }

  /** The same results, told to the node when they end, however that is. */
  async function* counted(
    id: number,
    total: number,
    results: AsyncIterable<SubOperation[]>,
  ): AsyncIterable<SubOperation[]> {
    const counts = { completed: 0, failed: 0, warning: 0 }
    try {
      for await (const group of results) {
        for (const { result } of group) counts[result] += 1
        yield group
      }
    } finally {
      const { completed, failed, warning } = counts
      options.done(id, { ...counts, remaining: total - completed - failed - warning })
    }
  }

  return { retrieve, answered: answer => open.get(answer.id)?.(answer) }
}

function resultOf(outcome: StoreOutcome): SubOperation['result'] {
  if (outcome.outcome !== 'answered') return 'failed'
  const { class: kind } = outcome.meaning
  return kind === 'success' ? 'completed' : kind === 'warning' ? 'warning' : 'failed'
}
