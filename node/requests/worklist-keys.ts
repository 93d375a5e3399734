import { type Kysely, type RawBuilder, sql } from 'kysely'
import { reachOf } from '../accounts/permissions.js'
import type { Acting } from '../http/acting.js'
import { URGENCY_RANK } from './rules.js'
import type { RequestTables } from './schema.js'
import type { RequestKind, RequestState, Urgency } from './view.js'

/** Where a row stands in the order: urgency first, then the oldest. */
export interface Key {
  id: string
  urgency_rank: number
  ordered_at: number
}

export type Condition = RawBuilder<unknown>
type Relation = 'own' | 'party'

/** What a page is cut from. Each of these is found along an index; `where` are further conditions on `requests`. */
export interface Cut {
  states?: readonly RequestState[]
  modality?: string
  site?: string
  kind?: RequestKind
  urgency?: Urgency
  where: readonly Condition[]
  after?: Key
  /** The last row there may be. */
  until?: Key
  limit: number
}

/** An index, and the first columns by which rows that are in the order of the list stand together in it. */
interface Walk {
  index: string
  at: Condition
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
  // Never true, and not known to be: SQLite drops what stands beside a constant 0, and then finds the index no more.
  if (reaches.length === 0) return sql`requests.id < ''`
  return sql`(${sql.join(
    reaches.map(relation => rowsOf(relation, who.membership.site)),
    sql` OR `,
  )})`
}

/** How many there are of each state and modality, by what the site has to do with them; without one every site's own. */
export function readTallies(db: Kysely<RequestTables>, site: string | undefined) {
  const select = db
    .selectFrom('request_tallies')
    .select(['site', 'relation', 'state', 'modality', 'n'])
    .where('n', '>', 0)
  return (
    site === undefined ? select.where('relation', '=', 'own') : select.where('site', '=', site)
  ).execute()
}

const all = (conditions: readonly Condition[]) => sql.join([...conditions], sql` AND `)
const beyond = ({ urgency_rank, ordered_at, id }: Key) =>
  sql`(requests.urgency_rank, requests.ordered_at, requests.id) > (${urgency_rank}, ${ordered_at}, ${id})`
const upTo = ({ urgency_rank, ordered_at, id }: Key) =>
  sql`(requests.urgency_rank, requests.ordered_at, requests.id) <= (${urgency_rank}, ${ordered_at}, ${id})`
export const KEY = sql`requests.id, requests.urgency_rank, requests.ordered_at`
const ORDER = sql`ORDER BY urgency_rank, ordered_at, id`

/**
 * The first rows in the order, of those the person may see. One walk along an index for each state and modality there
 * is any of, so that no walk passes over what was not asked for; each goes on only as far as its next row is wanted.
 */
export async function firstKeys(db: Kysely<RequestTables>, who: Acting, cut: Cut): Promise<Key[]> {
  const { site, everySite } = who.membership
  const reaches = reachesOf(who)
  const tallies = (await readTallies(db, everySite === true ? undefined : site)).filter(
    tally =>
      reaches.includes(tally.relation as Relation) &&
      (cut.states === undefined || cut.states.includes(tally.state)) &&
      (cut.modality === undefined || cut.modality === tally.modality) &&
      (cut.site === undefined || (tally.relation === 'own') === (cut.site === tally.site)),
  )
  const walks = tallies.map(
    ({ site: of, relation, state, modality }): Walk => ({
      index: indexOf(relation as Relation, cut),
      at: all([
        rowsOf(relation as Relation, of),
        ...(relation === 'own' || cut.site === undefined ? [] : [sql`requests.site = ${cut.site}`]),
        sql`requests.state = ${state}`,
        sql`requests.modality = ${modality}`,
      ]),
    }),
  )
  return walkAll(db, walks, cut, [])
}

/** The index whose rows stand by state and modality, of what was asked for as nearly as there is one. */
function indexOf(relation: Relation, { site, kind }: Cut): string {
  if (relation === 'party' && site !== undefined) return 'requests_of_pair'
  // Opinions are few beside readings: looking for readings passes over few.
  if (kind === 'opinion')
    return relation === 'own' ? 'requests_opinions_of_site' : 'requests_opinions_of_group'
  return relation === 'own' ? 'requests_of_site' : 'requests_of_group'
}

