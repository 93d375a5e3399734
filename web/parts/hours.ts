/** Hours of a week as they are typed. */

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'
export const days: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** As they are kept: `to` at or before `from` is on the next day; every day where none is named. */
export interface Hours {
  days?: Weekday[]
  from: string
  to: string
}

export interface HoursDraft {
  key: number
  days: Weekday[]
  from: string
  to: string
}

/** `HH:MM`, liberally read: 8 → 08:00, 8h30 → 08:30; '' where it is none. */
export function timeIn(text: string): string {
  const found = /^\s*(\d{1,2})\s*(?:[:h.]\s*(\d{2})?)?\s*$/i.exec(text)
  const [hours, minutes] = [Number(found?.[1]), Number(found?.[2] ?? 0)]
  if (!found || hours > 23 || minutes > 59) return ''
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

export const hoursDraft = (hours: readonly Hours[] | undefined): HoursDraft[] =>
  (hours ?? []).map(({ days: on, from, to }, key) => ({ key, days: [...(on ?? days)], from, to }))

/** One line of them is no time, or begins on no day. */
export const hoursFault = (drafts: readonly HoursDraft[]): boolean =>
  drafts.some(({ from, to, days: on }) => timeIn(from) === '' || timeIn(to) === '' || on.length === 0)

/** Undefined where they are no certain hours. */
export function hoursIn(drafts: readonly HoursDraft[]): Hours[] | undefined {
  if (drafts.length === 0) return undefined
  return drafts.map(({ days: on, from, to }) => ({
    ...(on.length === days.length ? {} : { days: days.filter(day => on.includes(day)) }),
    from: timeIn(from),
    to: timeIn(to),
  }))
}
