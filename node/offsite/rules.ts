import type { ContractView } from '../sites/view.js'
import { merged, openIn, overlap, type Span, stretchOf, within, without } from '../spans.js'
import { dateAfter, datesBetween, momentOf, mondayOf, wallAt, weekdayOf } from '../zone.js'
import type { NewShift, ShiftKind } from './view.js'

/** Pure decisions about rosters; times are UTC milliseconds. */

const DAY_MS = 24 * 3_600_000
const WEEK_MS = 7 * DAY_MS
/** Of a repeated shift at most: a year of every day. */
export const REPEATS_MAX = 371
/** How far ahead a contract that begins must have somebody for each of its hours. */
export const START_WEEKS = 4
/** How long before its beginning a shift can be taken. */
export const TAKEN_EARLY_MS = 2 * 3_600_000

export interface Shift extends Span {
  id: string
  site: string
  account: string
  kind: ShiftKind
}

export interface Absence extends Span {
  account: string
}

/**
 * The shifts that one entry stands for: one, or one on each of its days of each week until its last date. Written on
 * the wall of the group: a night of the clocks is as long as it really is.
 */
export function shiftsOf(
  { date, from, to, repeat }: Pick<NewShift, 'date' | 'from' | 'to' | 'repeat'>,
  timeZone: string,
): Span[] {
  if (repeat === undefined) return [stretchOf(date, from, to, timeZone)]
  const every = repeat.everyWeeks ?? 1
  const monday = mondayOf(date)
  return datesBetween(date, repeat.until)
    .filter(each => repeat.days.includes(weekdayOf(each)))
    .filter(each => Math.round((utcOf(mondayOf(each)) - utcOf(monday)) / WEEK_MS) % every === 0)
    .map(each => stretchOf(each, from, to, timeZone))
}

const utcOf = (date: string) => momentOf({ date, minute: 0 }, 'UTC')

/** Whole days of the wall, both included. */
export function daysOf(first: string, last: string, timeZone: string): Span {
  return {
    from: momentOf({ date: first, minute: 0 }, timeZone),
    to: momentOf({ date: dateAfter(last, 1), minute: 0 }, timeZone),
  }
}

/** The week the moment is in, Monday to Monday on the wall. */
export function weekOf(ms: number, timeZone: string): Span {
  const monday = mondayOf(wallAt(ms, timeZone).date)
  return daysOf(monday, dateAfter(monday, 6), timeZone)
}

/** When somebody has the role of a reader in a group: from its first day to its last. */
export interface Term extends Span {
  account: string
}

/** What of these shifts their readers have no role in: not yet, no more, or only for a part. Nobody reads then. */
export function outOfRole(
  shifts: readonly (Span & { account: string })[],
  terms: readonly Term[],
): Absence[] {
  return shifts.flatMap(({ account, from, to }) =>
    without(
      [{ from, to }],
      terms.filter(term => term.account === account),
    ).map(span => ({ account, ...span })),
  )
}

export interface Clash extends Span {
  kind: 'overlap' | 'absent' | 'no-role'
  account: string
  shifts: string[]
}

/**
 * Two shifts of one person at the same time, whatever the groups; a shift of somebody who is absent, or has no role in
 * the group then.
 */
export function clashes(
  shifts: readonly Shift[],
  absences: readonly Absence[],
  terms?: readonly Term[],
): Clash[] {
  const found: Clash[] = []
  const common = (a: Span, b: Span): Span => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })
  shifts.forEach((shift, n) => {
    const { account } = shift
    for (const other of shifts.slice(n + 1))
      if (other.account === account && overlap(shift, other))
        found.push({ kind: 'overlap', account, shifts: [shift.id, other.id], ...common(shift, other) })
    for (const absence of absences)
      if (absence.account === account && overlap(shift, absence))
        found.push({ kind: 'absent', account, shifts: [shift.id], ...common(shift, absence) })
    if (terms !== undefined)
      for (const { from, to } of outOfRole([shift], terms))
        found.push({ kind: 'no-role', account, shifts: [shift.id], from, to })
  })
  return found.sort((a, b) => a.from - b.from)
}

/** When somebody of the group reads: their shifts without their absences. */
export function readIn(shifts: readonly Shift[], absences: readonly Absence[]): Span[] {
  return merged(
    shifts.flatMap(shift =>
      without(
        [shift],
        absences.filter(({ account }) => account === shift.account),
      ),
    ),
  )
}

/** Whether somebody has to be there at every hour of it: what is only routine waits for whoever comes. */
export function needsSomebody({ urgencies, hours, prepared }: ContractView): boolean {
  if (prepared === true) return false
  return urgencies.some(urgency => urgency !== 'routine') || (hours ?? []).length > 0
}

/** The hours of a contract between two moments, from its first day to its last. */
export function hoursOf(contract: ContractView, span: Span, timeZone: string): Span[] {
  const zone = contract.timeZone ?? timeZone
  const valid: Span = {
    from: contract.from === undefined ? span.from : daysOf(contract.from, contract.from, zone).from,
    to: contract.until === undefined ? span.to : daysOf(contract.until, contract.until, zone).to,
  }
  return within(
    within([valid], span).flatMap(open => openIn(contract, open, zone)),
    span,
  )
}

/** What of a contract's hours nobody of its group reads in. */
export function holesOf(
  contract: ContractView,
  roster: { shifts: readonly Shift[]; absences: readonly Absence[] },
  span: Span,
  timeZone: string,
): Span[] {
  const own = roster.shifts.filter(({ site }) => site === contract.reading)
  return without(hoursOf(contract, span, timeZone), readIn(own, roster.absences))
}

/** The time a contract must be covered in when it begins. */
export function startSpan(contract: ContractView, now: number, timeZone: string): Span {
  const zone = contract.timeZone ?? timeZone
  const from =
    contract.from === undefined ? now : Math.max(now, daysOf(contract.from, contract.from, zone).from)
  return { from, to: from + START_WEEKS * WEEK_MS }
}

/** Whether this change makes the contract begin, or moves what it began with. */
export function begins(contract: ContractView, before: ContractView | undefined): boolean {
  if (contract.prepared === true || !needsSomebody(contract)) return false
  if (before?.prepared === true) return true
  // One that a network file names without a first day has always run. No other becomes so by losing its first day.
  if (contract.from === undefined && before?.from === undefined) return false
  if (before === undefined) return true
  const what = ({ from, until, timeZone, hours, holidays, urgencies, lastRung }: ContractView) =>
    JSON.stringify([from, until, timeZone, hours, holidays, urgencies, lastRung?.telephone])
  return what(contract) !== what(before)
}

/** Who reads now, of a group: those on site first. Whoever is absent does not. */
export function onDuty<S extends Shift>(
  shifts: readonly S[],
  absences: readonly Absence[],
  now: number,
): S[] {
  const order: readonly ShiftKind[] = ['on-site', 'on-call', 'second-line']
  const away = new Set(
    absences.filter(({ from, to }) => from <= now && now < to).map(({ account }) => account),
  )
  return shifts
    .filter(({ from, to, account }) => from <= now && now < to && !away.has(account))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.from - b.from)
}

/** Whether a shift can be taken for duty now. */
export function takeable({ from, to }: Span, now: number): boolean {
  return now >= from - TAKEN_EARLY_MS && now < to
}
