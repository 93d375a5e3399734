import type { ActivityInterval } from './view.js'

export const INTERVALS: readonly ActivityInterval[] = ['claimed', 'accepted', 'images', 'reported', 'seen']

/** Durations by bucket: how many. */
type Durations = Record<number, number>

/** What is counted of some acts. Two of them add up to a third, and what was added can be taken away. */
export interface Tally {
  requests: number
  acts: number
  refused: number
  cancelled: number
  expired: number
  enteredLater: number
  intervals: Partial<Record<ActivityInterval, Durations>>
  /** By the hour of the submission: how many, and how long their reports took. */
  hours: Record<number, { requests: number; reported: Durations }>
}

export const COUNTS = ['requests', 'acts', 'refused', 'cancelled', 'expired', 'enteredLater'] as const

export function emptyTally(): Tally {
  return {
    requests: 0,
    acts: 0,
    refused: 0,
    cancelled: 0,
    expired: 0,
    enteredLater: 0,
    intervals: {},
    hours: {},
  }
}

/** Seconds below this have a bucket each; above, 32 buckets an octave: none is wider than 1/32 of what is in it. */
const EXACT_SECONDS = 64
const SECONDS_MAX = 2 ** 31 - 1

export function bucketOf(ms: number): number {
  const seconds = Math.min(Math.max(0, Math.floor(ms / 1000)), SECONDS_MAX)
  if (seconds < EXACT_SECONDS) return seconds
  const octave = 31 - Math.clz32(seconds)
  return EXACT_SECONDS + (octave - 6) * 32 + ((seconds >> (octave - 5)) & 31)
}

/** So many there are. */
export const BUCKETS = bucketOf(Number.MAX_SAFE_INTEGER) + 1

/** The middle of a bucket, in milliseconds: never off by more than 1/64. */
export function middleOf(bucket: number): number {
  if (bucket < EXACT_SECONDS) return bucket * 1000
  const octave = 6 + Math.floor((bucket - EXACT_SECONDS) / 32)
  const width = 2 ** (octave - 5)
  return (32 + ((bucket - EXACT_SECONDS) % 32)) * width * 1000 + (width * 1000) / 2
}

function addDurations(into: Durations, from: Durations, sign: 1 | -1): void {
  for (const [bucket, count] of Object.entries(from)) {
    const left = (into[Number(bucket)] ?? 0) + sign * count
    if (left === 0) delete into[Number(bucket)]
    else into[Number(bucket)] = left
  }
}

/** Adds one to the other, or takes it away. */
export function addTally(into: Tally, from: Tally, sign: 1 | -1 = 1): void {
  for (const count of COUNTS) into[count] += sign * from[count]
  for (const interval of INTERVALS) {
    const durations = from.intervals[interval]
    if (durations === undefined) continue
    into.intervals[interval] ??= {}
    addDurations(into.intervals[interval], durations, sign)
    if (Object.keys(into.intervals[interval]).length === 0) delete into.intervals[interval]
  }
  for (const [hour, given] of Object.entries(from.hours)) {
    into.hours[Number(hour)] ??= { requests: 0, reported: {} }
    const there = into.hours[Number(hour)] as Tally['hours'][number]
    there.requests += sign * given.requests
    addDurations(there.reported, given.reported, sign)
    if (there.requests === 0) delete into.hours[Number(hour)]
  }
}
