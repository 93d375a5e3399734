import type { StoredFact } from '../journal/facts.js'
import { saidAt } from '../requests/later.js'
import type { RequestState } from '../requests/view.js'
import type { ActivityRecord } from './schema.js'
import { bucketOf, emptyTally, INTERVALS, type Tally } from './tally.js'
import type { ActivityInterval } from './view.js'

/** The act after a fact about it. What a lawfully erased body would have said stays as it was. */
export function afterFact(act: ActivityRecord, fact: StoredFact): ActivityRecord {
  const at = saidAt(fact) ?? fact.at
  const next = { ...act }
  if (fact.body?.['happenedAt'] !== undefined) next.entered_later = 1
  const state = fact.body?.['state']
  if (typeof state === 'string' && (fact.type.startsWith('request-') || fact.type === 'report-signed'))
    next.state = state as RequestState
  const claim = fact.body?.['claim'] as { holder?: unknown } | undefined
  if (typeof claim?.holder === 'string' && act.reported_at === null) next.reader = claim.holder
  switch (fact.type) {
    case 'request-submitted':
      next.submitted_at = at
      break
    case 'request-linked':
      if (fact.body?.['images'] === 'here') next.images_at ??= at
      break
    case 'study-received':
      next.images_at ??= at
      break
    case 'request-claimed':
      next.claimed_at ??= at
      if (act.reported_at === null && fact.origin?.by === 'account') next.reader = fact.origin.account
      break
    case 'request-accepted':
      next.accepted_at ??= at
      break
    case 'request-released':
    case 'request-rerouted':
      if (act.reported_at === null) next.reader = ''
      break
    case 'report-signed':
      next.reported_at ??= at
      if (act.reported_at === null && fact.origin?.by === 'account') next.reader = fact.origin.account
      break
    case 'report-acknowledged':
      next.seen_at ??= at
  }
  return next
}

/** When each interval ends. */
const ENDS = {
  claimed: 'claimed_at',
  accepted: 'accepted_at',
  images: 'images_at',
  reported: 'reported_at',
  seen: 'seen_at',
} as const satisfies Record<ActivityInterval, keyof ActivityRecord>

export function intervalMs(act: ActivityRecord, interval: ActivityInterval): number | undefined {
  const end = act[ENDS[interval]]
  return act.submitted_at === null || end === null ? undefined : Math.max(0, end - act.submitted_at)
}

/** What the act adds to what is counted; undefined while it counts nowhere. */
export function tallyOf(act: ActivityRecord): Tally | undefined {
  if (act.submitted_at === null || act.state === 'entered-in-error') return undefined
  const tally = emptyTally()
  tally.requests = 1
  tally.acts = act.reported_at === null ? 0 : 1
  tally.refused = act.state === 'refused' ? 1 : 0
  tally.cancelled = act.state === 'cancelled' ? 1 : 0
  tally.expired = act.state === 'expired' ? 1 : 0
  tally.enteredLater = act.entered_later
  for (const interval of INTERVALS) {
    const ms = intervalMs(act, interval)
    if (ms !== undefined) tally.intervals[interval] = { [bucketOf(ms)]: 1 }
  }
  tally.hours = { [act.hour]: { requests: 1, reported: tally.intervals.reported ?? {} } }
  return tally
}
