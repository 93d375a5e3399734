import { z } from 'zod'
import type { RequestRecord } from './schema.js'
import type { Urgency } from './view.js'

/**
 * A hint from outside, mostly of a program that has looked at the images: how pressing it is, from 0 (nothing said) to
 * 100. It puts a request before others of the same urgency that are not near their due time, and does nothing else.
 */
export const triageSchema = z.strictObject({
  number: z.int().min(0).max(100),
  /** In words, for a person. */
  label: z.string().trim().min(1).max(200),
  /** Who says it: the program or model. */
  by: z.string().trim().min(1).max(200),
  version: z.string().trim().min(1).max(100),
  /** When it was said. */
  at: z.iso.datetime(),
})
export type TriageInput = z.output<typeof triageSchema>

/** As it is kept; `hints`: how many there have been. */
export type Triage = TriageInput & { hints: number }

export const triageOf = ({ triage }: Pick<RequestRecord, 'triage'>): Triage | undefined =>
  triage === null ? undefined : JSON.parse(triage)

const MINUTE_MS = 60_000
/** So long before its due time nothing overtakes a request because of a number. */
const NEAR_MS: Record<Urgency, number> = {
  emergency: 2 * MINUTE_MS,
  urgent: 15 * MINUTE_MS,
  routine: 120 * MINUTE_MS,
}
export const NEAR_MS_MAX = NEAR_MS.routine

export const isNear = (due_at: number | null, urgency: Urgency, now: number): boolean =>
  due_at !== null && due_at - NEAR_MS[urgency] <= now

/** Seconds of any day of ours are below it. */
const TIER = 10_000_000_000
/** What stands below this is near its due time. */
export const NEAR_PLACE_MAX = TIER

/**
 * The place of a request among those of its urgency, smaller first (`requests.ordered_at`): what is near or past its due
 * time, the oldest first; then by the number that was given, the highest first; then all others, the oldest first. A
 * number therefore never makes anybody wait past their due time.
 */
export function placeOf(
  {
    submitted_at,
    due_at,
    urgency,
    number,
  }: Pick<RequestRecord, 'due_at' | 'urgency'> & { submitted_at: number; number: number },
  now: number,
): number {
  const seconds = Math.floor(submitted_at / 1000)
  if (isNear(due_at, urgency, now)) return seconds
  return number > 0 ? (101 - number) * TIER + seconds : submitted_at
}

/** The place of a row; the time it was ordered at, where it has none of its own. */
export function orderOf(record: RequestRecord, now: number): number {
  const { submitted_at, due_at, urgency } = record
  // Where no number was ever given in its list, everything stands as it came.
  if (submitted_at === null || (record.triage === null && record.ordered_at >= submitted_at))
    return record.ordered_at
  return placeOf({ submitted_at, due_at, urgency, number: triageOf(record)?.number ?? 0 }, now)
}
