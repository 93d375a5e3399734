import { type Kysely, type RawBuilder, sql } from 'kysely'
import { kindOf, may } from '../accounts/permissions.js'
import { prepare } from '../database-prepared.js'
import { noSuchPage } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { REQUEST_STATES } from './lifecycle.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { searchTerms } from './search.js'
import type { Placement } from './standing.js'
import type { RequestState } from './view.js'
import {
  type Cut,
  countLate,
  fewOfferedTo,
  firstKeys,
  type Key,
  keysAmong,
  keysOfLate,
  keysOfPerson,
  ownOf,
  reachesOf,
  readTallies,
  seenBy,
  standingOffers,
} from './worklist-keys.js'
import { fewFor, fewWith, keysByWords } from './worklist-words.js'

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
  /** What the person may claim now; of others what is offered to anybody. */
  toClaim?: boolean
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
  /** The place the page ends at, given as `next` of it before: a page that is read again stays between the others. */
  until?: string
}

/** What asks for a person's own, or for the time of now, is nobody else's; what is former is each reader's own too. */
export function isShared({ mine, toFinish, late, former }: Omit<WorklistQuery, 'limit'>): boolean {
  return mine !== true && toFinish !== true && late !== true && former !== true
}

export interface Counts {
  toClaim: number
  mine: number
  toFinish: number
  late: number
  all: number
  /** What the person's group no longer takes part in. */
  former: number
  /** Of which there are more than {@link COUNTED_MAX}, and that much is said. */
  more: Bounded[]
}

/** What is counted row by row. */
export type Bounded = 'toClaim' | 'mine' | 'toFinish' | 'late'

/** States in which nothing more is expected of anybody. */
const OVER: readonly RequestState[] = ['closed', 'refused', 'cancelled', 'expired', 'entered-in-error']
const FINISHING: readonly RequestState[] = ['reading', 'info-requested']

const OPEN_OFFERS = ['offered', 'seen'] as const

type Condition = RawBuilder<unknown>

/** States of ours, written into the query: SQLite sorts a list of parameters anew for every run, which costs more than the rest. */
export const among = (states: readonly RequestState[]) => sql.join(states.map(state => sql.lit(state)))
export const GOING_ON = REQUEST_STATES.filter(state => !OVER.includes(state))
export const TO_FINISH = sql`(requests.state IN (${among(FINISHING)})
  OR requests.report_state IN ('preliminary', 'withdrawn'))`

/**
 * One page, urgency first, then the oldest; `next` continues after the last row, whatever changed meanwhile. `most`: see
 * {@link fewFor}; it changes how rows are found, never which.
 */
export async function readPage(
  db: Kysely<RequestTables>,
  who: Acting,
  query: WorklistQuery,
  now: number,
  most?: number,
): Promise<{ records: RequestRecord[]; next?: string }> {
  if (query.former === true) return readFormerPage(db, who, query)
  return pageOf(db, await keysOf(db, who, query, { now, most }), query.limit)
}

async function pageOf(db: Kysely<RequestTables>, keys: readonly Key[], limit: number) {
  const page = keys.slice(0, limit)
  if (page.length === 0) return { records: [] }
  const rows = await readRecords(db, { ids: listed(page.map(({ id }) => id)) })
  const byId = new Map(rows.map(row => [row.id, row]))
  const records = page.flatMap(({ id }) => byId.get(id) ?? [])
  return cutPage(records, keys.length > limit)
}

const listed = (ids: readonly string[]) => JSON.stringify(ids)
const inList = (ids: string) => sql<string>`(SELECT value FROM json_each(${ids}))`

/** However many a page has: one statement each, made once. */
const readRecords = prepare({ ids: '' }, (db: Kysely<RequestTables>, { ids }) =>
  db.selectFrom('requests').selectAll().where('id', 'in', inList(ids)),
)
const readParties = prepare({ ids: '' }, (db: Kysely<RequestTables>, { ids }) =>
  db
    .selectFrom('request_parties')
    .select(['request', 'site', 'until', 'ended_by'])
    .where('request', 'in', inList(ids)),
)
const readOpenOffers = prepare({ ids: '' }, (db: Kysely<RequestTables>, { ids }) =>
  db
    .selectFrom('request_offers')
    .select(['request', 'account'])
    .where('request', 'in', inList(ids))
    .where('outcome', 'in', OPEN_OFFERS),
)
const readHandovers = prepare({ ids: '' }, (db: Kysely<RequestTables>, { ids }) =>
  db.selectFrom('request_handovers').select(['request', 'account']).where('request', 'in', inList(ids)),
)
const readLinks = prepare({ ids: '' }, (db: Kysely<RequestTables>, { ids }) =>
  db
    .selectFrom('request_studies')
    .select(['request', 'StudyInstanceUID'])
    .where('request', 'in', inList(ids))
    .orderBy('request')
    .orderBy('position'),
)

