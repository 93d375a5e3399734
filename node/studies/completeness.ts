import { isoAt } from '../clock.js'
import type { CompletenessView } from '../requests/view.js'
import { QUIET_MS } from './receive.js'

/** What is known of a study's images. */
export interface Counts {
  /** Without what we made ourselves. */
  instances: number
  /** What the sender's PACS lists; null while nobody could say. */
  expected: number | null
  lastAt: number
  /** When that was said; an older word says nothing of what came since. */
  expectedAt: number | null
  /** Arrivals that are not settled. */
  arriving: boolean
}

/**
 * Honest about images: quiet is only a hint, `complete` needs the sender's own count (domain.md, "Completeness").
 */
export function completenessOf(counts: Counts, now: number): CompletenessView {
  const state =
    counts.expected !== null &&
    counts.instances >= counts.expected &&
    (counts.expectedAt ?? 0) >= counts.lastAt
      ? 'complete'
      : counts.arriving && now - counts.lastAt < QUIET_MS * 2
        ? 'arriving'
        : counts.expected !== null && counts.instances < counts.expected
          ? 'incomplete'
          : 'quiet'
  return {
    received: counts.instances,
    // More than was said: the word is old, and shown it would lie.
    ...(counts.expected === null || counts.instances > counts.expected ? {} : { expected: counts.expected }),
    state,
    ...(counts.instances > 0 ? { lastArrivalAt: isoAt(counts.lastAt) } : {}),
  }
}
