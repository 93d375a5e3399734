import type { Packed, PackedHours, Pairs } from './packed.js'
import { BUCKETS, COUNTS, INTERVALS, middleOf, type Tally } from './tally.js'
import type { ActivityTotals, ActivityView, IntervalView } from './view.js'

/** Durations by bucket: how many. Every bucket has its place, so that adding is one step and nothing is ever sorted. */
type Durations = Int32Array

/** What a question adds up: of all it asks for, or of one row. */
export interface Count {
  /** In the order of COUNTS. */
  counts: number[]
  /** In the order of INTERVALS; none where nothing came so far. */
  intervals: (Durations | undefined)[]
}

/** By the hour of the submission. */
export type HourCount = { requests: number; reported: Durations }

export const emptyCount = (): Count => ({
  counts: COUNTS.map(() => 0),
  intervals: INTERVALS.map(() => undefined),
})

export const emptyHours = (): HourCount[] =>
  Array.from({ length: 24 }, () => ({ requests: 0, reported: new Int32Array(BUCKETS) }))

export function addPacked({ counts, intervals }: Count, { c, i }: Packed): void {
  for (const at of COUNTS.keys()) counts[at] = (counts[at] ?? 0) + (c[at] ?? 0)
  for (const [at, pairs] of i.entries()) {
    if (pairs.length === 0) continue
    intervals[at] ??= new Int32Array(BUCKETS)
    addPairs(intervals[at], pairs)
  }
}

export function addPackedHours(hours: HourCount[], packed: PackedHours): void {
  for (const [hour, requests, reported] of packed) {
    const there = hours[hour] as HourCount
    there.requests += requests
    addPairs(there.reported, reported)
  }
}

function addPairs(into: Durations, pairs: Pairs): void {
  for (let at = 0; at < pairs.length; at += 2) {
    const bucket = pairs[at] as number
    into[bucket] = (into[bucket] as number) + (pairs[at + 1] as number)
  }
}

/** The same of a tally as the cells have it. */
export function addTallyTo({ counts, intervals }: Count, tally: Tally): void {
  for (const [at, count] of COUNTS.entries()) counts[at] = (counts[at] ?? 0) + tally[count]
  for (const [at, interval] of INTERVALS.entries()) {
    const durations = tally.intervals[interval]
    if (durations === undefined) continue
    intervals[at] ??= new Int32Array(BUCKETS)
    addEach(intervals[at], durations)
  }
}

export function addHoursTo(hours: HourCount[], tally: Tally): void {
  for (const [hour, { requests, reported }] of Object.entries(tally.hours)) {
    const there = hours[Number(hour)] as HourCount
    there.requests += requests
    addEach(there.reported, reported)
  }
}

function addEach(into: Durations, durations: Readonly<Record<number, number>>): void {
  for (const [bucket, count] of Object.entries(durations))
    into[Number(bucket)] = (into[Number(bucket)] as number) + count
}

/** The middle one and the one below which nine tenths lie, by nearest rank; undefined of none. */
export function intervalOf(durations: Durations | undefined): IntervalView | undefined {
  let count = 0
  for (const each of durations ?? []) count += each
  if (durations === undefined || count === 0) return undefined
  const [half, nine] = [Math.ceil(0.5 * count), Math.ceil(0.9 * count)]
  let [passed, bucket] = [0, 0]
  const upTo = (rank: number) => {
    // The bucket in which the one of this rank lies; the ranks are asked for in their order.
    for (; passed + (durations[bucket] as number) < rank; bucket += 1) passed += durations[bucket] as number
    return middleOf(bucket)
  }
  return { count, medianMs: upTo(half), p90Ms: upTo(nine) }
}

export function totalsOf({ counts, intervals }: Count): ActivityTotals {
  const found: ActivityTotals['intervals'] = {}
  for (const [at, interval] of INTERVALS.entries()) {
    const view = intervalOf(intervals[at])
    if (view !== undefined) found[interval] = view
  }
  const [requests = 0, acts = 0, refused = 0, cancelled = 0, expired = 0, enteredLater = 0] = counts
  return { requests, acts, refused, cancelled, expired, enteredLater, intervals: found }
}

export function hoursOf(hours: readonly HourCount[]): ActivityView['hours'] {
  return hours.map(({ requests, reported }, hour) => {
    const took = intervalOf(reported)
    return { hour, requests, ...(took === undefined ? {} : { reported: took }) }
  })
}
