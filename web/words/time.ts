/** Lengths of time and days, without a screen. */

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

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

/** Local time as a field of the browser takes it. */
export function localNow(now = new Date()): string {
  const shifted = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 16)
}

export const isoOf = (local: string): string => new Date(local).toISOString()
