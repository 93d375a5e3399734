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
 * the death; never while a claim is open. `years`: where a site keeps longer than the twenty. Throws `RangeError` on what is no day.
 */
export function dueOf({ lastContact, born, died, held }: Kept, years = CONTACT_YEARS): Due {
  const contact = yearsAfter(lastContact, years)
  const birthday = born === null ? undefined : yearsAfter(born, BIRTHDAY)
  const death = died === null ? undefined : yearsAfter(died, DEATH_YEARS)
  if (held) return { from: null, because: 'claim' }
  if (died !== null && death !== undefined && died < yearsAfter(lastContact, DEATH_YEARS))
    // A site that keeps longer than the law does not keep the dead shorter than it says.
    return { from: yearsAfter(death, years - CONTACT_YEARS), because: 'death' }
  if (birthday !== undefined && contact < birthday) return { from: birthday, because: 'majority' }
  return { from: contact, because: 'last-contact' }
}

/** What a site says of its own; the law is the least, and its images may have a shorter clock where its PACS keeps them. */
export interface Policy {
  recordYears: number
  imageYears: number
}

/** Where a site has said nothing. */
export const LAW: Policy = { recordYears: CONTACT_YEARS, imageYears: CONTACT_YEARS }

/**
 * From when the images of an act may go from this node. At twenty years and more they are kept as the record is; below,
 * the site has said that its own PACS keeps them, and this is a copy: so many years after the last contact.
 */
export function imagesDueOf(kept: Kept, { imageYears }: Policy): Due {
  if (imageYears >= CONTACT_YEARS) return dueOf(kept, imageYears)
  if (kept.held) return { from: null, because: 'claim' }
  return { from: yearsAfter(kept.lastContact, imageYears), because: 'last-contact' }
}

/** What keeps an act from being destroyed, whatever its date. */
export type Hold = 'claim' | 'hold' | 'open-act' | 'open-critical' | 'open-recall' | 'sending' | 'promised'

/** What stands against a destruction today. */
export type Stop = Hold | 'not-due' | 'no-images'

/** Lives of a request that are over. */
const OVER: ReadonlySet<string> = new Set(['closed', 'refused', 'cancelled', 'expired', 'entered-in-error'])

export interface Standing {
  state: string
  /** Marks that are not released. */
  marks: readonly ('death' | 'claim' | 'hold')[]
  openCriticals: number
  openRecalls: number
  /** Images of it are under way to somebody, or somebody has asked whether they are safe here. */
  sending: number
  /** Instances this node has committed itself to keep. */
  promised: number
}

/** What holds the record of an act. Images it promised to keep stay behind, and do not hold the rest. */
export function holdsOf({ state, marks, openCriticals, openRecalls, sending }: Standing): Hold[] {
  return [
    ...(marks.includes('claim') ? (['claim'] as const) : []),
    ...(marks.includes('hold') ? (['hold'] as const) : []),
    ...(OVER.has(state) ? [] : (['open-act'] as const)),
    ...(openCriticals > 0 ? (['open-critical'] as const) : []),
    ...(openRecalls > 0 ? (['open-recall'] as const) : []),
    ...(sending > 0 ? (['sending'] as const) : []),
  ]
}

/** What holds its images: the same, and what was promised to a peer. */
export const imageHoldsOf = (standing: Standing): Hold[] => [
  ...holdsOf(standing),
  ...(standing.promised > 0 ? (['promised'] as const) : []),
]

/** Why it may not be destroyed on that day; empty: it may. */
export function stopsOf(
  act: { from: Day; holds: readonly Hold[]; images: number; imagesFrom?: Day; imageHolds?: readonly Hold[] },
  what: 'act' | 'images',
  on: Day,
): Stop[] {
  const [from, holds] = what === 'act' ? [act.from, act.holds] : [act.imagesFrom ?? '', act.imageHolds ?? []]
  if (what === 'images' && act.images === 0) return ['no-images']
  return [...(from !== '' && from <= on ? [] : (['not-due'] as const)), ...holds]
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

/** The day where it is one; null for what somebody typed otherwise. */
export function dayIn(text: string | null): Day | null {
  const [, year, month, date] = DAY.exec(text ?? '') ?? []
  return text !== null && isDay(Number(year), Number(month), Number(date)) ? text : null
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

function isDay(year: number, month: number, date: number): boolean {
  const days = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && date >= 1 && date <= days
}
