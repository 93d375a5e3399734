import { type Kysely, sql } from 'kysely'
import type { Acting } from '../http/acting.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { RequestState } from './view.js'
import { firstKeys, reachesOf, readTallies, seenBy } from './worklist-keys.js'

/** Somebody is to do something: before the answer is there. */
export const OPEN_STATES: readonly RequestState[] = [
  'submitted',
  'offered',
  'claimed',
  'accepted',
  'awaiting-exam',
  'reading',
  'info-requested',
  'reported',
]

/** What a board shows of an open act; nothing of the patient. */
export type OpenAct = Pick<
  RequestRecord,
  | 'id'
  | 'reference'
  | 'site'
  | 'reading_site'
  | 'state'
  | 'kind'
  | 'urgency'
  | 'urgency_rank'
  | 'modality'
  | 'ordered_at'
  | 'due_at'
  | 'due_for'
  | 'holder'
  | 'holder_name'
  | 'offered_at'
  | 'offer_wave'
  | 'offer_waves'
  | 'wave_ms'
>

const COLUMNS = [
  'id',
  'reference',
  'site',
  'reading_site',
  'state',
  'kind',
  'urgency',
  'urgency_rank',
  'modality',
  'ordered_at',
  'due_at',
  'due_for',
  'holder',
  'holder_name',
  'offered_at',
  'offer_wave',
  'offer_waves',
  'wave_ms',
] as const

/**
 * The open acts the person may see, urgency first, then the oldest: at most `max` of the `total` there are. Before them
 * those of `grave` that have been delivered, and are open because somebody must still be told of something.
 */
export async function readOpenActs(
  db: Kysely<RequestTables>,
  who: Acting,
  max: number,
  grave: readonly string[] = [],
): Promise<{ acts: OpenAct[]; total: number }> {
  const first = await db
    .selectFrom('requests')
    .select('id')
    .where(sql<boolean>`id IN (SELECT value FROM json_each(${JSON.stringify(grave)}))`)
    .where('state', '=', 'delivered')
    .where(sql<boolean>`${seenBy(who)}`)
    .orderBy('id')
    .execute()
  const keys = [...first, ...(await firstKeys(db, who, { states: OPEN_STATES, where: [], limit: max }))]
  const { everySite, site } = who.membership
  const reaches = new Set<string>(reachesOf(who))
  const tallies = await readTallies(db, everySite === true ? undefined : site)
  const total = tallies
    .filter(({ relation, state }) => reaches.has(relation) && OPEN_STATES.includes(state))
    .reduce((sum, { n }) => sum + n, first.length)
  const acts = await db
    .selectFrom('requests')
    .select(COLUMNS)
    .where(sql<boolean>`id IN (SELECT value FROM json_each(${JSON.stringify(keys.map(({ id }) => id))}))`)
    .execute()
  const at = new Map(keys.map(({ id }, place) => [id, place]))
  return { acts: acts.sort((a, b) => (at.get(a.id) ?? 0) - (at.get(b.id) ?? 0)), total }
}

/** How many acts are under way that this site asked for or reads. */
export async function countOpenOf(db: Kysely<RequestTables>, site: string): Promise<number> {
  const { n } = await db
    .selectFrom('requests')
    .select(eb => eb.fn.countAll<number>().as('n'))
    .where(eb => eb.or([eb('site', '=', site), eb('reading_site', '=', site)]))
    .where('state', 'in', OPEN_STATES)
    .executeTakeFirstOrThrow()
  return n
}