/** A person's own rows in some states: what a radiologist holds, or what another person asked for. */
export function keysOfPerson(
  db: Kysely<RequestTables>,
  who: Acting,
  cut: Cut & { states: readonly RequestState[] },
  which: 'all' | 'to-finish',
): Promise<Key[]> {
  const { rows, index } = ownOf(who, which)
  const walks = cut.states.map(state => ({ index, at: sql`${rows} AND requests.state = ${state}` }))
  const { site, modality } = cut
  return walkAll(db, walks, cut, [
    seenBy(who),
    ...(site === undefined ? [] : [sql`requests.site = ${site}`]),
    ...(modality === undefined ? [] : [sql`requests.modality = ${modality}`]),
  ])
}

/** The person's own rows, and the index that finds them by state; of what is to be finished it has no others. */
export function ownOf({ membership, account }: Acting, which: 'all' | 'to-finish') {
  const [rows, by] =
    membership.role === 'radiologist'
      ? [sql`requests.holder = ${account.id}`, 'holder']
      : [sql`requests.created_by = ${account.id}`, 'author']
  return { rows, index: which === 'all' ? `requests_of_${by}` : `requests_to_finish_of_${by}` }
}

/** As many walks as SQLite puts together in one statement, with some to spare. */
const WALKS_AT_ONCE = 400

async function walkAll(
  db: Kysely<RequestTables>,
  walks: readonly Walk[],
  cut: Cut,
  also: readonly Condition[],
): Promise<Key[]> {
  const where = [...also, ...conditionsOf(cut)]
  const found: Key[] = []
  for (let at = 0; at < walks.length; at += WALKS_AT_ONCE) {
    const arms = walks
      .slice(at, at + WALKS_AT_ONCE)
      .map(
        walk =>
          sql`SELECT ${KEY} FROM requests INDEXED BY ${sql.raw(walk.index)} WHERE ${all([walk.at, ...where])}`,
      )
    found.push(...(await run(db, sql<Key>`${sql.join(arms, sql` UNION ALL `)} ${ORDER} LIMIT ${cut.limit}`)))
  }
  return walks.length <= WALKS_AT_ONCE ? found : found.sort(inOrder).slice(0, cut.limit)
}

export const inOrder = (a: Key, b: Key) =>
  a.urgency_rank - b.urgency_rank || a.ordered_at - b.ordered_at || (a.id < b.id ? -1 : 1)

/** What is asked of a row besides where it stands in an index. The urgency is the first thing rows are ordered by. */
const conditionsOf = ({ urgency, kind, where, after, until }: Cut): Condition[] => [
  ...(urgency === undefined ? [] : [sql`requests.urgency_rank = ${URGENCY_RANK[urgency]}`]),
  // Said in the words of the index of opinions, which is found by nothing else.
  ...(kind === undefined
    ? []
    : [kind === 'opinion' ? sql`requests.kind = 'opinion'` : sql`requests.kind = ${kind}`]),
  ...where,
  ...(after === undefined ? [] : [beyond(after)]),
  ...(until === undefined ? [] : [upTo(until)]),
]

/** Of those rows only, found by their own number, what the person may see, in the order. */
export function keysAmong(db: Kysely<RequestTables>, who: Acting, cut: Cut, rows: Condition): Promise<Key[]> {
  const conditions = all([rows, ...askedOf(who, cut)])
  return run(
    db,
    sql<Key>`SELECT ${KEY} FROM requests NOT INDEXED WHERE ${conditions} ${ORDER} LIMIT ${cut.limit}`,
  )
}

/** All that is asked of a row, wherever it was found. */
export function askedOf(who: Acting, cut: Cut): Condition[] {
  const { states, modality, site } = cut
  return [
    seenBy(who),
    ...(states === undefined ? [] : [sql`requests.state IN (${sql.join([...states])})`]),
    ...(modality === undefined ? [] : [sql`requests.modality = ${modality}`]),
    ...(site === undefined ? [] : [sql`requests.site = ${site}`]),
    ...conditionsOf(cut),
  ]
}

/** Of what is overdue: its order is walked along an index that says when each is due. */
const FEW_LATE = 400

export interface Row {
  rowid: number
}

export async function fewOf(
  db: Kysely<RequestTables>,
  rows: RawBuilder<Row>,
  most: number,
): Promise<Condition | undefined> {
  const found = await run(db, sql<Row>`${rows} LIMIT ${most + 1}`)
  if (found.length > most) return undefined
  return sql`requests.rowid IN (SELECT value FROM json_each(${JSON.stringify(found.map(({ rowid }) => rowid))}))`
}

/**
 * Offers that stand, each with its request; `where`: whose. In the words by which both indexes are found, the offers
 * first: they are fewer than what is offered.
 */
export const standingOffers = (where: Condition) =>
  sql`request_offers o INDEXED BY request_offers_open
    CROSS JOIN requests INDEXED BY requests_offered ON requests.id = o.request AND requests.offer_round = o.round
    WHERE o.outcome IN ('offered', 'seen') AND requests.state = 'offered' AND ${where}`

