import type { RouteHours, Weekday } from './peers/view.js'

const DAY_MINUTES = 1440
const WEEK_MINUTES = 7 * DAY_MINUTES
const MINUTE_MS = 60_000
const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/**
 * When a route with these hours sends next: `ms` itself (UTC milliseconds) where one of them is running. Right over a
 * change of the clocks as soon as that has happened: whoever waits asks again.
 */
export function opensAt(hours: readonly RouteHours[] | undefined, ms: number, timeZone: string): number {
  if (hours === undefined || hours.length === 0) return ms
  const now = minuteOfWeek(ms, timeZone)
  const waits = hours.flatMap(({ days = WEEK, from, to }) =>
    days.map(day => {
      const start = WEEK.indexOf(day) * DAY_MINUTES + minutesOf(from)
      const length = (minutesOf(to) - minutesOf(from) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
      const since = (now - start + WEEK_MINUTES) % WEEK_MINUTES
      return since < length ? 0 : WEEK_MINUTES - since
    }),
  )
  const wait = Math.min(...waits)
  return wait === 0 ? ms : ms - (ms % MINUTE_MS) + wait * MINUTE_MS
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

const formats = new Map<string, Intl.DateTimeFormat>()

function minuteOfWeek(ms: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  const day = WEEK.indexOf((parts.get('weekday') ?? '').toLowerCase() as Weekday)
  return day * DAY_MINUTES + Number(parts.get('hour')) * 60 + Number(parts.get('minute'))
}
