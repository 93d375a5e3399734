import { monitorEventLoopDelay } from 'node:perf_hooks'

/** At which pace the screens that are open read again what changed. */
export interface Pace {
  /**
   * When the screen of this place among all that are open has its turn, milliseconds from when it is told: one after the
   * other, so that few screens wait for nothing and a thousand do not ask in the same instant.
   */
  turnMs(place: number): number
  /** So many are told now: sees how late everybody else is served while they read. */
  watch(screens: number): void
  close(): void
}

/** Between the turns of two screens: what their reading costs an ordinary machine, and as much again for others. */
const USUAL_US = 350
const FASTEST_US = 250
const SLOWEST_US = 2000
/** Nobody is shown a change later than this because of the others. */
const TURN_MAX_MS = 5000
/** Fewer say nothing of how a thousand would be served. */
const WATCHED_MIN = 100
/** The last ones gather and read a moment after their turn. */
const AFTER_MS = 300
const RESOLUTION_MS = 5
/** In one moment of twenty the loop is later than this: whoever works would feel it. Twice as good is room for more. */
const LATE_MS = 16

/** The next wave's, microseconds, after one in which the loop was so late in one moment of twenty. */
export function paceAfter(turnUs: number, lateMs: number): number {
  const by = lateMs > LATE_MS ? 1.5 : lateMs < LATE_MS / 2 ? 0.85 : 1
  return Math.min(SLOWEST_US, Math.max(FASTEST_US, Math.round(turnUs * by)))
}

export function openPace(): Pace {
  let turnUs = USUAL_US
  let watching: NodeJS.Timeout | undefined
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const turnMs = (place: number) => Math.min(Math.round((place * turnUs) / 1000), TURN_MAX_MS)
  return {
    turnMs,
    watch: screens => {
      if (screens < WATCHED_MIN || watching !== undefined) return
      delay.reset()
      delay.enable()
      watching = setTimeout(() => {
        watching = undefined
        delay.disable()
        turnUs = paceAfter(turnUs, delay.percentile(95) / 1_000_000 - RESOLUTION_MS)
      }, turnMs(screens) + AFTER_MS).unref()
    },
    close: () => {
      clearTimeout(watching)
      delay.disable()
    },
  }
}
