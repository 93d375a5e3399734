import { msOf } from '../clock.js'
import type { StoredFact } from '../journal/facts.js'
import { FACT_OF, REQUEST_STATES, type RequestEvent } from './lifecycle.js'
import type { RequestState } from './view.js'

/**
 * What happened while the node was down is written down afterwards: `happenedAt` in the body of the fact is when it
 * happened, the fact's own time when it was recorded. The journal's order stays the one of recording; whoever shows or
 * counts time reads it here.
 */

/** What may be said to have happened before it was recorded. */
const MAY_BE_LATER: readonly RequestEvent[] = [
  'claim',
  'accept',
  'refuse',
  'ask',
  'answer',
  'exam-done',
  'start',
  'report',
]

export type LaterFault = 'later-event' | 'later-future' | 'later-too-old' | 'later-before'

const DAY_MS = 86_400_000

/**
 * What is wrong with a moment that somebody says it happened at (UTC milliseconds). `from`: what had happened already,
 * which it cannot be before. `event`: absent for the request itself.
 */
export function laterFault(
  at: number,
  { now, daysMax, from, event }: { now: number; daysMax: number; from?: number; event?: RequestEvent },
): LaterFault | undefined {
  if (event !== undefined && !MAY_BE_LATER.includes(event)) return 'later-event'
  if (at > now) return 'later-future'
  if (at < now - daysMax * DAY_MS) return 'later-too-old'
  // People read a clock to the minute.
  if (from !== undefined && at < from - (from % 60_000)) return 'later-before'
  return undefined
}

/** When it is said to have happened; undefined of what was recorded as it happened. Never after it was recorded. */
export function saidAt(fact: StoredFact): number | undefined {
  const said = fact.body?.['happenedAt']
  const at = typeof said === 'string' ? msOf(said) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.min(at, fact.at)
}

/** The request's state after the fact; a transfer's or a report's own state is another thing. */
export function stateOf(fact: StoredFact): RequestState | undefined {
  if (!fact.type.startsWith('request-') && fact.type !== 'report-signed') return undefined
  const state = fact.body?.['state']
  return REQUEST_STATES.find(known => known === state)
}

export interface Placed {
  fact: StoredFact
  /** When it happened, UTC milliseconds. */
  at: number
}

/**
 * Facts of an act in the order in which they happened. They come by sequence. The states of a request follow each other
 * as they were recorded: what a person did is never before what a person had done; what the node did by itself between
 * two of them (an offer, while the paper lay on the desk), or what opened the page to write on, is no later than the next. Where nothing was entered later,
 * order and times are the journal's.
 */
export function placed(facts: readonly StoredFact[]): Placed[] {
  if (!facts.some(fact => saidAt(fact) !== undefined)) return facts.map(fact => ({ fact, at: fact.at }))
  // A wall clock that was set back puts nothing behind what was recorded before it.
  let recorded = Number.NEGATIVE_INFINITY
  const all = facts.map(fact => {
    recorded = Math.max(recorded, fact.at)
    return { fact, at: saidAt(fact) ?? recorded }
  })
  const life = all.filter(({ fact }) => stateOf(fact) !== undefined)
  let floor = Number.NEGATIVE_INFINITY
  for (const one of life) {
    if (gaveWay(one.fact)) continue
    one.at = Math.max(one.at, floor)
    floor = one.at
  }
  let ceiling = Number.POSITIVE_INFINITY
  for (const one of life.toReversed()) {
    if (gaveWay(one.fact)) one.at = Math.min(one.at, ceiling)
    ceiling = Math.min(ceiling, one.at)
  }
  return all.sort((a, b) => a.at - b.at)
}

/** The last that was done to it: nothing entered later, as this event, is before it. */
export function lastDoneAt(facts: readonly StoredFact[], event: RequestEvent): number | undefined {
  return placed(facts).findLast(
    ({ fact }) =>
      stateOf(fact) !== undefined &&
      !isByItself(fact) &&
      !(event === 'report' && OPENING.includes(fact.type) && saidAt(fact) === undefined),
  )?.at
}

/** Recorded where a reader opens the page to write down what was told by telephone. */
const OPENING: readonly string[] = [FACT_OF.accept, FACT_OF.start]

const isByItself = (fact: StoredFact) => fact.origin?.by === 'system' && saidAt(fact) === undefined

/** Stands no later than what came after it. */
const gaveWay = (fact: StoredFact) =>
  isByItself(fact) || (OPENING.includes(fact.type) && saidAt(fact) === undefined)
