import { ApiProblem } from './problem.js'

/** Failures worth asking again by ourselves; all others are answers. */
const passing = new Set(['network', 'unavailable', 'timeout'])
const triesMax = 3
/** The node is there and said when to come back: it is believed longer than one that says nothing. */
const refusedTriesMax = 20
const longestWaitMs = 5_000

/** Whether a question that failed so many times before is asked once more. */
export function isWorthAnother(times: number, problem: unknown): boolean {
  if (!(problem instanceof ApiProblem)) return false
  if (problem.retryAfterMs !== undefined) return times < refusedTriesMax
  return passing.has(problem.code) && times < triesMax
}

/**
 * How long to wait before that. Never shorter than the node asks for, and not for all the same: who were refused
 * together shall not come back together. `random` lies in [0, 1).
 */
export function waitMs(times: number, problem: unknown, random: number): number {
  if (problem instanceof ApiProblem && problem.retryAfterMs !== undefined)
    return problem.retryAfterMs * (1 + random)
  return Math.min(500 * 2 ** times, longestWaitMs) * (0.75 + random / 2)
}
