import { dateAfter, momentOf, wallAt } from '../zone.js'

/** The day whose papers are made next, and when (UTC milliseconds): never in the past, so that a new node begins quietly. */
export function nextNight(now: number, hour: number, timeZone: string): { day: string; at: number } {
  const today = wallAt(now, timeZone).date
  const at = (day: string) => momentOf({ date: day, minute: hour * 60 }, timeZone)
  const day = at(today) > now ? today : dateAfter(today, 1)
  return { day, at: at(day) }
}

/** The first day that is kept, of papers kept for so many days; those of earlier ones go. */
export function keptFrom(day: string, keptDays: number): string {
  return dateAfter(day, 1 - keptDays)
}
