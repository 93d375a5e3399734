import type { RequestKind, RequestRow, RequestState, Urgency } from './view.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export interface Timers {
  claimMs: number
  decisionMs: number
  /** From the acceptance, or from the images at hand where they come later. */
  readMs: number
  acknowledgeMs: number
  /** The final report after a preliminary one. */
  finalMs: number
}

const EMERGENCY: Timers = {
  claimMs: 3 * MINUTE_MS, // the first wave
  decisionMs: 5 * MINUTE_MS,
  readMs: 45 * MINUTE_MS,
  acknowledgeMs: 10 * MINUTE_MS,
  finalMs: DAY_MS,
}
const URGENT: Timers = {
  claimMs: 30 * MINUTE_MS,
  decisionMs: 30 * MINUTE_MS,
  readMs: 4 * HOUR_MS,
  acknowledgeMs: 4 * HOUR_MS,
  finalMs: DAY_MS,
}
const ROUTINE: Timers = {
  claimMs: 4 * HOUR_MS,
  decisionMs: 4 * HOUR_MS,
  readMs: DAY_MS,
  acknowledgeMs: 2 * DAY_MS,
  finalMs: DAY_MS,
}
const OPINION: Timers = {
  claimMs: DAY_MS,
  decisionMs: DAY_MS,
  readMs: 2 * DAY_MS,
  acknowledgeMs: 3 * DAY_MS,
  finalMs: DAY_MS,
}

/** What a contract promises unless it says otherwise. An emergency is one whatever its kind. */
export function timersFor(kind: RequestKind, urgency: Urgency): Timers {
  if (urgency === 'emergency') return EMERGENCY
  if (kind === 'opinion') return OPINION
  return urgency === 'urgent' ? URGENT : ROUTINE
}

/** Moments (UTC milliseconds) that the due times count from; null = has not happened. */
export interface Moments {
  submittedAt: number | null
  offeredAt: number | null
  claimedAt: number | null
  acceptedAt: number | null
  imagesAt: number | null
  reportedAt: number | null
  preliminary: boolean
  acknowledged: boolean
}

/** The clock that runs now: when it is due and for what; undefined where none runs. */
export function dueOf(
  state: RequestState,
  timers: Timers,
  moments: Moments,
): { at: number; for: NonNullable<RequestRow['due']>['for'] } | undefined {
  const after = (from: number | null, ms: number, what: NonNullable<RequestRow['due']>['for']) =>
    from === null ? undefined : { at: from + ms, for: what }
  switch (state) {
    case 'submitted':
      return after(moments.submittedAt, timers.claimMs, 'claim')
    case 'offered':
      return after(moments.offeredAt, timers.claimMs, 'claim')
    case 'claimed':
      return after(moments.claimedAt, timers.decisionMs, 'decision')
    case 'accepted':
    case 'reading':
      // The reader is not late for images that are not there.
      if (moments.imagesAt === null || moments.acceptedAt === null) return undefined
      return after(Math.max(moments.imagesAt, moments.acceptedAt), timers.readMs, 'report')
    case 'reported':
      return after(moments.reportedAt, timers.acknowledgeMs, 'acknowledge')
    case 'delivered':
      if (moments.preliminary) return after(moments.reportedAt, timers.finalMs, 'report')
      return moments.acknowledged ? undefined : after(moments.reportedAt, timers.acknowledgeMs, 'acknowledge')
    default:
      return undefined
  }
}
