import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import { kindOf, may } from '../accounts/permissions.js'
import { prepare } from '../database-prepared.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { searchTerms } from './search.js'
import type { Placement } from './standing.js'
import type { RequestState } from './view.js'
import {
  type Cut,
  countLate,
  fewLate,
  fewWith,
  firstKeys,
  type Key,
  keysAmong,
  reachesOf,
  readTallies,
  seenBy,
} from './worklist-keys.js'

export interface WorklistQuery {
  state?: readonly RequestState[]
  kind?: RequestRecord['kind']
  urgency?: RequestRecord['urgency']
  site?: string
  modality?: string
  /** Held by the radiologist, or asked by the other person who looks; without `state` only what is not over. */
  mine?: boolean
  /** Mine with a report that is begun or only preliminary. */
  toFinish?: boolean
  /** Past its due time. */
  late?: boolean
  /**
   * What the person's group took part in and no longer does. Its state now is none of their business: the filters
   * that ask for it are passed over.
   */
  former?: boolean
  q?: string
  limit: number
  after?: string
}

export interface Counts {
  toClaim: number
  mine: number
  toFinish: number
  late: number
  all: number
  /** What the person's group no longer takes part in. */
  former: number
}

type Query = ExpressionBuilder<RequestTables, 'requests'>

/** States in which nothing more is expected of anybody. */
const OVER: readonly RequestState[] = ['closed', 'refused', 'cancelled', 'expired', 'entered-in-error']
const FINISHING: readonly RequestState[] = ['reading', 'info-requested']

const OPEN_OFFERS = ['offered', 'seen'] as const

/** Requests the person's site is (`until` null) or only was a party to. */
const partOf = (eb: Query, site: string, when: 'is' | 'is not') =>
  eb.exists(
    eb
      .selectFrom('request_parties')
      .select('request_parties.site')
      .whereRef('request_parties.request', '=', 'requests.id')
      .where('request_parties.site', '=', site)
      .where('until', when, null),
  )

function isFormer(eb: Query, who: Acting) {
  const { role, site, everySite } = who.membership
  if (everySite === true || !may(role, 'request.see', 'former')) return sql<boolean>`0`
  return eb.and([partOf(eb, site, 'is not'), eb('requests.site', '<>', site)])
}

type Condition = RawBuilder<unknown>

/** The person's own rows, and the index that finds them. */
const mineOf = ({ membership, account }: Acting) =>
  membership.role === 'radiologist'
    ? { rows: sql`requests.holder = ${account.id}`, index: 'requests_by_holder' as const }
    : { rows: sql`requests.created_by = ${account.id}`, index: 'requests_by_author' as const }

const among = (names: readonly string[]) => sql.join([...names])
const NOT_OVER = sql`requests.state NOT IN (${among(OVER)})`
const TO_FINISH = sql`(requests.state IN (${among(FINISHING)})
  OR requests.report_state IN ('preliminary', 'withdrawn')) AND ${NOT_OVER}`

/** One page, urgency first, then the oldest; `next` continues after the last row, whatever changed meanwhile. */
export async function readPage(
  db: Kysely<RequestTables>,
  who: Acting,
  query: WorklistQuery,
  now: number,
): Promise<{ records: RequestRecord[]; next?: string }> {
  if (query.former === true) return readFormerPage(db, who, query)
  const keys = await keysOf(db, who, query, now)
  const page = keys.slice(0, query.limit)
  if (page.length === 0) return { records: [] }
  const rows = await db
    .selectFrom('requests')
    .selectAll()
    .where(
      'id',
      'in',
      page.map(({ id }) => id),
    )
    .execute()
  const byId = new Map(rows.map(row => [row.id, row]))
  const records = page.flatMap(({ id }) => byId.get(id) ?? [])
  return cutPage(records, keys.length > query.limit)
}

function cutPage(records: RequestRecord[], more: boolean): { records: RequestRecord[]; next?: string } {
  const last = records.at(-1)
  return more && last !== undefined
    ? { records, next: `${last.urgency_rank}.${last.ordered_at}.${last.id}` }
    : { records }
}

