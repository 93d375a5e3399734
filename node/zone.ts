import type { Weekday } from './peers/view.js'

/** Moments as people at a place read them off the wall: IANA time zones by `Intl`, changes of the clocks included. */

export interface Wall {
  /** YYYY-MM-DD */
  date: string
  /** Of the day: 0 to 1439. */
  minute: number
}

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
export const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

const formats = new Map<string, Intl.DateTimeFormat>()

function formatIn(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  return format
}

/** Whether the name is one of the IANA data base that this machine knows. */
export function isTimeZone(name: string): boolean {
  if (!/^(UTC|[A-Za-z]+(\/[A-Za-z0-9_+-]+){1,2})$/.test(name)) return false
  try {
    formatIn(name)
    return true
  } catch (thrown) {
    if (thrown instanceof RangeError) return false
    throw thrown
  }
}

/** What the wall says at `ms` (UTC milliseconds). */
export function wallAt(ms: number, timeZone: string): Wall {
  const parts = new Map(
    formatIn(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  )
  return {
    date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}

/**
 * The moment (UTC milliseconds) at which the wall says this. Where it says it twice, since the clocks go back, the
 * first; where it never says it, since they go forward, the moment it would have been.
 */
export function momentOf({ date, minute }: Wall, timeZone: string): number {
  const asUtc = midnightUtc(date) + minute * MINUTE_MS
  const [before, after] = [asUtc - DAY_MS, asUtc + DAY_MS].map(ms => asUtc - offsetAt(ms, timeZone)) as [
    number,
    number,
  ]
  const says = (ms: number) => ms + offsetAt(ms, timeZone) === asUtc
  return says(before) ? before : says(after) ? after : before
}

/** How far the wall is ahead of UTC, in milliseconds. */
function offsetAt(ms: number, timeZone: string): number {
  const { date, minute } = wallAt(ms, timeZone)
  const whole = ms - (((ms % MINUTE_MS) + MINUTE_MS) % MINUTE_MS)
  return midnightUtc(date) + minute * MINUTE_MS - whole
}

function midnightUtc(date: string): number {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number)
  return Date.UTC(year, month - 1, day)
}

/** The date `days` later, on the calendar. */
export function dateAfter(date: string, days: number): string {
  // A calendar is the same everywhere: UTC has no changes of the clocks.
  return wallAt(midnightUtc(date) + days * DAY_MS, 'UTC').date
}

/** From `first` to `last`, both included. */
export function datesBetween(first: string, last: string): string[] {
  const dates: string[] = []
  for (let date = first; date <= last; date = dateAfter(date, 1)) dates.push(date)
  return dates
}

export function weekdayOf(date: string): Weekday {
  // 1 January 1970 was a Thursday.
  const days = Math.round(midnightUtc(date) / DAY_MS)
  return WEEK[(((days + 3) % 7) + 7) % 7] as Weekday
}

/** The Monday of the week this date is in. */
export function mondayOf(date: string): string {
  return dateAfter(date, -WEEK.indexOf(weekdayOf(date)))
}

/** `HH:MM` as a minute of the day. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** A minute of the day as `HH:MM`. */
export function timeOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
