import type { Kysely } from 'kysely'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { RequestTables } from './schema.js'

/** The letters a site's references may begin with, shortest first: N, NO, NOR … then N2, N3 … */
export function* prefixesFor(site: string): Generator<string> {
  const letters = site
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toUpperCase()
  const start = letters === '' ? 'R' : letters
  for (let length = 1; length <= Math.min(start.length, 3); length++) yield start.slice(0, length)
  for (let number = 2; number < 1000; number++) yield `${start[0]}${number}`
}

/** The next reference of a site, short enough for the telephone: N-0042. Counted per site, never used twice. */
export async function nextReference(tx: Tx, site: string): Promise<string> {
  const prefix = await prefixOf(tx, site)
  const { last } = await tx
    .sql<RequestTables>()
    .updateTable('request_numbers')
    .set(eb => ({ last: eb('last', '+', 1) }))
    .where('site', '=', site)
    .returning('last')
    .executeTakeFirstOrThrow()
  return `${prefix}-${padded(last)}`
}

/**
 * Numbers for blank forms of a site's day, N-P0042: a series of their own, so that what is never written on leaves no
 * gap in the references. Asked again, the same ones.
 */
export async function reserveNumbers(
  tx: Tx,
  { site, day, count, at }: { site: string; day: string; count: number; at: number },
): Promise<string[]> {
  const sql = tx.sql<RequestTables>()
  const there = await sql
    .selectFrom('request_paper_numbers')
    .select('number')
    .where('site', '=', site)
    .where('day', '=', day)
    .orderBy('position')
    .execute()
  if (there.length >= count) return there.map(({ number }) => number)
  const prefix = await prefixOf(tx, site)
  const { reserved } = await sql
    .selectFrom('request_paper_numbers')
    .select(eb => eb.fn.countAll<number>().as('reserved'))
    .where('site', '=', site)
    .executeTakeFirstOrThrow()
  const added = Array.from({ length: count - there.length }, (_, index) => ({
    number: `${prefix}-P${padded(Number(reserved) + index + 1)}`,
    site,
    day,
    position: there.length + index,
    reserved_at: at,
    request: null,
  }))
  await sql.insertInto('request_paper_numbers').values(added).execute()
  return [...there, ...added].map(({ number }) => number)
}

/** What a site's days were given, by day, and how much of it was entered since. */
export async function readNumbers(
  sql: Kysely<RequestTables>,
  site: string,
): Promise<ReadonlyMap<string, { first: string; last: string; count: number; entered: number }>> {
  const rows = await sql
    .selectFrom('request_paper_numbers')
    .select(['day', 'number', 'request'])
    .where('site', '=', site)
    .orderBy('day')
    .orderBy('position')
    .execute()
  const days = new Map<string, { first: string; last: string; count: number; entered: number }>()
  for (const { day, number, request } of rows) {
    const known = days.get(day) ?? { first: number, last: number, count: 0, entered: 0 }
    days.set(day, {
      first: known.first,
      last: number,
      count: known.count + 1,
      entered: known.entered + (request === null ? 0 : 1),
    })
  }
  return days
}

/** As a number is read off paper: any case, spaces around it. */
export const asNumber = (written: string): string => written.trim().toUpperCase()

/** The number of a form is entered: `unknown` where the site has no such one, `used` where it was entered before. */
export async function takeNumber(
  tx: Tx,
  { number, site, request }: { number: string; site: string; request: string },
): Promise<'taken' | 'unknown' | 'used'> {
  const sql = tx.sql<RequestTables>()
  const known = await sql
    .selectFrom('request_paper_numbers')
    .select('request')
    .where('number', '=', number)
    .where('site', '=', site)
    .executeTakeFirst()
  if (known === undefined) return 'unknown'
  if (known.request !== null) return 'used'
  await sql.updateTable('request_paper_numbers').set({ request }).where('number', '=', number).execute()
  return 'taken'
}

async function prefixOf(tx: Tx, site: string): Promise<string> {
  const sql = tx.sql<RequestTables>()
  const known = await sql.selectFrom('request_numbers').select(['site', 'prefix']).execute()
  const own = known.find(row => row.site === site)
  if (own !== undefined) return own.prefix
  const taken = new Set(known.map(row => row.prefix))
  for (const prefix of prefixesFor(site)) {
    if (taken.has(prefix)) continue
    await sql.insertInto('request_numbers').values({ site, prefix, last: 0 }).execute()
    return prefix
  }
  return fail('internal', 'Every prefix for reference numbers is taken.')
}

const padded = (number: number) => String(number).padStart(4, '0')