async function keysOf(
  db: Kysely<RequestTables>,
  who: Acting,
  query: WorklistQuery,
  now: number,
): Promise<Key[]> {
  const { state, modality, late, mine, toFinish, after, limit } = query
  const terms = searchTerms(query.q ?? '')
  const cut: Cut = {
    ...(state === undefined || state.length === 0 ? {} : { states: state }),
    ...(modality === undefined ? {} : { modality }),
    ...(after === undefined ? {} : { after: parseCursor(after) }),
    limit: limit + 1,
    where: [
      ...(query.kind === undefined ? [] : [sql`requests.kind = ${query.kind}`]),
      ...(query.urgency === undefined ? [] : [sql`requests.urgency = ${query.urgency}`]),
      ...(query.site === undefined ? [] : [sql`requests.site = ${query.site}`]),
      ...(late === true ? [sql`requests.due_at < ${now}`] : []),
      ...(toFinish === true ? [TO_FINISH] : mine === true && state === undefined ? [NOT_OVER] : []),
      ...terms.map(term => sql`requests.search LIKE ${`%${term}%`}`),
    ],
  }
  if (mine === true || toFinish === true) {
    const { rows, index } = mineOf(who)
    return keysAmong(db, who, cut, { rows, index })
  }
  const few =
    (terms.length === 0 ? undefined : await fewWith(db, terms)) ??
    (late === true ? await fewLate(db, who, now) : undefined)
  return few === undefined ? firstKeys(db, who, cut) : keysAmong(db, who, cut, { rows: few })
}

async function readFormerPage(db: Kysely<RequestTables>, who: Acting, query: WorklistQuery) {
  let select = db
    .selectFrom('requests')
    .selectAll('requests')
    .where(eb => isFormer(eb, who))
    .orderBy('urgency_rank')
    .orderBy('ordered_at')
    .orderBy('id')
    .limit(query.limit + 1)
  if (query.kind !== undefined) select = select.where('kind', '=', query.kind)
  if (query.urgency !== undefined) select = select.where('urgency', '=', query.urgency)
  if (query.site !== undefined) select = select.where('requests.site', '=', query.site)
  if (query.modality !== undefined) select = select.where('modality', '=', query.modality)
  for (const term of searchTerms(query.q ?? '')) select = select.where('search', 'like', `%${term}%`)
  if (query.after !== undefined) {
    const { urgency_rank, ordered_at, id } = parseCursor(query.after)
    select = select.where(eb =>
      eb(eb.refTuple('urgency_rank', 'ordered_at', 'id'), '>', eb.tuple(urgency_rank, ordered_at, id)),
    )
  }
  const records = await select.execute()
  return cutPage(records.slice(0, query.limit), records.length > query.limit)
}

function parseCursor(after: string): Key {
  const match = /^(\d)\.(\d{1,15})\.(req_[0-9a-z]{26})$/.exec(after)
  if (match === null)
    fail('invalid', 'This page does not exist: start from the first one.', [
      { path: 'after', message: 'not a page of this list' },
    ])
  return { urgency_rank: Number(match[1]), ordered_at: Number(match[2]), id: match[3] as string }
}

/** Beyond so many late, offered or unfinished ones their number tells nobody anything: it is not counted further. */
const COUNTED_MAX = 1000

/** What is counted alike for all who are alike. */
export interface SharedCounts {
  offered: number
  late: number
  all: number
  former: number
}

/** Out of the tallies, and by the index of what is late: a million requests are counted as fast as ten. */
export async function readSharedCounts(
  db: Kysely<RequestTables>,
  who: Acting,
  now: number,
): Promise<SharedCounts> {
  const reaches = new Set<string>(reachesOf(who))
  const { everySite, site, role } = who.membership
  const tallies = await readTallies(db, everySite === true ? undefined : site)
  const sum = (of: (tally: (typeof tallies)[number]) => boolean) =>
    tallies.filter(of).reduce((total, { n }) => total + n, 0)
  const seen = ({ relation }: { relation: string }) => reaches.has(relation)
  return {
    offered: sum(tally => seen(tally) && tally.state === 'offered'),
    late: await countLate(db, who, now, COUNTED_MAX),
    all: sum(seen),
    former:
      everySite === true || !may(role, 'request.see', 'former')
        ? 0
        : sum(({ relation }) => relation === 'former'),
  }
}