/** The row numbers of what is offered to this radiologist, unless it is much. */
export function fewOfferedTo(
  db: Kysely<RequestTables>,
  { account }: Acting,
  most: number,
): Promise<Condition | undefined> {
  const rows = sql<Row>`SELECT requests.rowid AS rowid FROM ${standingOffers(sql`o.account = ${account.id}`)}`
  return fewOf(db, rows, most)
}

/**
 * What is past its due time, in the order. Where that is much, it is met soon along the order of what is due at all,
 * which is what nobody has answered yet.
 */
export async function keysOfLate(
  db: Kysely<RequestTables>,
  who: Acting,
  cut: Cut,
  now: number,
  most = FEW_LATE,
): Promise<Key[]> {
  const sites = await sitesFor(db, who)
  if (await isFewLate(db, who, { now, most })) {
    const few = await fewOf(db, lateRows(who, now, sites), most)
    if (few !== undefined) return keysAmong(db, who, cut, few)
  }
  const { everySite } = who.membership
  const { states, modality } = cut
  const walks = sites.flatMap(of =>
    reachesOf(who).flatMap((relation): Walk[] =>
      everySite === true && relation === 'party'
        ? []
        : [
            {
              index: relation === 'own' ? 'requests_due_of_site' : 'requests_due_of_group',
              at: rowsOf(relation, of),
            },
          ],
    ),
  )
  return walkAll(db, walks, cut, [
    sql`requests.due_at < ${now}`,
    ...(states === undefined ? [] : [sql`requests.state IN (${sql.join([...states])})`]),
    ...(modality === undefined ? [] : [sql`requests.modality = ${modality}`]),
    ...(cut.site === undefined ? [] : [sql`requests.site = ${cut.site}`]),
  ])
}

/** Whether no more of one site's is late, as the indexes alone say it: who may see it is asked of what there is. */
async function isFewLate(
  db: Kysely<RequestTables>,
  who: Acting,
  { now, most }: { now: number; most: number },
): Promise<boolean> {
  const { site, everySite } = who.membership
  const arms = reachesOf(who).map(relation =>
    relation === 'own'
      ? sql`SELECT 1 FROM requests INDEXED BY requests_late_of_site
          WHERE requests.site = ${site} AND requests.due_at < ${now}`
      : sql`SELECT 1 FROM requests INDEXED BY requests_late_of_group
          WHERE requests.reading_site = ${site} AND requests.due_at < ${now}`,
  )
  if (everySite === true || arms.length === 0) return true
  const [row] = await run(
    db,
    sql<{ n: number }>`SELECT count(*) AS n FROM (${sql.join(arms, sql` UNION ALL `)} LIMIT ${most + 1})`,
  )
  return row !== undefined && row.n <= most
}

/** Everybody's are those of every site, each along its own index: the other one is no way for who sees all of them. */
function lateRows(who: Acting, now: number, sites: readonly string[]): RawBuilder<Row> {
  const { site, everySite } = who.membership
  const late = sql`requests.due_at < ${now}`
  if (everySite === true)
    return sql`SELECT requests.rowid AS rowid FROM json_each(${JSON.stringify(sites)}) AS sites
      CROSS JOIN requests INDEXED BY requests_late_of_site ON requests.site = sites.value
      WHERE ${late} AND ${seenBy(who)}`
  const arms = reachesOf(who).map(relation => {
    const index = sql.raw(relation === 'own' ? 'requests_late_of_site' : 'requests_late_of_group')
    return sql`SELECT requests.rowid AS rowid FROM requests INDEXED BY ${index} WHERE ${rowsOf(relation, site)} AND ${late}`
  })
  return arms.length === 0 ? sql`SELECT 0 AS rowid WHERE 0` : sql`${sql.join(arms, sql` UNION ALL `)}`
}

/** The sites that ask, for whoever sees all of them; one's own otherwise. */
async function sitesFor(db: Kysely<RequestTables>, { membership: { site, everySite } }: Acting) {
  return everySite === true ? [...new Set((await readTallies(db, undefined)).map(one => one.site))] : [site]
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
    sql<{
      n: number
    }>`SELECT count(*) AS n FROM (${lateRows(who, now, await sitesFor(db, who))} LIMIT ${max})`,
  )
  return row?.n ?? 0
}

export async function run<Row>(db: Kysely<RequestTables>, query: RawBuilder<Row>): Promise<Row[]> {
  return (await query.execute(db)).rows
}
