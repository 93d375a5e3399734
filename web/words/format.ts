import type { Language } from '../../node/accounts/view.js'
import { common } from './common.js'
import { dayMs, dayOf, duration, span } from './time.js'
import { say, useLanguage } from './words.js'

/** Making a formatter takes longer than a hundred uses of it, and every row of a list asks for six. */
const made = new Map<Language, Formats>()

/** Dates, times, sizes and lengths of time, in the reader's language and zone. */
export function useFormats(): Formats {
  const { language, locale } = useLanguage()
  const known = made.get(language)
  if (known) return known
  const formats = formatsOf(language, locale)
  made.set(language, formats)
  return formats
}

function formatsOf(language: Language, locale: string) {
  const age = (unit: 'years' | 'months' | 'days', values: { n: number }) =>
    say(common[language][`age.${unit}`], language, values)
  const day = new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: 'numeric' })
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
  const exactClock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' })
  const number = new Intl.NumberFormat(locale)
  const size = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  return {
    /** YYYY-MM-DD or YYYYMMDD → 24/11/2026; '' when unknown. */
    day: (text: string | undefined) => {
      const date = dayOf(text)
      return date ? day.format(date) : ''
    },
    /** UTC ISO → 24/11/2026 02:58; today only the time. */
    moment: (iso: string | undefined) => {
      if (!iso) return ''
      const at = new Date(iso)
      const today = new Date().toDateString() === at.toDateString()
      return today ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`
    },
    dateTime: (iso: string | undefined) => {
      if (!iso) return ''
      const at = new Date(iso)
      return `${day.format(at)} ${clock.format(at)}`
    },
    /** UTC ISO → 14:02:22 */
    time: (iso: string | undefined) => (iso ? exactClock.format(new Date(iso)) : ''),
    /** For hovering: everything, zone included. */
    exact: (iso: string | undefined) => (iso ? exact.format(new Date(iso)) : ''),
    number: (n: number) => number.format(n),
    bytes: (n: number) => {
      const units = language === 'fr' ? ['o', 'ko', 'Mo', 'Go', 'To'] : ['B', 'kB', 'MB', 'GB', 'TB']
      let power = 0
      let value = n
      while (value >= 1000 && power < units.length - 1) {
        value /= 1000
        power++
      }
      return `${size.format(value)} ${units[power]}`
    },
    duration: (ms: number) => duration(ms, language),
    span: (ms: number) => span(ms, language),
    /** Age today of somebody born then: years, under two years months, under two months days. */
    age: (birthDate: string | undefined) => {
      const born = dayOf(birthDate)
      if (!born) return ''
      const now = new Date()
      const months =
        (now.getFullYear() - born.getFullYear()) * 12 +
        now.getMonth() -
        born.getMonth() -
        (now.getDate() < born.getDate() ? 1 : 0)
      if (months >= 24) return age('years', { n: Math.floor(months / 12) })
      if (months >= 2) return age('months', { n: months })
      return age('days', { n: Math.max(0, Math.floor((now.getTime() - born.getTime()) / dayMs)) })
    },
  }
}

export type Formats = ReturnType<typeof formatsOf>