interface OwnCounts {
  mine: number
  toFinish: number
  toClaim: number
}

/** What each person has of their own, prepared for those who are alike: a change makes every open screen ask for it. */
const own = new Map<string, ReturnType<typeof prepareOwn>>()

function prepareOwn(who: Acting) {
  return prepare({ account: '' }, (db: Kysely<RequestTables>, { account }) => {
    const { rows, index } = mineOf({ ...who, account: { ...who.account, id: account } })
    const counted = (what: Condition) => sql`(SELECT count(*) FROM (${what} LIMIT ${COUNTED_MAX}))`
    const mine = (which: Condition) =>
      counted(
        sql`SELECT 1 FROM requests INDEXED BY ${sql.raw(index)} WHERE ${rows} AND ${which} AND ${seenBy(who)}`,
      )
    // Offered to this radiologist, who did not decline it.
    const offered = counted(sql`SELECT 1 FROM request_offers o
      CROSS JOIN requests ON requests.id = o.request AND requests.offer_round = o.round
      WHERE o.account = ${account} AND o.outcome IN ('offered', 'seen') AND requests.state = 'offered' AND ${seenBy(who)}`)
    const counts = sql<OwnCounts>`
      SELECT ${mine(NOT_OVER)} AS mine, ${mine(TO_FINISH)} AS toFinish, ${offered} AS toClaim`
    return { compile: () => counts.compile(db) }
  })
}

export async function readCounts(
  db: Kysely<RequestTables>,
  who: Acting,
  { offered, late, all, former }: SharedCounts,
): Promise<Counts> {
  const kind = kindOf(who)
  let read = own.get(kind)
  if (read === undefined) {
    read = prepareOwn(who)
    own.set(kind, read)
  }
  const [counts = { mine: 0, toFinish: 0, toClaim: 0 }] = await read(db, { account: who.account.id })
  const { mine, toFinish, toClaim } = counts
  const toTake = who.membership.role === 'radiologist' ? toClaim : offered
  return { toClaim: toTake, mine, toFinish, late, all, former }
}

/** Parties and open offers of some requests, by request. */
export async function readPlacements(
  db: Kysely<RequestTables>,
  requests: readonly string[],
): Promise<Map<string, Placement>> {
  const parties = await db
    .selectFrom('request_parties')
    .select(['request', 'site', 'until', 'ended_by'])
    .where('request', 'in', requests)
    .execute()
  const offers = await db
    .selectFrom('request_offers')
    .select(['request', 'account'])
    .where('request', 'in', requests)
    .where('outcome', 'in', OPEN_OFFERS)
    .execute()
  const handovers = await db
    .selectFrom('request_handovers')
    .select(['request', 'account'])
    .where('request', 'in', requests)
    .execute()
  return new Map(
    requests.map(request => [
      request,
      {
        successor: handovers.find(each => each.request === request)?.account,
        parties: parties.filter(party => party.request === request),
        offered: new Set(offers.filter(offer => offer.request === request).map(offer => offer.account)),
      },
    ]),
  )
}

/** All offers of a request: the newest round first, each in the order of its waves. */
export function readOffers(db: Kysely<RequestTables>, request: string) {
  return db
    .selectFrom('request_offers')
    .selectAll()
    .where('request', '=', request)
    .orderBy('round', 'desc')
    .orderBy('wave')
    .orderBy('position')
    .execute()
}

/** UIDs of the linked studies of some requests, by request, in the order they were given. */
export async function readStudies(
  db: Kysely<RequestTables>,
  requests: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('request_studies')
    .select(['request', 'StudyInstanceUID'])
    .where('request', 'in', requests)
    .orderBy('request')
    .orderBy('position')
    .execute()
  return new Map(
    requests.map(request => [
      request,
      rows.filter(row => row.request === request).map(row => row.StudyInstanceUID),
    ]),
  )
}
