import { sql as raw } from 'kysely'
import { may } from '../accounts/permissions.js'
import type { Database, Tx } from '../database.js'
import type { Acting } from '../http/acting.js'
import { folded } from './identity.js'
import type { StudyTables } from './schema.js'

export interface StudyQuery {
  q?: string
  site?: string
  modality?: string
  limit: number
  /** `first_at:id` of the last row seen. */
  after?: string
}

/** Words of a search that are looked for. */
const WORDS_MAX = 8

/**
 * One more than a page of the studies this person may do it to, newest first: read in that order from what each site
 * may see, without a look at the studies themselves.
 */
export function visibleTo(
  db: Database,
  { q, site, modality, limit, after }: StudyQuery,
  who: Acting,
  action: 'study.see' | 'viewer.open',
): Promise<{ study: string; first_at: number }[]> {
  const { role, site: own, everySite } = who.membership
  const [byOwn, byParty] = [may(role, action, 'own'), may(role, action, 'party')]
  let select = db
    .sql<StudyTables>()
    .selectFrom(eb =>
      (everySite === true && byOwn
        ? eb
            .selectFrom('studies')
            .select(['id as study', 'first_at', 'site as owner', 'search', 'modalities'])
        : eb
            .selectFrom('visible_studies')
            .select(['study', 'first_at', 'owner', 'search', 'modalities'])
            .where('visible_studies.site', '=', own)
            .where(seen =>
              seen.or([
                ...(byOwn ? [seen('owner', '=', own)] : []),
                ...(byParty ? [seen('party', '=', 1)] : []),
              ]),
            )
      ).as('seen'),
    )
    .select(['study', 'first_at'])
    .orderBy('first_at', 'desc')
    .orderBy('study')
    .limit(limit + 1)
  if (site !== undefined) select = select.where('owner', '=', site)
  if (modality !== undefined)
    select = select.where(raw<boolean>`instr(' ' || modalities || ' ', ${` ${modality} `})`)
  // Numbers first, then the longest: they leave the fewest for the others to be looked for in.
  for (const word of folded(q ?? '')
    .split(' ')
    .filter(Boolean)
    .sort((a, b) => Number(/\d/.test(b)) - Number(/\d/.test(a)) || b.length - a.length)
    .slice(0, WORDS_MAX))
    select = select.where(raw<boolean>`instr(search, ${word})`)
  if (after !== undefined) {
    const [at = '', id = ''] = after.split(':')
    select = select
      .where('first_at', '<=', Number(at))
      .where(eb => eb.or([eb('first_at', '<', Number(at)), eb('study', '>', id)]))
  }
  return select.execute()
}

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
