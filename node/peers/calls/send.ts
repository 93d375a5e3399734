import type { Association, StoreOutcome } from '../../dicom/network/requestor.js'
import { reasonOf } from '../../errors.js'
import type { CallAnswer, CallFailure, CallRequest, InstanceResult, InstanceToSend } from '../wire.js'
import { abortWith, associate, type CallHouse, failureOf } from './house.js'

type Send = Extract<CallRequest, { method: 'send' }>

/** Results are told together, at most this often: the node keeps them in one transaction. */
const TELL_EVERY_MS = 40
/** Operations unanswered at once where the peer allows it (PS3.7 D.3.3.3). */
const WINDOW = 32
const CONTEXTS_MAX = 128

/**
 * C-STORE of many instances over several associations; each takes the next instance as it is free. Every instance
 * gets its own result; what has none after an abort was not answered and may or may not have arrived.
 */
export async function send(request: Send, house: Omit<CallHouse, 'commitments'>): Promise<CallAnswer> {
  const queue = [...request.instances]
  const tell = openTeller(house.onResults)
  let failure: CallFailure | undefined
  const contexts = contextsFor(request.instances)
  const lane = async (index: number) => {
    let association: Association
    try {
      association = await associate(request.target, contexts, house, { window: WINDOW })
    } catch (thrown) {
      // The peer may allow fewer associations than configured: the first one decides whether it is there at all.
      if (index === 0) failure = failureOf(thrown)
      return
    }
    const unhook = abortWith(house.signal, association)
    try {
      const fault = await drain(association, queue, tell.add)
      if (fault !== undefined) failure ??= fault
    } finally {
      unhook()
      await association.release()
    }
  }
  try {
    const width = Math.min(request.associations, Math.max(1, queue.length))
    await Promise.all(Array.from({ length: width }, (_, index) => lane(index)))
  } finally {
    tell.flush()
  }
  return { method: 'send', ok: true, ...(failure === undefined ? {} : { failure }) }
}

async function drain(
  association: Association,
  queue: InstanceToSend[],
  tell: (result: InstanceResult) => void,
): Promise<CallFailure | undefined> {
  let fault: CallFailure | undefined
  let ended = false
  void association.end.then(() => {
    ended = true
  })
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (ended) {
        queue.unshift(next)
        return
      }
      try {
        const outcome = await association.store({
          ...next,
          dataset: { file: next.path, offset: next.datasetOffset, length: next.datasetBytes },
        })
        tell(resultOf(next.index, outcome))
        if (outcome.outcome === 'unanswered') {
          fault ??= { step: 'operation', code: 'not-answering', detail: outcome.reason }
          return
        }
      } catch (thrown) {
        // Our own bytes cannot be read: this instance waits for a person, the others go on.
        tell({
          index: next.index,
          outcome: 'refused',
          reason: `the stored file cannot be read: ${reasonOf(thrown)}`,
        })
      }
    }
  }
  await Promise.all(Array.from({ length: association.window }, worker))
  return fault
}

function resultOf(index: number, outcome: StoreOutcome): InstanceResult {
  switch (outcome.outcome) {
    case 'answered': {
      const { status, meaning, comment } = outcome
      const kind =
        meaning.class === 'success' ? 'stored' : meaning.class === 'warning' ? 'warning' : 'refused'
      return {
        index,
        outcome: kind,
        status,
        ...(kind === 'stored' ? {} : { reason: comment ?? meaning.meaning }),
      }
    }
    case 'unanswered':
      return { index, outcome: 'unanswered', reason: outcome.reason }
    case 'not-negotiated':
      return {
        index,
        outcome: 'not-accepted',
        reason: 'the peer does not take this kind of object or its encoding',
      }
  }
}

/** One context for each pair of SOP class and transfer syntax: the bytes are never re-encoded. */
function contextsFor(instances: readonly InstanceToSend[]) {
  const pairs = new Map<string, { abstractSyntax: string; transferSyntaxes: string[] }>()
  for (const { sopClassUID, transferSyntaxUID } of instances)
    pairs.set(`${sopClassUID} ${transferSyntaxUID}`, {
      abstractSyntax: sopClassUID,
      transferSyntaxes: [transferSyntaxUID],
    })
  return [...pairs.values()].slice(0, CONTEXTS_MAX)
}

function openTeller(onResults: (results: InstanceResult[]) => void) {
  let waiting: InstanceResult[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const results = waiting
    waiting = []
    onResults(results)
  }
  return {
    add: (result: InstanceResult) => {
      waiting.push(result)
      timer ??= setTimeout(flush, TELL_EVERY_MS)
    },
    flush,
  }
}
