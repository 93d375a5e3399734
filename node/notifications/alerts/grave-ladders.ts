import type { Urgency } from '../../sites/view.js'
import type { ChannelName } from '../view.js'
import type { Ladder, Rung } from './rules.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const BRISK: readonly ChannelName[] = ['screen', 'push', 'email']
const LOUD: readonly ChannelName[] = ['screen', 'push', 'email', 'telephone']

/** The urgency a critical finding has by its class, whatever the request's own was. */
export function urgencyOfClass(grade: number): Urgency {
  return grade === 1 ? 'emergency' : grade === 2 ? 'urgent' : 'routine'
}

/** UTC milliseconds so many working days (Monday to Friday) after a moment, at the same time of day. */
export function workingDaysAfter(at: number, days: number): number {
  let reached = at
  for (let left = days; left > 0; ) {
    reached += DAY_MS
    // 1 January 1970 was a Thursday.
    const weekday = (Math.floor(reached / DAY_MS) + 4) % 7
    if (weekday !== 0 && weekday !== 6) left -= 1
  }
  return reached
}

/**
 * A critical finding of class 1: at once, +5, +10, and at +15 minutes a person telephones; class 2: steps of an hour;
 * class 3: working days. It ends with a read-back and in no other way. `at`: when it was raised.
 */
export function criticalLadder(grade: number, at: number): Ladder {
  const step = (n: number) =>
    grade === 1 ? n * 5 * MINUTE_MS : grade === 2 ? n * HOUR_MS : workingDaysAfter(at, n) - at
  const channels = grade === 3 ? BRISK : LOUD
  const rung = (n: number, to: Rung['to']): Rung => ({
    afterMs: step(n),
    to,
    kind: 'critical-finding',
    channels,
  })
  return [
    rung(0, ['requester', 'site-referrers']),
    rung(1, ['requester', 'site-referrers', 'site-coordinators']),
    rung(2, ['site-coordinators', 'reading-coordinators', 'holder']),
    { ...rung(3, ['reading-coordinators', 'site-coordinators', 'holder']), call: true },
  ]
}

/**
 * The final report differs significantly from the preliminary one somebody may have treated by: they are told at once,
 * loudly whatever the urgency was, and in the end a person telephones, who also reaches whom the screen cannot.
 */
export function differenceLadder(urgency: Urgency): Ladder {
  const stepMs = urgency === 'emergency' ? 10 * MINUTE_MS : urgency === 'urgent' ? HOUR_MS : 4 * HOUR_MS
  const rung = (n: number, to: Rung['to']): Rung => ({
    afterMs: n * stepMs,
    to,
    kind: 'report-differs',
    channels: LOUD,
  })
  return [
    rung(0, ['requester', 'site-referrers']),
    rung(1, ['requester', 'site-referrers', 'site-coordinators']),
    { ...rung(2, ['site-coordinators', 'reading-coordinators']), call: true },
  ]
}
