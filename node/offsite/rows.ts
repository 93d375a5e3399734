import type { Database } from '../database.js'
import type { Span } from '../spans.js'
import type { OffsiteTables } from './schema.js'
import type { Profile } from './situation.js'

export type ShiftRow = OffsiteTables['shifts']
export type AbsenceRow = OffsiteTables['absences']
export type SwapRow = OffsiteTables['swaps']
export type DutyRow = OffsiteTables['duties']

export type Reading = ReturnType<typeof readingOf>

export function readingOf(db: Pick<Database, 'sql'>) {
  return db.sql<OffsiteTables>()
}

/** Shifts that lie in part in the span, in the order of their beginning. */
export async function readShifts(
  sql: Reading,
  { from, to }: Span,
  of: { sites?: readonly string[]; account?: string } = {},
): Promise<(ShiftRow & Span)[]> {
  let select = sql
    .selectFrom('shifts')
    .selectAll()
    .where('to_at', '>', from)
    .where('from_at', '<', to)
    .orderBy('from_at')
    .orderBy('id')
  if (of.sites !== undefined) select = select.where('site', 'in', [...of.sites])
  if (of.account !== undefined) select = select.where('account', '=', of.account)
  return (await select.execute()).map(spanned)
}

export async function readShift(sql: Reading, id: string): Promise<(ShiftRow & Span) | undefined> {
  const row = await sql.selectFrom('shifts').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : spanned(row)
}

export async function readAbsences(
  sql: Reading,
  { from, to }: Span,
  of: { sites?: readonly string[]; account?: string } = {},
): Promise<(AbsenceRow & Span)[]> {
  let select = sql
    .selectFrom('absences')
    .selectAll()
    .where('to_at', '>', from)
    .where('from_at', '<', to)
    .orderBy('from_at')
    .orderBy('id')
  if (of.sites !== undefined) select = select.where('site', 'in', [...of.sites])
  if (of.account !== undefined) select = select.where('account', '=', of.account)
  return (await select.execute()).map(spanned)
}

export async function readDuties(sql: Reading, shifts: readonly string[]): Promise<Map<string, DutyRow>> {
  if (shifts.length === 0) return new Map()
  const rows = await sql
    .selectFrom('duties')
    .selectAll()
    .where('shift', 'in', [...shifts])
    .execute()
  return new Map(rows.map(row => [row.shift, row]))
}

export async function readProfiles(sql: Reading, sites?: readonly string[]): Promise<Profile[]> {
  let select = sql.selectFrom('reader_profiles').selectAll()
  if (sites !== undefined) select = select.where('site', 'in', [...sites])
  return (await select.execute()).map(({ site, account, competences, languages }) => ({
    site,
    account,
    competences: JSON.parse(competences) as string[],
    languages: JSON.parse(languages) as Profile['languages'],
  }))
}

export async function readAway(sql: Reading, now: number): Promise<Map<string, number>> {
  const rows = await sql.selectFrom('readers_away').selectAll().where('until_at', '>', now).execute()
  return new Map(rows.map(({ account, until_at }) => [account, until_at]))
}

function spanned<R extends { from_at: number; to_at: number }>(row: R): R & Span {
  return { ...row, from: row.from_at, to: row.to_at }
}
