import { performance } from 'node:perf_hooks'

/** The only source of time. `now` is UTC milliseconds; `monotonic` never goes back (milliseconds since start). */
export interface Clock {
  now(): number
  monotonic(): number
  isoNow(): string
}

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => Math.round(performance.now()),
    isoNow: () => new Date().toISOString(),
  }
}

/** A clock that moves only when told to: for tests of timers and ladders. */
export interface ManualClock extends Clock {
  advance(ms: number): void
}

export function manualClock(startMs: number): ManualClock {
  let now = startMs
  return {
    now: () => now,
    monotonic: () => now - startMs,
    isoNow: () => isoAt(now),
    advance: ms => {
      now += ms
    },
  }
}

/** UTC milliseconds as ISO 8601 with a Z. */
export function isoAt(ms: number): string {
  return new Date(ms).toISOString()
}

/** ISO 8601 text as UTC milliseconds; NaN where it is none. */
export function msOf(iso: string): number {
  return Date.parse(iso)
}

/** A DICOM date (DA, `YYYYMMDD`) and time (TM, `HHMMSS`) in UTC, for objects we make ourselves. */
export function dicomDateTime(ms: number): { date: string; time: string } {
  const iso = isoAt(ms)
  return { date: iso.slice(0, 10).replaceAll('-', ''), time: iso.slice(11, 19).replaceAll(':', '') }
}

/** UTC milliseconds as the Date object that some libraries ask for. */
export function dateAt(ms: number): Date {
  return new Date(ms)
}
