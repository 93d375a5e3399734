import { addTally, COUNTS, emptyTally, INTERVALS, type Tally } from './tally.js'

/** What the acts of one site for one group come to, and whose and what they are: as it is kept, and put to others. */
export interface Sum {
  tally: Tally
  readers: Set<string>
  modalities: Set<string>
}

/** Bucket, how many, bucket, how many …: read in a tenth of the time its object takes. */
export type Pairs = readonly number[]

export interface Packed {
  /** In the order of COUNTS. */
  c: readonly number[]
  /** In the order of INTERVALS. */
  i: readonly Pairs[]
  r: readonly string[]
  m: readonly string[]
}

/** Apart from the rest, since the rows of an answer have none. */
export type PackedHours = readonly (readonly [hour: number, requests: number, reported: Pairs])[]

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

export function pack({ tally, readers, modalities }: Sum): { packed: string; hours: string } {
  const pairs = (durations: Readonly<Record<number, number>> = {}): Pairs =>
    Object.entries(durations).flatMap(([bucket, count]) => [Number(bucket), count])
  const packed: Packed = {
    c: COUNTS.map(count => tally[count]),
    i: INTERVALS.map(interval => pairs(tally.intervals[interval])),
    r: [...readers],
    m: [...modalities],
  }
  const hours: PackedHours = Object.entries(tally.hours).map(([hour, { requests, reported }]) => [
    Number(hour),
    requests,
    pairs(reported),
  ])
  return { packed: JSON.stringify(packed), hours: JSON.stringify(hours) }
}