function cutPage(records: RequestRecord[], more: boolean): { records: RequestRecord[]; next?: string } {
  const last = records.at(-1)
  return more && last !== undefined
    ? { records, next: `${last.urgency_rank}.${last.ordered_at}.${last.id}` }
    : { records }
}

/** Of so many that are offered to one person each is looked at, whatever else is offered to others. */
const FEW_OFFERED = 400

/** A page of what is offered to this person alone; undefined where that is much: then most of what is offered is. */
export async function readOfferedPage(
  db: Kysely<RequestTables>,
  who: Acting,
  query: WorklistQuery,
  most = FEW_OFFERED,
): Promise<{ records: RequestRecord[]; next?: string } | undefined> {
  const few = await fewOfferedTo(db, who, most)
  if (few === undefined) return undefined
  const { cut } = cutOf({ ...query, state: ['offered'] })
  return pageOf(db, await keysAmong(db, who, cut, few), query.limit)
}

function cutOf(query: WorklistQuery): { cut: Cut; terms: string[] } {
  const { state, kind, urgency, site, modality, toFinish, after, until, limit } = query
  const terms = searchTerms(query.q ?? '')
  const cut: Cut = {
    ...(state === undefined || state.length === 0 ? {} : { states: state }),
    ...(modality === undefined ? {} : { modality }),
    ...(site === undefined ? {} : { site }),
    ...(kind === undefined ? {} : { kind }),
    ...(urgency === undefined ? {} : { urgency }),
    ...(after === undefined ? {} : { after: parseCursor(after) }),
    ...(until === undefined ? {} : { until: parseCursor(until) }),
    limit: limit + 1,
    where: [
      ...(toFinish === true ? [TO_FINISH] : []),
      ...terms.map(term => sql`requests.search LIKE ${`%${term}%`}`),
    ],
  }
  return { cut, terms }
}

async function keysOf(
  db: Kysely<RequestTables>,
  who: Acting,
  query: WorklistQuery,
  { now, most }: { now: number; most: number | undefined },
): Promise<Key[]> {
  const { state, late, mine, toFinish, limit } = query
  const { cut, terms } = cutOf(query)
  if (toFinish === true)
    return keysOfPerson(
      db,
      who,
      { ...cut, states: GOING_ON.filter(one => state?.includes(one) ?? true) },
      'to-finish',
    )
  if (mine === true) return keysOfPerson(db, who, { ...cut, states: cut.states ?? GOING_ON }, 'all')
  if (terms.length === 0) return late === true ? keysOfLate(db, who, cut, now, most) : firstKeys(db, who, cut)
  const timely = late === true ? { ...cut, where: [...cut.where, sql`requests.due_at < ${now}`] } : cut
  const found = await keysByWords(db, who, timely, { terms, walked: most })
  if (found !== undefined) return found
  const few = await fewWith(db, terms, most ?? (await fewFor(db, limit)))
  if (few !== undefined) return keysAmong(db, who, timely, few)
  return late === true ? keysOfLate(db, who, cut, now, most) : firstKeys(db, who, cut)
}

async function readFormerPage(db: Kysely<RequestTables>, who: Acting, query: WorklistQuery) {
  const { role, site, everySite } = who.membership
  if (everySite === true || !may(role, 'request.see', 'former')) return { records: [] }
  const where = [
    sql`f.site = ${site}`,
    ...(query.kind === undefined ? [] : [sql`requests.kind = ${query.kind}`]),
    ...(query.urgency === undefined ? [] : [sql`requests.urgency = ${query.urgency}`]),
    ...(query.site === undefined ? [] : [sql`requests.site = ${query.site}`]),
    ...(query.modality === undefined ? [] : [sql`requests.modality = ${query.modality}`]),
    ...searchTerms(query.q ?? '').map(term => sql`requests.search LIKE ${`%${term}%`}`),
  ]
  if (query.after !== undefined) {
    const { urgency_rank, ordered_at, id } = parseCursor(query.after)
    where.push(sql`(f.urgency_rank, f.ordered_at, f.request) > (${urgency_rank}, ${ordered_at}, ${id})`)
  }
  if (query.until !== undefined) {
    const { urgency_rank, ordered_at, id } = parseCursor(query.until)
    where.push(sql`(f.urgency_rank, f.ordered_at, f.request) <= (${urgency_rank}, ${ordered_at}, ${id})`)
  }
  const { rows: records } = await sql<RequestRecord>`SELECT requests.* FROM request_former f
    CROSS JOIN requests ON requests.id = f.request WHERE ${sql.join(where, sql` AND `)}
    ORDER BY f.urgency_rank, f.ordered_at, f.request LIMIT ${query.limit + 1}`.execute(db)
  return cutPage(records.slice(0, query.limit), records.length > query.limit)
}

