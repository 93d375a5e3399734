import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import { kindOf, may } from '../accounts/permissions.js'
import { prepare } from '../database-prepared.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { searchTerms } from './search.js'
import type { Placement } from './standing.js'
import type { RequestState } from './view.js'

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

/** Rows this person may see as they stand now: their site's own, and those their site is a party to. */
function visible(eb: Query, who: Acting) {
  const { role, site, everySite } = who.membership
  if (everySite === true && may(role, 'request.see', 'own')) return sql<boolean>`1`
  const own = may(role, 'request.see', 'own') ? eb('requests.site', '=', site) : sql<boolean>`0`
  const party = may(role, 'request.see', 'party') ? partOf(eb, site, 'is') : sql<boolean>`0`
  return eb.or([own, party])
}

function isMine(eb: Query, who: Acting) {
  return who.membership.role === 'radiologist'
    ? eb('requests.holder', '=', who.account.id)
    : eb('requests.created_by', '=', who.account.id)
}

function isToFinish(eb: Query, who: Acting) {
  return eb.and([
    isMine(eb, who),
    eb.or([
      eb('requests.state', 'in', FINISHING),
      eb('requests.report_state', 'in', ['preliminary', 'withdrawn']),
    ]),
    eb('requests.state', 'not in', OVER),
  ])
}

/** One page, urgency first, then the oldest; `next` continues after the last row, whatever changed meanwhile. */
export async function readPage(
  db: Kysely<RequestTables>,
  who: Acting,
  query: WorklistQuery,
  now: number,
): Promise<{ records: RequestRecord[]; next?: string }> {
  let select = db
    .selectFrom('requests')
    .selectAll('requests')
    .where(eb => (query.former === true ? isFormer(eb, who) : visible(eb, who)))
    .orderBy('urgency_rank')
    .orderBy('ordered_at')
    .orderBy('id')
    .limit(query.limit + 1)
  if (query.kind !== undefined) select = select.where('kind', '=', query.kind)
  if (query.urgency !== undefined) select = select.where('urgency', '=', query.urgency)
  if (query.site !== undefined) select = select.where('requests.site', '=', query.site)
  if (query.modality !== undefined) select = select.where('modality', '=', query.modality)
  if (query.former !== true) select = select.where(eb => eb.and(asItStands(eb, who, query, now)))
  for (const term of searchTerms(query.q ?? '')) select = select.where('search', 'like', `%${term}%`)
  if (query.after !== undefined) {
    const { rank, at, id } = parseCursor(query.after)
    select = select.where(eb =>
      eb(eb.refTuple('urgency_rank', 'ordered_at', 'id'), '>', eb.tuple(rank, at, id)),
    )
  }
  const records = await select.execute()
  const page = records.slice(0, query.limit)
  const last = page.at(-1)
  return records.length > query.limit && last !== undefined
    ? { records: page, next: `${last.urgency_rank}.${last.ordered_at}.${last.id}` }
    : { records: page }
}

/** The filters that ask for the state of now. */
function asItStands(eb: Query, who: Acting, query: WorklistQuery, now: number): Expression<SqlBool>[] {
  const { state, late, toFinish, mine } = query
  return [
    ...(state !== undefined && state.length > 0 ? [eb('state', 'in', state)] : []),
    ...(late === true ? [eb('due_at', '<', now)] : []),
    ...(toFinish === true ? [isToFinish(eb, who)] : []),
    ...(mine === true ? [isMine(eb, who)] : []),
    ...(mine === true && state === undefined ? [eb('state', 'not in', OVER)] : []),
  ]
}

function parseCursor(after: string): { rank: number; at: number; id: string } {
  const match = /^(\d)\.(\d{1,15})\.(req_[0-9a-z]{26})$/.exec(after)
  if (match === null)
    fail('invalid', 'This page does not exist: start from the first one.', [
      { path: 'after', message: 'not a page of this list' },
    ])
  return { rank: Number(match[1]), at: Number(match[2]), id: match[3] as string }
}

/** What is counted alike for all who are alike. */
export interface SharedCounts {
  offered: number
  /** Of the offered, how many to each radiologist who did not decline. */
  toEach: ReadonlyMap<string, number>
  late: number
  all: number
  former: number
}

async function count(
  db: Kysely<RequestTables>,
  who: Acting,
  only: (eb: Query) => Expression<SqlBool>,
  among: typeof visible | typeof isFormer = visible,
): Promise<number> {
  const { number } = await db
    .selectFrom('requests')
    .select(eb => eb.fn.countAll<number>().as('number'))
    .where(only)
    .where(eb => among(eb, who))
    .executeTakeFirstOrThrow()
  return number
}

/** Each number by its own index: only `all` counts what is long closed. */
export async function readSharedCounts(
  db: Kysely<RequestTables>,
  who: Acting,
  now: number,
): Promise<SharedCounts> {
  const toEach = await db
    .selectFrom('requests')
    .innerJoin('request_offers', join =>
      join
        .onRef('request_offers.request', '=', 'requests.id')
        .onRef('request_offers.round', '=', 'requests.offer_round'),
    )
    .select(eb => ['account', eb.fn.countAll<number>().as('number')])
    .where('requests.state', '=', 'offered')
    .where('outcome', 'in', OPEN_OFFERS)
    .where(eb => visible(eb as unknown as Query, who))
    .groupBy('account')
    .execute()
  return {
    offered: await count(db, who, eb => eb('requests.state', '=', 'offered')),
    toEach: new Map(toEach.map(({ account, number }) => [account, number])),
    late: await count(db, who, eb => eb('requests.due_at', '<', now)),
    all: await count(db, who, () => sql<SqlBool>`1`),
    former: await count(db, who, () => sql<SqlBool>`1`, isFormer),
  }
}

/** What each person has of their own, prepared for those who are alike: a change makes every open screen ask for it. */
const own = new Map<string, ReturnType<typeof prepareOwn>>()

function prepareOwn(who: Acting) {
  return prepare({ account: '' }, (db: Kysely<RequestTables>, { account }) => {
    const person = { ...who, account: { ...who.account, id: account } }
    return db
      .selectFrom('requests')
      .select(eb => [
        eb.fn.countAll<number>().filterWhere('requests.state', 'not in', OVER).as('mine'),
        eb.fn
          .countAll<number>()
          .filterWhere(filtered => isToFinish(filtered, person))
          .as('toFinish'),
      ])
      .where(eb => isMine(eb, person))
      .where(eb => visible(eb, person))
  })
}

export async function readCounts(
  db: Kysely<RequestTables>,
  who: Acting,
  shared: SharedCounts,
): Promise<Counts> {
  const { offered, toEach, late, all, former } = shared
  const kind = kindOf(who)
  let read = own.get(kind)
  if (read === undefined) {
    read = prepareOwn(who)
    own.set(kind, read)
  }
  const [mine] = await read(db, { account: who.account.id })
  return {
    toClaim: who.membership.role === 'radiologist' ? (toEach.get(who.account.id) ?? 0) : offered,
    mine: mine?.mine ?? 0,
    toFinish: mine?.toFinish ?? 0,
    late,
    all,
    former,
  }
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
  return new Map(
    requests.map(request => [
      request,
      {
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
