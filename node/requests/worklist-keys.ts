import { type Kysely, type RawBuilder, sql } from 'kysely'
import { reachOf } from '../accounts/permissions.js'
import type { Acting } from '../http/acting.js'
import type { RequestTables } from './schema.js'
import type { RequestState } from './view.js'

/** Where a row stands in the order: urgency first, then the oldest. */
export interface Key {
  id: string
  urgency_rank: number
  ordered_at: number
}

type Condition = RawBuilder<unknown>
type Relation = 'own' | 'party'

/** What a page is cut from; `where` are further conditions on `requests`. */
export interface Cut {
  states?: readonly RequestState[]
  modality?: string
  where: readonly Condition[]
  after?: Key
  limit: number
}

/** What of other sites' and their own the person may see in a list. */
export function reachesOf(who: Acting): Relation[] {
  const reach = reachOf(who, 'request.see')
  return (['own', 'party'] as const).filter(relation => reach[relation])
}

/** A site's own rows, or those of others its group is asked to read now; each by its own index. */
export function rowsOf(relation: Relation, site: string): Condition {
  return relation === 'own'
    ? sql`requests.site = ${site}`
    : sql`requests.reading_site = ${site} AND requests.site <> ${site} AND EXISTS (
        SELECT 1 FROM request_parties p WHERE p.request = requests.id AND p.site = ${site} AND p.until IS NULL)`
}

/** Every row the person may see. */
export function seenBy(who: Acting): Condition {
  const reaches = reachesOf(who)
  if (who.membership.everySite === true && reaches.includes('own')) return sql`1`
  if (reaches.length === 0) return sql`0`
  return sql`(${sql.join(
    reaches.map(relation => rowsOf(relation, who.membership.site)),
    sql` OR `,
  )})`
}

/** How many there are of each state and modality, by what the site has to do with them; without one every site's own. */
export function readTallies(db: Kysely<RequestTables>, site: string | undefined) {
  const select = db
    .selectFrom('request_tallies')
    .select(['relation', 'state', 'modality', 'n'])
    .where('n', '>', 0)
  return (
    site === undefined ? select.where('relation', '=', 'own') : select.where('site', '=', site)
  ).execute()
}

const all = (conditions: readonly Condition[]) => sql.join([...conditions], sql` AND `)
const beyond = ({ urgency_rank, ordered_at, id }: Key) =>
  sql`(requests.urgency_rank, requests.ordered_at, requests.id) > (${urgency_rank}, ${ordered_at}, ${id})`
const KEY = sql`requests.id, requests.urgency_rank, requests.ordered_at`
const ORDER = sql`ORDER BY urgency_rank, ordered_at, id`

/**
 * The first rows in the order, of those the person may see. One walk along an index for each state and modality there
 * is any of, so that no walk passes over what was not asked for; their heads are then put together.
 */
export async function firstKeys(db: Kysely<RequestTables>, who: Acting, cut: Cut): Promise<Key[]> {
  const { site, everySite } = who.membership
  const where = [...cut.where, ...(cut.after === undefined ? [] : [beyond(cut.after)])]
  if (everySite === true) return walkAll(db, who, cut, where)
  const reaches = reachesOf(who)
  const walks = (await readTallies(db, site)).filter(
    tally =>
      reaches.includes(tally.relation as Relation) &&
      (cut.states === undefined || cut.states.includes(tally.state)) &&
      (cut.modality === undefined || cut.modality === tally.modality),
  )
  if (walks.length === 0) return []
  const arms = walks.map(({ relation, state, modality }) => {
    const conditions = all([
      rowsOf(relation as Relation, site),
      sql`requests.state = ${state}`,
      sql`requests.modality = ${modality}`,
      ...where,
    ])
    const index = sql.raw(relation === 'own' ? 'requests_of_site' : 'requests_of_group')
    return sql`SELECT * FROM (SELECT ${KEY} FROM requests INDEXED BY ${index} WHERE ${conditions} ${ORDER} LIMIT ${cut.limit})`
  })
  return run(db, sql<Key>`${sql.join(arms, sql` UNION ALL `)} ${ORDER} LIMIT ${cut.limit}`)
}

/** For who sees every site: along the whole order. */
function walkAll(db: Kysely<RequestTables>, who: Acting, cut: Cut, where: readonly Condition[]) {
  const conditions = all([
    seenBy(who),
    ...(cut.states === undefined ? [] : [sql`requests.state IN (${sql.join([...cut.states])})`]),
    ...(cut.modality === undefined ? [] : [sql`requests.modality = ${cut.modality}`]),
    ...where,
  ])
  return run(db, sql<Key>`SELECT ${KEY} FROM requests WHERE ${conditions} ${ORDER} LIMIT ${cut.limit}`)
}

