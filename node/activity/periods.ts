import { msOf } from '../clock.js'
import { refuse } from '../errors.js'
import { dateAfter } from '../zone.js'
import type { ActivityCell } from './schema.js'

const DAY_MS = 86_400_000

/** More days than this are asked for by the month. */
const DAYS_MAX = 400
const YEARS_MAX = 20

const NO_DAY = { fr: 'Ce jour n’existe pas.', en: 'This day does not exist.' }
const BACKWARDS = {
  fr: 'Le dernier jour est avant le premier.',
  en: 'The last day lies before the first.',
}
const MANY_DAYS = {
  fr: `Jour par jour : ${DAYS_MAX} jours au plus.`,
  en: `By the day there are ${DAYS_MAX} days at most.`,
}
const MANY_YEARS = { fr: `${YEARS_MAX} ans au plus.`, en: `There are ${YEARS_MAX} years at most.` }

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
  if (!isDay(from)) refuse('invalid', NO_DAY, 'from')
  if (!isDay(to)) refuse('invalid', NO_DAY, 'to')
  if (from > to) refuse('invalid', BACKWARDS, 'to')
  const days = (startOf(to) - startOf(from)) / DAY_MS + 1
  if (daily && days > DAYS_MAX) refuse('invalid', MANY_DAYS, 'to')
  if (days > YEARS_MAX * 366) refuse('invalid', MANY_YEARS, 'to')
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
