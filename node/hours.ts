import type { RouteHours } from './peers/view.js'
import { minuteOf, WEEK, wallAt, weekdayOf } from './zone.js'

const DAY_MINUTES = 1440
const WEEK_MINUTES = 7 * DAY_MINUTES
const MINUTE_MS = 60_000

/**
 * When a route with these hours sends next: `ms` itself (UTC milliseconds) where one of them is running. Right over a
 * change of the clocks as soon as that has happened: whoever waits asks again.
 */
export function opensAt(hours: readonly RouteHours[] | undefined, ms: number, timeZone: string): number {
  if (hours === undefined || hours.length === 0) return ms
  const now = minuteOfWeek(ms, timeZone)
  const waits = hours.flatMap(({ days = WEEK, from, to }) =>
    days.map(day => {
      const start = WEEK.indexOf(day) * DAY_MINUTES + minuteOf(from)
      const length = (minuteOf(to) - minuteOf(from) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
      const since = (now - start + WEEK_MINUTES) % WEEK_MINUTES
      return since < length ? 0 : WEEK_MINUTES - since
    }),
  )
  const wait = Math.min(...waits)
  return wait === 0 ? ms : ms - (ms % MINUTE_MS) + wait * MINUTE_MS
}

function minuteOfWeek(ms: number, timeZone: string): number {
  const { date, minute } = wallAt(ms, timeZone)
  return WEEK.indexOf(weekdayOf(date)) * DAY_MINUTES + minute
}
