import type { Kysely } from 'kysely'
import type { RequestTables } from './schema.js'

/** What each reader has claimed and not yet reported, and whether one of it is being read; by account. */
export async function readInHand(
  db: Kysely<RequestTables>,
): Promise<Map<string, { load: number; reading: boolean }>> {
  const rows = await db
    .selectFrom('requests')
    .select(['holder', 'state', ({ fn }) => fn.countAll<number>().as('count')])
    .where('holder', 'is not', null)
    .where('state', 'in', ['claimed', 'accepted', 'awaiting-exam', 'reading', 'info-requested'])
    .groupBy(['holder', 'state'])
    .execute()
  const inHand = new Map<string, { load: number; reading: boolean }>()
  for (const { holder, state, count } of rows) {
    const known = inHand.get(holder ?? '') ?? { load: 0, reading: false }
    inHand.set(holder ?? '', {
      load: known.load + Number(count),
      reading: known.reading || state === 'reading',
    })
  }
  return inHand
}
