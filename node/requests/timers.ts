import { USUAL_MINUTES } from '../sites/usual.js'
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

type Class = 'emergency' | 'urgent' | 'routine' | 'opinion'

/** An emergency, or something urgent, is one whatever its kind; an opinion that can wait has times of its own. */
export const classOf = (kind: RequestKind, urgency: Urgency): Class =>
  urgency === 'routine' && kind === 'opinion' ? 'opinion' : urgency

/**
 * What a contract promises; what it leaves out is the usual time of the class. A stroke or a major trauma is read in the
 * contract's own time for these, else in the usual one, or sooner where other emergencies are.
 */
export function timersFor(
  kind: RequestKind,
  urgency: Urgency,
  terms: ContractTimers = {},
  timeCritical = false,
): Timers {
  const of = classOf(kind, urgency)
  const promised: PromisedMinutes = { ...USUAL_MINUTES[of], ...said(terms[of]) }
  const ms = (minutes: number | undefined) => (minutes ?? 0) * MINUTE_MS
  const critical =
    terms.timeCritical?.read ??
    Math.min(USUAL_MINUTES.timeCritical.read, promised.read ?? Number.POSITIVE_INFINITY)
  return {
    claimMs: ms(promised.claim),
    decisionMs: ms(promised.decision),
    readMs: ms(timeCritical && of === 'emergency' ? critical : promised.read),
    acknowledgeMs: ms(promised.acknowledge),
    finalMs: ms(promised.final),
    expireMs: of === 'emergency' ? Number.POSITIVE_INFINITY : ms(promised.expire),
  }
}

/** Without what is named and has no value. */
const said = (minutes: PromisedMinutes = {}): PromisedMinutes =>
  Object.fromEntries(Object.entries(minutes).filter(([, value]) => value !== undefined))

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
