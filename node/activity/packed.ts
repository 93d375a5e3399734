import { addTally, emptyTally, INTERVALS, type Tally } from './tally.js'

/** What the acts of one site for one group come to, and whose and what they are: as it is kept, and put to others. */
export interface Sum {
  tally: Tally
  readers: Set<string>
  modalities: Set<string>
}

/** Bucket, how many, bucket, how many …: read in a tenth of the time its object takes. */
type Pairs = number[]

interface Packed {
  c: readonly number[]
  /** In the order of INTERVALS. */
  i: readonly Pairs[]
  /** Hour, requests, and how long their reports took. */
  h: readonly (readonly [hour: number, requests: number, reported: Pairs])[]
  r: readonly string[]
  m: readonly string[]
}

const COUNTS = ['requests', 'acts', 'refused', 'cancelled', 'expired', 'enteredLater'] as const

export const emptySum = (): Sum => ({ tally: emptyTally(), readers: new Set(), modalities: new Set() })

export function addToSum(
  { tally, readers, modalities }: Sum,
  given: Tally,
  reader: string,
  modality: string,
) {
  addTally(tally, given)
  if (reader !== '') readers.add(reader)
  modalities.add(modality)
}

export function pack({ tally, readers, modalities }: Sum): string {
  const pairs = (durations: Readonly<Record<number, number>> = {}): Pairs =>
    Object.entries(durations).flatMap(([bucket, count]) => [Number(bucket), count])
  const packed: Packed = {
    c: COUNTS.map(count => tally[count]),
    i: INTERVALS.map(interval => pairs(tally.intervals[interval])),
    h: Object.entries(tally.hours).map(([hour, { requests, reported }]) => [
      Number(hour),
      requests,
      pairs(reported),
    ]),
    r: [...readers],
    m: [...modalities],
  }
  return JSON.stringify(packed)
}

/** Adds what was packed, and gives it for a row of its own. */
export function addPacked(into: Sum, text: string): Packed {
  const packed = JSON.parse(text) as Packed
  addParts(into.tally, packed)
  for (const [hour, requests, reported] of packed.h) {
    into.tally.hours[hour] ??= { requests: 0, reported: {} }
    const there = into.tally.hours[hour] as Tally['hours'][number]
    there.requests += requests
    addPairs(there.reported, reported)
  }
  for (const reader of packed.r) into.readers.add(reader)
  for (const modality of packed.m) into.modalities.add(modality)
  return packed
}

/** The same without the hours. */
export function addParts(into: Tally, { c, i }: Packed): void {
  for (const [at, count] of COUNTS.entries()) into[count] += c[at] ?? 0
  for (const [at, interval] of INTERVALS.entries()) {
    const given = i[at] ?? []
    if (given.length === 0) continue
    into.intervals[interval] ??= {}
    addPairs(into.intervals[interval], given)
  }
}

function addPairs(into: Record<number, number>, pairs: Pairs): void {
  for (let at = 0; at < pairs.length; at += 2) {
    const bucket = pairs[at] as number
    into[bucket] = (into[bucket] ?? 0) + (pairs[at + 1] as number)
  }
}
