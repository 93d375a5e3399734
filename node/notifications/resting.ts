import { setTimeout as pause } from 'node:timers/promises'
import type { Job } from '../outbox/job.js'

/**
 * From one piece of work that can wait to the next: ten thousand letters are no reason for anybody to wait for a list. While
 * somebody asks for lists, and while nobody does.
 */
const REST_MS = { someone: 30, nobody: 10 }
/** Whoever asked for something so lately is at work. */
const AT_WORK_MS = 1000
const RESTS_MAX = 10
/** A timer that is later than this says that others are being served. */
const LATE_MS = 5

/** Waits for the turn of what can wait; false where this one gives way or the node stops. */
export type Rest = (job: Pick<Job, 'signal' | 'giveWay'>) => Promise<boolean>

/** One for all that can wait, of whatever lane: each has a turn of its own, and those who work at a screen the time between. */
export function openRest(askedMsAgo: () => number): Rest {
  /** When the next turn is, by the monotonic clock. */
  let nextAt = Number.NEGATIVE_INFINITY
  return async ({ signal, giveWay }) => {
    const stop = AbortSignal.any([signal, giveWay])
    const restMs = askedMsAgo() < AT_WORK_MS ? REST_MS.someone : REST_MS.nobody
    let late = false
    for (let times = 0; (times === 0 || late) && times < RESTS_MAX && !stop.aborted; times++) {
      const now = performance.now()
      const at: number = late ? Math.max(now + restMs, nextAt) : Math.max(now, nextAt)
      nextAt = at + restMs
      if (at <= now) break
      await pause(at - now, undefined, { signal: stop }).catch(() => undefined) // who stopped it is asked below
      // Somebody was served so long that this woke up late: they may have more to ask.
      late = performance.now() - at > LATE_MS
    }
    return !stop.aborted
  }
}