function parseCursor(text: string): Key {
  const match = /^(\d)\.(\d{1,15})\.(req_[0-9a-z]{26})$/.exec(text)
  if (match === null) noSuchPage()
  return { urgency_rank: Number(match[1]), ordered_at: Number(match[2]), id: match[3] as string }
}

/** Beyond so many late, offered or unfinished ones their number tells nobody anything: that there are more is all that is said. */
export const COUNTED_MAX = 500

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
    late: await countLate(db, who, now, COUNTED_MAX + 1),
    all: sum(seen),
    former:
      everySite === true || !may(role, 'request.see', 'former')
        ? 0
        : sum(({ relation }) => relation === 'former'),
  }
}

export interface OwnCounts {
  mine: number
  toFinish: number
  toClaim: number
}

/** What each person has of their own, prepared for those who are alike: a change makes every open screen ask for it. */
const own = new Map<string, ReturnType<typeof prepareOwn>>()

function prepareOwn(who: Acting) {
  return prepare({ account: '' }, (db: Kysely<RequestTables>, { account }) => {
    const person = { ...who, account: { ...who.account, id: account } }
    const counted = (what: Condition) =>
      sql`(SELECT count(*) FROM (${what} LIMIT ${sql.lit(COUNTED_MAX + 1)}))`
    const mine = (which: 'all' | 'to-finish') => {
      const { rows, index } = ownOf(person, which)
      return counted(
        sql`SELECT 1 FROM requests INDEXED BY ${sql.raw(index)} WHERE ${rows}
          AND requests.state IN (${among(GOING_ON)}) ${which === 'all' ? sql`` : sql`AND ${TO_FINISH}`} AND ${seenBy(who)}`,
      )
    }
    // Offered to this radiologist, who did not decline it.
    const theirs = sql`o.account = ${account} AND ${seenBy(who)}`
    const offered = counted(sql`SELECT 1 FROM ${standingOffers(theirs)}`)
    const counts = sql<OwnCounts>`
      SELECT ${mine('all')} AS mine, ${mine('to-finish')} AS toFinish, ${offered} AS toClaim`
    return { compile: () => counts.compile(db) }
  })
}

export async function readOwnCounts(db: Kysely<RequestTables>, who: Acting): Promise<OwnCounts> {
  const kind = kindOf(who)
  let read = own.get(kind)
  if (read === undefined) {
    read = prepareOwn(who)
    own.set(kind, read)
  }
  const [counts = { mine: 0, toFinish: 0, toClaim: 0 }] = await read(db, { account: who.account.id })
  return counts
}

/** Parties and open offers of some requests, by request. */
export async function readPlacements(
  db: Kysely<RequestTables>,
  requests: readonly string[],
): Promise<Map<string, Placement>> {
  const ids = listed(requests)
  const parties = byRequest(await readParties(db, { ids }))
  const offers = byRequest(await readOpenOffers(db, { ids }))
  const successors = new Map(
    (await readHandovers(db, { ids })).map(({ request, account }) => [request, account]),
  )
  return new Map(
    requests.map(request => [
      request,
      {
        successor: successors.get(request),
        parties: parties.get(request) ?? [],
        offered: new Set((offers.get(request) ?? []).map(offer => offer.account)),
      },
    ]),
  )
}

function byRequest<Row extends { request: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const found = new Map<string, Row[]>()
  for (const row of rows) {
    const known = found.get(row.request)
    if (known === undefined) found.set(row.request, [row])
    else known.push(row)
  }
  return found
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
  const links = byRequest(await readLinks(db, { ids: listed(requests) }))
  return new Map(
    requests.map(request => [request, (links.get(request) ?? []).map(link => link.StudyInstanceUID)]),
  )
}
