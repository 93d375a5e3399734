import type { Tx } from '../database.js'
import type { StudyTables } from './schema.js'

/** The study stands in the lists of that site from now on: as its own, or as a party to it. */
export async function showTo(tx: Tx, study: string, site: string, as: { party: 0 | 1 }): Promise<void> {
  await tx
    .sql<StudyTables>()
    .insertInto('visible_studies')
    .columns(['site', 'first_at', 'study', 'owner', 'party', 'search', 'modalities'])
    .expression(eb =>
      eb
        .selectFrom('studies')
        .select([
          eb.val(site).as('seer'),
          'first_at',
          'id',
          'studies.site as owner',
          eb.val(as.party).as('party'),
          'search',
          'modalities',
        ])
        .where('id', '=', study),
    )
    .onConflict(conflict => conflict.columns(['site', 'first_at', 'study']).doUpdateSet({ party: as.party }))
    .execute()
}

/** The site is no party to the study any more. */
export async function hideFrom(tx: Tx, study: string, site: string): Promise<void> {
  const sql = tx.sql<StudyTables>()
  await sql
    .updateTable('visible_studies')
    .set({ party: 0 })
    .where('study', '=', study)
    .where('site', '=', site)
    .execute()
  await sql
    .deleteFrom('visible_studies')
    .where('study', '=', study)
    .where('site', '=', site)
    .where('owner', '<>', site)
    .execute()
}

/** What lists look in says what the study says now. */
export async function restateInLists(tx: Tx, study: string): Promise<void> {
  const sql = tx.sql<StudyTables>()
  const { search, modalities } = await sql
    .selectFrom('studies')
    .select(['search', 'modalities'])
    .where('id', '=', study)
    .executeTakeFirstOrThrow()
  await sql.updateTable('visible_studies').set({ search, modalities }).where('study', '=', study).execute()
}
