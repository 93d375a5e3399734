import { useMemo } from 'react'
import { useLanguage, useWords } from './words.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const two = (n: number) => String(n).padStart(2, '0')

/** A length of time as a clock face: 04:20, 3 h 10, 2 j 4 h. `ms` ≥ 0. */
export function duration(ms: number, language: 'fr' | 'en'): string {
  const seconds = Math.floor(ms / 1000)
  if (ms < hourMs) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
  const minutes = Math.floor(ms / minuteMs)
  if (ms < 2 * dayMs) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)}`
  const hours = Math.floor(ms / hourMs)
  return `${Math.floor(hours / 24)} ${language === 'fr' ? 'j' : 'd'} ${hours % 24} h`
}

/** A length of time in rounded words: 40 s, 10 min, 3 h 10, 2 j. */
export function span(ms: number, language: 'fr' | 'en'): string {
  if (ms < minuteMs) return `${Math.round(ms / 1000)} s`
  if (ms < hourMs) {
    const seconds = Math.round(ms / 1000)
    const rest = seconds % 60
    return rest && ms < 10 * minuteMs
      ? `${Math.floor(seconds / 60)} min ${two(rest)}`
      : `${Math.floor(seconds / 60)} min`
  }
  return duration(ms, language)
}

/** `2026-11-24` or `20261124` → a local date at noon, so that no time zone moves the day; undefined when it is none. */
export function dayOf(text: string | undefined): Date | undefined {
  const found = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(text ?? '')
  if (!found) return undefined
  return new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3]), 12)
}

/** Dates, times, sizes and lengths of time, in the reader's language and zone. */
export function useFormats() {
  const { language, locale } = useLanguage()
  const t = useWords()
  return useMemo(() => {
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
        if (months >= 24) return t('age.years', { n: Math.floor(months / 12) })
        if (months >= 2) return t('age.months', { n: months })
        return t('age.days', { n: Math.max(0, Math.floor((now.getTime() - born.getTime()) / dayMs)) })
      },
    }
  }, [language, locale, t])
}

export type Formats = ReturnType<typeof useFormats>