/** Of those rows only, found by their own number or by this index, what the person may see, in the order. */
export function keysAmong(
  db: Kysely<RequestTables>,
  who: Acting,
  cut: Cut,
  { rows, index }: { rows: Condition; index?: 'requests_by_holder' | 'requests_by_author' },
): Promise<Key[]> {
  const by = sql.raw(index === undefined ? 'NOT INDEXED' : `INDEXED BY ${index}`)
  const conditions = all([
    rows,
    seenBy(who),
    ...(cut.states === undefined ? [] : [sql`requests.state IN (${sql.join([...cut.states])})`]),
    ...(cut.modality === undefined ? [] : [sql`requests.modality = ${cut.modality}`]),
    ...cut.where,
    ...(cut.after === undefined ? [] : [beyond(cut.after)]),
  ])
  return run(db, sql<Key>`SELECT ${KEY} FROM requests ${by} WHERE ${conditions} ${ORDER} LIMIT ${cut.limit}`)
}

/** Found by an index of its own, or so many that walking along the order meets enough of them. */
const FEW = 2500
const TRIGRAM_LETTERS = 3

/** The words as the index of words knows them; undefined where one is too short to be looked up. */
export function wordsQuery(terms: readonly string[]): string | undefined {
  const trigrams = terms.flatMap(term => {
    const letters = [...term]
    return letters
      .slice(0, letters.length - TRIGRAM_LETTERS + 1)
      .map((_, at) => letters.slice(at, at + 3).join(''))
  })
  if (terms.every(term => [...term].length < TRIGRAM_LETTERS)) return undefined
  return [...new Set(trigrams)].map(trigram => `"${trigram}"`).join(' AND ')
}

/** The row numbers of what has all these words, unless there are many; the words themselves are compared afterwards. */
export async function fewWith(
  db: Kysely<RequestTables>,
  terms: readonly string[],
): Promise<Condition | undefined> {
  const query = wordsQuery(terms)
  if (query === undefined) return undefined
  const found = await run(
    db,
    sql<{
      rowid: number
    }>`SELECT rowid FROM request_words WHERE request_words MATCH ${query} LIMIT ${FEW + 1}`,
  )
  if (found.length > FEW) return undefined
  return sql`requests.rowid IN (SELECT value FROM json_each(${JSON.stringify(found.map(({ rowid }) => rowid))}))`
}

/** The row numbers of what is past its due time, unless there are many. */
export async function fewLate(
  db: Kysely<RequestTables>,
  who: Acting,
  now: number,
): Promise<Condition | undefined> {
  const found = await run(db, sql<{ rowid: number }>`${lateRows(who, now)} LIMIT ${FEW + 1}`)
  if (found.length > FEW) return undefined
  return sql`requests.rowid IN (SELECT value FROM json_each(${JSON.stringify(found.map(({ rowid }) => rowid))}))`
}

function lateRows(who: Acting, now: number): Condition {
  const { site, everySite } = who.membership
  const late = sql`requests.due_at < ${now}`
  if (everySite === true) return sql`SELECT rowid FROM requests WHERE ${late} AND ${seenBy(who)}`
  const arms = reachesOf(who).map(relation => {
    const index = sql.raw(relation === 'own' ? 'requests_late_of_site' : 'requests_late_of_group')
    return sql`SELECT requests.rowid AS rowid FROM requests INDEXED BY ${index} WHERE ${rowsOf(relation, site)} AND ${late}`
  })
  return arms.length === 0 ? sql`SELECT 0 AS rowid WHERE 0` : sql`${sql.join(arms, sql` UNION ALL `)}`
}

/** How many are late, up to `max`: beyond, their number tells nobody anything. */
export async function countLate(
  db: Kysely<RequestTables>,
  who: Acting,
  now: number,
  max: number,
): Promise<number> {
  const [row] = await run(
    db,
    sql<{ n: number }>`SELECT count(*) AS n FROM (${lateRows(who, now)} LIMIT ${max})`,
  )
  return row?.n ?? 0
}

async function run<Row>(db: Kysely<RequestTables>, query: RawBuilder<Row>): Promise<Row[]> {
  return (await query.execute(db)).rows
}
