import type { RouteHours } from './peers/view.js'
import { dateAfter, datesBetween, minuteOf, momentOf, wallAt, weekdayOf } from './zone.js'

/** A stretch of time, UTC milliseconds: `from` belongs to it, `to` does not. */
export interface Span {
  from: number
  to: number
}

/** In order, without overlaps, what touches joined; empty ones are none. */
export function merged(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const { from, to } of [...spans].filter(span => span.from < span.to).sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else joined.push({ from, to })
  }
  return joined
}

/** What of `whole` none of `taken` is. */
export function without(whole: readonly Span[], taken: readonly Span[]): Span[] {
  let rest = merged(whole)
  for (const { from, to } of merged(taken))
    rest = rest.flatMap(span =>
      to <= span.from || from >= span.to
        ? [span]
        : [
            { from: span.from, to: from },
            { from: to, to: span.to },
          ].filter(part => part.from < part.to),
    )
  return rest
}

export function overlap(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to
}

/** The part of each that lies within. */
export function within(spans: readonly Span[], { from, to }: Span): Span[] {
  return merged(spans.map(span => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) })))
}

/** Hours of a week at a place; a date among `holidays` counts as a Sunday. */
export interface WeeklyHours {
  /** None: at all times. */
  hours?: readonly RouteHours[] | undefined
  holidays?: readonly string[] | undefined
}

/** When the hours run between two moments, in the time zone of the place: a night of the clocks has its real length. */
export function openIn({ hours, holidays }: WeeklyHours, span: Span, timeZone: string): Span[] {
  if (hours === undefined || hours.length === 0) return merged([span])
  const first = dateAfter(wallAt(span.from, timeZone).date, -1)
  const last = wallAt(span.to, timeZone).date
  const open = datesBetween(first, last).flatMap(date => {
    const day = holidays?.includes(date) === true ? 'sun' : weekdayOf(date)
    return hours
      .filter(({ days }) => days === undefined || days.includes(day))
      .map(({ from, to }) => stretchOf(date, from, to, timeZone))
  })
  return within(open, span)
}

/** From one time of a day to another; at or before it: of the next day. */
export function stretchOf(date: string, from: string, to: string, timeZone: string): Span {
  const overnight = minuteOf(to) <= minuteOf(from)
  return {
    from: momentOf({ date, minute: minuteOf(from) }, timeZone),
    to: momentOf({ date: overnight ? dateAfter(date, 1) : date, minute: minuteOf(to) }, timeZone),
  }
}
