import type { Kysely } from 'kysely'
import type { RequestTables } from './schema.js'

/** What each reader has claimed and not yet reported, and whether one of it is being read; by account. From the tally of it. */
export async function readInHand(
  db: Kysely<RequestTables>,
): Promise<Map<string, { load: number; reading: boolean }>> {
  const rows = await db
    .selectFrom('request_loads')
    .select(['holder', 'state', 'n'])
    .where('state', 'in', ['claimed', 'accepted', 'awaiting-exam', 'reading', 'info-requested'])
    .where('n', '>', 0)
    .execute()
  const inHand = new Map<string, { load: number; reading: boolean }>()
  for (const { holder, state, n } of rows) {
    const known = inHand.get(holder) ?? { load: 0, reading: false }
    inHand.set(holder, { load: known.load + n, reading: known.reading || state === 'reading' })
  }
  return inHand
}
