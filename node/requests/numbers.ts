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
  const sql = tx.sql<RequestTables>()
  const counted = await sql
    .updateTable('request_numbers')
    .set(eb => ({ last: eb('last', '+', 1) }))
    .where('site', '=', site)
    .returning(['prefix', 'last'])
    .executeTakeFirst()
  if (counted !== undefined) return reference(counted.prefix, counted.last)
  const taken = new Set(
    (await sql.selectFrom('request_numbers').select('prefix').execute()).map(row => row.prefix),
  )
  for (const prefix of prefixesFor(site)) {
    if (taken.has(prefix)) continue
    await sql.insertInto('request_numbers').values({ site, prefix, last: 1 }).execute()
    return reference(prefix, 1)
  }
  return fail('internal', 'Every prefix for reference numbers is taken.')
}

const reference = (prefix: string, number: number) => `${prefix}-${String(number).padStart(4, '0')}`
