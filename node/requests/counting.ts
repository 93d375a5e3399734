import { type Kysely, sql } from 'kysely'
import type { Role } from '../accounts/view.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Journal } from '../journal/journal.js'
import type { RequestTables } from './schema.js'
import { openShared } from './shared.js'
import {
  among,
  type Bounded,
  COUNTED_MAX,
  type Counts,
  GOING_ON,
  type OwnCounts,
  readOwnCounts,
  readSharedCounts,
  type SharedCounts,
  TO_FINISH,
} from './worklist.js'
import { reachesOf, readTallies, rowsOf, seenBy, standingOffers } from './worklist-keys.js'

/** So many who are alike are counted for one by one after a change; where more ask, all of them at once. */
const ALONE_MAX = 5
/** Rows that are looked at to count for all at once: a few milliseconds. Where there are more, each is counted for alone. */
const ROWS_MAX = 2000
const BOUNDED: readonly Bounded[] = ['toClaim', 'mine', 'toFinish', 'late']
const NOTHING: OwnCounts = { mine: 0, toFinish: 0, toClaim: 0 }

/** Counts as everybody has them who is alike and has as much of their own: made once, and given to all of them. */
export function openCounting(deps: {
  db: Database
  clock: Clock
  journal: Pick<Journal, 'onCommit'>
}): (who: Acting) => Promise<Counts> {
  const { db, clock } = deps
  const reading = () => db.sql<RequestTables>()
  const counted = openShared<{
    shared: SharedCounts
    asked: number
    all?: Promise<ReadonlyMap<string, OwnCounts> | undefined>
    given: Map<string, Counts>
  }>(deps)

  return async who => {
    const kept = await counted(who, {}, async () => ({
      shared: await readSharedCounts(reading(), who, clock.now()),
      asked: 0,
      given: new Map(),
    }))
    kept.asked++
    if (kept.asked > ALONE_MAX) kept.all ??= readOwnOfAll(reading(), who)
    const all = await kept.all
    const own = all === undefined ? await readOwnCounts(reading(), who) : (all.get(who.account.id) ?? NOTHING)
    const key = `${own.mine} ${own.toFinish} ${own.toClaim}`
    const given = kept.given.get(key) ?? Object.freeze(countsOf(kept.shared, own, who.membership.role))
    kept.given.set(key, given)
    return given
  }
}

/** The counts as they are said. What is counted row by row says no more than that there are more than so many. */
export function countsOf({ offered, late, all, former }: SharedCounts, own: OwnCounts, role: Role): Counts {
  const rows = { ...own, late }
  const more = BOUNDED.filter(
    list => rows[list] > COUNTED_MAX && (list !== 'toClaim' || role === 'radiologist'),
  )
  const said = (list: Bounded) => Math.min(rows[list], COUNTED_MAX)
  return {
    toClaim: role === 'radiologist' ? said('toClaim') : offered,
    mine: said('mine'),
    toFinish: said('toFinish'),
    late: said('late'),
    ...{ all, former, more },
  }
}

/**
 * What each of those who are alike has of their own, by account; who has nothing is not named. Undefined where that is
 * more than is looked at for it, or spread over every site.
 */
export async function readOwnOfAll(
  db: Kysely<RequestTables>,
  who: Acting,
  max = ROWS_MAX,
): Promise<Map<string, OwnCounts> | undefined> {
  const { site, everySite, role } = who.membership
  if (everySite === true) return undefined
  const reaches = reachesOf(who)
  const goesOn = (await readTallies(db, site)).filter(
    ({ relation, state }) => reaches.some(one => one === relation) && GOING_ON.some(one => one === state),
  )
  if (goesOn.reduce((sum, { n }) => sum + n, 0) > max) return undefined
  const reads = role === 'radiologist'
  if (reads && (await openOffers(db, max)) > max) return undefined

  const found = new Map<string, OwnCounts>()
  const add = (account: string, { mine = 0, toFinish = 0, toClaim = 0 }: Partial<OwnCounts>) => {
    const known = found.get(account) ?? NOTHING
    found.set(account, {
      mine: known.mine + Math.min(mine, COUNTED_MAX + 1),
      toFinish: known.toFinish + Math.min(toFinish, COUNTED_MAX + 1),
      toClaim: known.toClaim + Math.min(toClaim, COUNTED_MAX + 1),
    })
  }
  const person = sql.ref(reads ? 'requests.holder' : 'requests.created_by')
  const arms = reaches.map(
    relation => sql`
      SELECT ${person} AS account, requests.state, requests.report_state
      FROM requests INDEXED BY ${sql.raw(relation === 'own' ? 'requests_of_site' : 'requests_of_group')}
      WHERE ${rowsOf(relation, site)} AND requests.state IN (${among(GOING_ON)}) AND ${person} IS NOT NULL`,
  )
  if (arms.length === 0) return found
  const { rows } = await sql<{ account: string; mine: number; toFinish: number }>`
    SELECT account, count(*) AS mine, count(*) FILTER (WHERE ${TO_FINISH}) AS toFinish
    FROM (${sql.join(arms, sql` UNION ALL `)}) AS requests GROUP BY account`.execute(db)
  for (const { account, mine, toFinish } of rows) add(account, { mine, toFinish })
  if (!reads) return found
  const offers = await sql<{ account: string; toClaim: number }>`
    SELECT o.account, count(*) AS toClaim FROM ${standingOffers(seenBy(who))} GROUP BY o.account`.execute(db)
  for (const { account, toClaim } of offers.rows) add(account, { toClaim })
  return found
}

async function openOffers(db: Kysely<RequestTables>, max: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM (
    SELECT 1 FROM request_offers INDEXED BY request_offers_open WHERE outcome IN ('offered', 'seen') LIMIT ${max + 1})`.execute(
    db,
  )
  return rows[0]?.n ?? 0
}
