import { isoAt } from '../clock.js'
import { QUIET_MS } from './receive.js'
import type { CompletenessView } from './view.js'

/** What is known of a study's images. */
export interface Counts {
  /** Without what we made ourselves. */
  instances: number
  /** What the sender's PACS lists; null while nobody could say. */
  expected: number | null
  /** Of its list, what was not here when it was asked; null where it only counted. */
  missing: number | null
  lastAt: number
  /** When that was said; an older word says nothing of what came since. */
  expectedAt: number | null
  /** It was asked, and did not say. */
  unanswered: boolean
  /** What is arriving now: since when, and how many came; null when nothing is. */
  arriving: { since: number; instances: number } | null
  /** Listed by the destination that is least advanced; undefined where it goes nowhere. */
  confirmed?: number
}

/** Fewer images, or less time, give no rate worth a promise. */
const RATE_MIN_INSTANCES = 3
const RATE_MIN_MS = 2000

/**
 * Honest about images: quiet is only a hint, `complete` needs the sender's own word, given after the last image came
 * (domain.md, "Completeness"). Where it lists its instances, each of them is here; where it only counts, as many are.
 */
export function completenessOf(counts: Counts, now: number): CompletenessView {
  const { instances, lastAt, confirmed } = counts
  const fresh = (counts.expectedAt ?? 0) >= lastAt
  // More than was said, and it was said before they came: the word is old, and shown it would lie.
  const expected =
    counts.expected === null || (instances > counts.expected && !fresh) ? undefined : counts.expected
  const listed = counts.missing !== null && fresh
  const missing =
    expected === undefined ? undefined : listed ? counts.missing : Math.max(0, expected - instances)
  const arriving = counts.arriving !== null && now - lastAt < QUIET_MS * 2
  const state =
    missing === 0 && fresh ? 'complete' : arriving ? 'arriving' : (missing ?? 0) > 0 ? 'incomplete' : 'quiet'
  const doneAt = state === 'arriving' ? doneBy(counts, missing ?? undefined) : undefined
  return {
    received: instances,
    ...(expected === undefined ? {} : { expected, proof: listed ? 'list' : 'count' }),
    ...(missing === undefined || missing === null || missing === 0 ? {} : { missing }),
    ...(confirmed === undefined ? {} : { confirmed }),
    state,
    ...(expected !== undefined ? {} : { unknown: counts.unanswered ? 'no-answer' : 'not-asked' }),
    ...(instances > 0 ? { lastArrivalAt: isoAt(lastAt) } : {}),
    ...(doneAt === undefined ? {} : { doneAt: isoAt(doneAt) }),
  }
}

/** By the rate so far. */
function doneBy({ arriving, lastAt }: Counts, missing: number | undefined): number | undefined {
  if (arriving === null || missing === undefined || missing === 0) return undefined
  const tookMs = lastAt - arriving.since
  if (arriving.instances < RATE_MIN_INSTANCES || tookMs < RATE_MIN_MS) return undefined
  return lastAt + Math.round((missing * tookMs) / arriving.instances)
}

/** Numbers as ranges: 3, 4, 5 and 12 are `3–5, 12`. */
export function asRanges(numbers: readonly number[]): string {
  const ranges: [from: number, to: number][] = []
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && number === last[1] + 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}
