import type { Database } from '../../database.js'
import type { RetentionTables } from './schema.js'

/** An act that was destroyed, by its id or its reference: whose it was, and what is said of it now. */
export async function destroyedAct(
  db: Database,
  act: string,
): Promise<{ site: string; sentence: string } | undefined> {
  const row = await db
    .sql<RetentionTables>()
    .selectFrom('destructions')
    .select(['id', 'reference', 'site', 'fact'])
    .where(eb => eb.or([eb('request', '=', act), eb('reference', '=', act)]))
    .where('what', '=', 'act')
    .where('state', 'in', ['executing', 'done'])
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { id, reference, site, fact } = row
  return {
    site,
    sentence: `The record of ${reference} was destroyed by certificate ${id} (entry ${fact} of the journal).`,
  }
}
