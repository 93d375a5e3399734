import type {
  ContractTimers,
  PromisedMinutes,
  RequestKind,
  RequestRow,
  RequestState,
  Urgency,
} from './view.js'

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
  /** After the last wave: the time a coordinator has to find somebody. An emergency never expires. */
  expireMs: number
}

type Class = keyof ContractTimers

const DEFAULTS: Record<Class, Timers> = {
  emergency: {
    claimMs: 3 * MINUTE_MS, // the first wave
    decisionMs: 5 * MINUTE_MS,
    readMs: 45 * MINUTE_MS,
    acknowledgeMs: 10 * MINUTE_MS,
    finalMs: DAY_MS,
    expireMs: Number.POSITIVE_INFINITY,
  },
  urgent: {
    claimMs: 30 * MINUTE_MS,
    decisionMs: 30 * MINUTE_MS,
    readMs: 4 * HOUR_MS,
    acknowledgeMs: 4 * HOUR_MS,
    finalMs: DAY_MS,
    expireMs: 2 * HOUR_MS,
  },
  routine: {
    claimMs: 4 * HOUR_MS,
    decisionMs: 4 * HOUR_MS,
    readMs: DAY_MS,
    acknowledgeMs: 2 * DAY_MS,
    finalMs: DAY_MS,
    expireMs: DAY_MS,
  },
  opinion: {
    claimMs: DAY_MS,
    decisionMs: DAY_MS,
    readMs: 2 * DAY_MS,
    acknowledgeMs: 3 * DAY_MS,
    finalMs: DAY_MS,
    expireMs: 2 * DAY_MS,
  },
}

/** An emergency, or something urgent, is one whatever its kind; an opinion that can wait has times of its own. */
const classOf = (kind: RequestKind, urgency: Urgency): Class =>
  urgency === 'routine' && kind === 'opinion' ? 'opinion' : urgency

/** Of an emergency that is a stroke or a major trauma, images at hand (domain.md): whatever a contract says of the others. */
const TIME_CRITICAL_READ_MS = 20 * MINUTE_MS

/** What a contract promises; what it leaves out is the default of the class. */
export function timersFor(
  kind: RequestKind,
  urgency: Urgency,
  terms: ContractTimers = {},
  timeCritical = false,
): Timers {
  const of = classOf(kind, urgency)
  const promised: PromisedMinutes = terms[of] ?? {}
  const { claim, decision, read, acknowledge, final, expire } = promised
  const usual = DEFAULTS[of]
  const ms = (minutes: number | undefined, otherwise: number) =>
    minutes === undefined ? otherwise : minutes * MINUTE_MS
  return {
    claimMs: ms(claim, usual.claimMs),
    decisionMs: ms(decision, usual.decisionMs),
    readMs:
      timeCritical && of === 'emergency'
        ? Math.min(ms(read, usual.readMs), TIME_CRITICAL_READ_MS)
        : ms(read, usual.readMs),
    acknowledgeMs: ms(acknowledge, usual.acknowledgeMs),
    finalMs: ms(final, usual.finalMs),
    expireMs: of === 'emergency' ? usual.expireMs : ms(expire, usual.expireMs),
  }
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

/** When a holder who does nothing is rung, and when it is offered to others; undefined where they owe nothing yet. */
export function silenceOf(
  state: RequestState,
  urgency: Urgency,
  timers: Timers,
  moments: Pick<Moments, 'claimedAt' | 'acceptedAt' | 'imagesAt'>,
): { ringAt: number; reofferAt: number } | undefined {
  const { claimedAt, acceptedAt, imagesAt } = moments
  const after = (from: number, ms: number) => ({
    ringAt: from + ms,
    reofferAt: from + ms + Math.min(ms, HOUR_MS),
  })
  if (state === 'claimed' && claimedAt !== null) return after(claimedAt, timers.decisionMs)
  if (state !== 'accepted' || acceptedAt === null || imagesAt === null) return undefined
  // What can wait is read when its reader comes to it; anything else is opened at once, or given to somebody else.
  return after(Math.max(acceptedAt, imagesAt), urgency === 'routine' ? timers.readMs : timers.decisionMs)
}
