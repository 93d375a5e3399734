import type { Association, StoreOutcome } from '../../dicom/network/requestor.js'
import { TransferSyntax } from '../../dicom/uids.js'
import { reasonOf } from '../../errors.js'
import type { CallAnswer, CallFailure, CallRequest, InstanceResult, InstanceToSend } from '../wire.js'
import { abortWith, associate, type CallHouse, failureOf } from './house.js'

type Send = Extract<CallRequest, { method: 'send' }>

/** What sending needs of the house. */
export type SendingHouse = Omit<CallHouse, 'commitments' | 'onCounts' | 'keep'>

/** Results are told together, at most this often: the node keeps them in one transaction. */
const TELL_EVERY_MS = 40
/** Operations unanswered at once where the peer allows it (PS3.7 D.3.3.3). */
const WINDOW = 32
const CONTEXTS_MAX = 128
/** So many in a row for which the peer has no room (A7xx): the rest would only be carried there in vain. */
const REFUSED_IN_A_ROW_MAX = 8

/** What the associations of one call share. */
interface Course {
  queue: InstanceToSend[]
  refusedInARow: number
  /** What ended an association early, or stopped them all. */
  fault?: CallFailure
  stopped: boolean
  tell(result: InstanceResult): void
}

/**
 * C-STORE of many instances over several associations; each takes the next instance as it is free. Every instance
 * gets its own result; what has none after an abort was not answered and may or may not have arrived. Asked to give
 * way, it takes no further instance, waits for the answers to what is out, and releases.
 */
export async function send(request: Send, house: SendingHouse): Promise<CallAnswer> {
  const tell = openTeller(house.onResults)
  const course: Course = {
    queue: [...request.instances],
    refusedInARow: 0,
    stopped: house.giveWay?.aborted ?? false,
    tell: tell.add,
  }
  const stop = () => {
    course.stopped = true
  }
  house.giveWay?.addEventListener('abort', stop, { once: true })
  const contexts = contextsFor(request.instances)
  const unopened: CallFailure[] = []
  const lane = async () => {
    let association: Association
    try {
      association = await associate(request.target, contexts, house, { window: WINDOW })
    } catch (thrown) {
      unopened.push(failureOf(thrown))
      return
    }
    const unhook = abortWith(house.signal, association)
    try {
      await drain(association, course)
    } finally {
      unhook()
      await association.release()
    }
  }
  const width = Math.min(request.associations, Math.max(1, course.queue.length))
  try {
    await Promise.all(Array.from({ length: width }, lane))
  } finally {
    house.giveWay?.removeEventListener('abort', stop)
    tell.flush()
  }
  // A peer may allow fewer associations than configured: it is not there only where it allowed none.
  const failure = course.fault ?? (unopened.length === width ? unopened[0] : undefined)
  return { method: 'send', ok: true, ...(failure === undefined ? {} : { failure }) }
}

async function drain(association: Association, course: Course): Promise<void> {
  let ended = false
  void association.end.then(() => {
    ended = true
  })
  const worker = async () => {
    for (;;) {
      const next = course.stopped || ended ? undefined : course.queue.shift()
      if (next === undefined) return
      try {
        const outcome = await association.store({
          ...next,
          dataset: { file: next.path, offset: next.datasetOffset, length: next.datasetBytes },
          withdrawn: () => course.stopped,
        })
        if (outcome.outcome === 'unanswered' && outcome.sent === 'nothing') {
          // Surely not there: it waits as if it had not been its turn, for another association or another run.
          course.queue.unshift(next)
          if (!course.stopped) course.fault ??= notAnswering(outcome.reason)
          return
        }
        course.tell(resultOf(next, outcome, association.contexts))
        if (outcome.outcome === 'unanswered') {
          course.fault ??= notAnswering(outcome.reason)
          return
        }
        count(course, outcome)
      } catch (thrown) {
        // Our own bytes cannot be read: this instance waits for a person, the others go on.
        course.tell({
          index: next.index,
          outcome: 'refused',
          reason: `the stored file cannot be read: ${reasonOf(thrown)}`,
        })
      }
    }
  }
  await Promise.all(Array.from({ length: association.window }, worker))
}

function notAnswering(detail: string): CallFailure {
  return { step: 'operation', code: 'not-answering', detail }
}

function count(course: Course, outcome: StoreOutcome): void {
  const full = outcome.outcome === 'answered' && outcome.meaning.class === 'failure-retry'
  course.refusedInARow = full ? course.refusedInARow + 1 : 0
  if (!full || course.refusedInARow < REFUSED_IN_A_ROW_MAX) return
  course.stopped = true
  course.fault ??= {
    step: 'operation',
    code: 'out-of-resources',
    detail: `${outcome.comment ?? outcome.meaning.meaning}: refused ${course.refusedInARow} times in a row`,
  }
}

function resultOf(
  { index, sopClassUID }: InstanceToSend,
  outcome: StoreOutcome,
  contexts: Association['contexts'],
): InstanceResult {
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
    case 'not-negotiated': {
      const plain = contexts.find(
        ({ abstractSyntax, transferSyntax }) =>
          abstractSyntax === sopClassUID && UNCOMPRESSED.includes(transferSyntax),
      )
      return {
        index,
        outcome: 'not-accepted',
        ...(plain === undefined ? {} : { alternative: plain.transferSyntax }),
        reason: 'the peer does not take this kind of object or its encoding',
      }
    }
  }
}

/** What nearly everybody takes; in order of preference. */
const UNCOMPRESSED: readonly string[] = [
  TransferSyntax.ExplicitVRLittleEndian,
  TransferSyntax.ImplicitVRLittleEndian,
]

/**
 * One context for each pair of SOP class and transfer syntax, since the bytes are sent as they are; and one that
 * asks what else the peer would take of that class, to be told beside a refusal.
 */
function contextsFor(instances: readonly InstanceToSend[]) {
  const pairs = new Set(
    instances.map(({ sopClassUID, transferSyntaxUID }) => `${sopClassUID} ${transferSyntaxUID}`),
  )
  const plain = [...new Set(instances.map(({ sopClassUID }) => sopClassUID))].flatMap(abstractSyntax => {
    const transferSyntaxes = UNCOMPRESSED.filter(syntax => !pairs.has(`${abstractSyntax} ${syntax}`))
    return transferSyntaxes.length === 0 ? [] : [{ abstractSyntax, transferSyntaxes }]
  })
  return [
    ...[...pairs].map(pair => {
      const [abstractSyntax = '', transferSyntax = ''] = pair.split(' ')
      return { abstractSyntax, transferSyntaxes: [transferSyntax] }
    }),
    ...plain,
  ].slice(0, CONTEXTS_MAX)
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
