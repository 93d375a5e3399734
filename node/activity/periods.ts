import { msOf } from '../clock.js'
import { fail } from '../errors.js'
import { dateAfter } from '../zone.js'
import type { ActivityCell } from './schema.js'

const DAY_MS = 86_400_000

/** More days than this are asked for by the month. */
const DAYS_MAX = 400
const YEARS_MAX = 20

const startOf = (day: string) => msOf(`${day}T00:00:00Z`)
const isDay = (day: string) => !Number.isNaN(startOf(day)) && dateAfter(day, 0) === day
const monthEnd = (month: string) => {
  const next = dateAfter(`${month}-28`, 4).slice(0, 7)
  return dateAfter(`${next}-01`, -1)
}

export type Period = Pick<ActivityCell, 'grain' | 'period'>

/**
 * The days from one to the other, both within, as few periods as make them up: whole months where there are some.
 * `daily`: one a day all the same. Throws `invalid` where they are the wrong way round or too many.
 */
export function periodsOf(from: string, to: string, daily: boolean): Period[] {
  const refuse = (path: string, message: string) => fail('invalid', message, [{ path, message }])
  if (!isDay(from)) refuse('from', 'This day does not exist.')
  if (!isDay(to)) refuse('to', 'This day does not exist.')
  if (from > to) refuse('to', 'The last day lies before the first.')
  const days = (startOf(to) - startOf(from)) / DAY_MS + 1
  if (daily && days > DAYS_MAX) refuse('to', `By the day there are ${DAYS_MAX} days at most.`)
  if (days > YEARS_MAX * 366) refuse('to', `There are ${YEARS_MAX} years at most.`)
  const periods: Period[] = []
  for (let day = from; day <= to; ) {
    const month = day.slice(0, 7)
    const whole = !daily && day.endsWith('-01') && monthEnd(month) <= to
    periods.push(whole ? { grain: 'month', period: month } : { grain: 'day', period: day })
    day = dateAfter(whole ? monthEnd(month) : day, 1)
  }
  return periods
}

/** The month of a day, first and last day. */
export function monthOf(day: string): { from: string; to: string } {
  const month = day.slice(0, 7)
  return { from: `${month}-01`, to: monthEnd(month) }
}
