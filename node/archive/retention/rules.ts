/** A day of the calendar, `YYYY-MM-DD`: lawful periods are counted in days, not in milliseconds. */
export type Day = string

/** What the period of a record depends on. */
export interface Kept {
  /** Of the last contact with the patient: the last stay or consultation. */
  lastContact: Day
  /** null where it is not known: then no birthday lengthens the period. */
  born: Day | null
  /** null while the patient lives, as far as anybody told us. */
  died: Day | null
  /** A claim suspends every period: nothing is destroyed while it is open. */
  held: boolean
}

export interface Due {
  /** First day on which the record may be destroyed; null while a claim suspends it. */
  from: Day | null
  /** Which sentence of the law decides. */
  because: 'last-contact' | 'majority' | 'death' | 'claim'
}

/** Years after the last contact (CSP R.1112-7). */
export const CONTACT_YEARS = 20
/** Where that ends before this birthday: until then. */
export const BIRTHDAY = 28
/** Where the patient died within this time after the last contact: so long after the death. */
export const DEATH_YEARS = 10

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/

/**
 * From when a record may be destroyed (CSP R.1112-7): twenty years after the last contact; where that ends before the
 * patient's 28th birthday, at that birthday; where the patient died less than ten years after the last contact, ten years after
 * the death; never while a claim is open. Throws `RangeError` on what is no day.
 */
export function dueOf({ lastContact, born, died, held }: Kept): Due {
  const contact = yearsAfter(lastContact, CONTACT_YEARS)
  const birthday = born === null ? undefined : yearsAfter(born, BIRTHDAY)
  const death = died === null ? undefined : yearsAfter(died, DEATH_YEARS)
  if (held) return { from: null, because: 'claim' }
  if (died !== null && death !== undefined && died < yearsAfter(lastContact, DEATH_YEARS))
    return { from: death, because: 'death' }
  if (birthday !== undefined && contact < birthday) return { from: birthday, because: 'majority' }
  return { from: contact, because: 'last-contact' }
}

/** The same day so many years later; 29 February counts until 1 March where that year has none: never a day too early. */
export function yearsAfter(day: Day, years: number): Day {
  const [, year, month, date] = DAY.exec(day) ?? []
  if (
    year === undefined ||
    month === undefined ||
    date === undefined ||
    !isDay(Number(year), Number(month), Number(date))
  )
    throw new RangeError(`${day} is no day.`)
  const later = Number(year) + years
  const text = String(later).padStart(4, '0')
  return month === '02' && date === '29' && !isLeap(later) ? `${text}-03-01` : `${text}-${month}-${date}`
}

/** Whether it may be destroyed on that day. */
export function mayBeDestroyed(kept: Kept, on: Day): boolean {
  const { from } = dueOf(kept)
  return from !== null && from <= on
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

function isDay(year: number, month: number, date: number): boolean {
  const days = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && date >= 1 && date <= days
}
