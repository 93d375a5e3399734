/** Moments as the wall of a group says them, whatever the zone of whoever looks. */

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options])
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, format)
  return format
}

/** 18:30 */
export function wallTime(iso: string, timeZone: string): string {
  return formatOf('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(iso),
  )
}

/** 8–20, 18:30–8: as short as it can be, for a narrow bar. */
export function wallTimes({ from, to }: { from: string; to: string }, timeZone: string): string {
  const short = (iso: string) =>
    wallTime(iso, timeZone)
      .replace(/^0(\d)/, '$1')
      .replace(/:00$/, '')
  return `${short(from)}–${short(to)}`
}

/** 2026-11-26 */
export function wallDate(iso: string, timeZone: string): string {
  return formatOf('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    new Date(iso),
  )
}

/** jeu. 26 nov. */
export function wallDay(iso: string, timeZone: string, locale: string): string {
  return formatOf(locale, { timeZone, weekday: 'short', day: 'numeric', month: 'short' }).format(
    new Date(iso),
  )
}

/** jeu. 26 nov. 18:30 */
export function wallMoment(iso: string, timeZone: string, locale: string): string {
  return `${wallDay(iso, timeZone, locale)} ${wallTime(iso, timeZone)}`
}

/** dim. 25 oct., or sam. 24 oct. – dim. 25 oct.: whole days of the wall, the last one included. */
export function wallDays(
  { from, to }: { from: string; to: string },
  timeZone: string,
  locale: string,
): string {
  const last = new Date(Date.parse(to) - 1).toISOString()
  const [first, end] = [wallDay(from, timeZone, locale), wallDay(last, timeZone, locale)]
  return first === end ? first : `${first} – ${end}`
}

/** How many hours it really lasts, where the clocks change meanwhile and the wall alone would mislead; else undefined. */
export function changedHours(
  { from, to }: { from: string; to: string },
  timeZone: string,
): number | undefined {
  const onWall = (iso: string) => Date.parse(`${wallDate(iso, timeZone)}T${wallTime(iso, timeZone)}:00Z`)
  const really = Date.parse(to) - Date.parse(from)
  return onWall(to) - onWall(from) === really ? undefined : really / 3_600_000
}
