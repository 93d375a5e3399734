import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ExpressionBuilder, sql } from 'kysely'
import { reachOf } from '../accounts/permissions.js'
import type { AccountTables } from '../accounts/schema.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Sites } from '../sites/sites.js'
import { wallAt } from '../zone.js'
import { addPacked, addParts, addToSum, emptySum } from './packed.js'
import { monthOf, type Period, periodsOf } from './periods.js'
import { type ActivityCell, type ActivityRecord, type ActivityTables, SHAPES, type Shape } from './schema.js'
import { addTally, emptyTally, intervalOf, type Tally, totalsOf } from './tally.js'
import type { ActivityBy, ActivityFilters, ActivityRow, ActivityView } from './view.js'

export interface ActivityQuery extends ActivityFilters {
  /** YYYY-MM-DD; without both, this month. */
  from?: string
  to?: string
}

export interface Activity {
  /** Counts and delays of those acts the person may count. Throws `invalid` for days that are none. */
  read(who: Acting, query: ActivityQuery & { by: ActivityBy }): Promise<ActivityView>
  /** The acts themselves, by the day of their submission, some at a time. Throws `invalid` for days that are none. */
  acts(who: Acting, query: ActivityQuery): AsyncGenerator<readonly NamedAct[]>
  timeZone: string
}

/** An act with the names of what it says. */
export interface NamedAct extends ActivityRecord {
  siteName: string
  groupName: string
  readerName: string
}

const ACTS_AT_ONCE = 1000
/** Periods whose sums are read in one question. */
const PERIODS_AT_ONCE = 16

type Placed = Pick<ActivityCell, 'period' | 'site' | 'reading_site'>

/** What may be asked of each side of the cells. */
const FILTER_OF = { reader: 'radiologist', modality: 'modality', kind: 'kind', urgency: 'urgency' } as const

/** The column of each way to put acts together; of the others the period or the hour says it. */
const COLUMN_OF: Partial<Record<ActivityBy, keyof ActivityCell>> = {
  site: 'site',
  group: 'reading_site',
  radiologist: 'reader',
  modality: 'modality',
  kind: 'kind',
  urgency: 'urgency',
}

export function openActivity({
  db,
  clock,
  sites,
  timeZone,
}: {
  db: Database
  clock: Clock
  sites: Pick<Sites, 'sites'>
  timeZone: string
}): Activity {
  const reading = () => db.sql<ActivityTables>()

  async function cellsOf(who: Acting, query: ActivityQuery, { grain, period }: Period) {
    const cells = await reading()
      .selectFrom('activity_cells')
      .selectAll()
      .where('grain', '=', grain)
      .where('period', '=', period)
      .where(eb => eb.and([counted(eb, who), ...filtersOf(eb, query)]))
      .execute()
    // Other questions have their turn between two periods.
    await nextTurn()
    return cells
  }

  /** Of some periods of one grain whose cells were put together along this side. */
  async function sumsOf(who: Acting, query: ActivityQuery, shape: Shape, [first, ...more]: Period[]) {
    if (first === undefined) return []
    const periods = [first, ...more].map(({ period }) => period)
    const filter = shape === 'all' ? undefined : query[FILTER_OF[shape]]
    const sums = await reading()
      .selectFrom('activity_sums')
      .select(['period', 'site', 'reading_site', 'key', 'packed'])
      .where('grain', '=', first.grain)
      .where('shape', '=', shape)
      .where('period', 'in', periods)
      .where(eb => eb.and([counted(eb, who), ...placesOf(eb, query)]))
      .$if(filter !== undefined, sql => sql.where('key', '=', filter as string))
      .execute()
    await nextTurn()
    return sums
  }

  function daysOf({ from, to }: ActivityQuery) {
    const today = wallAt(clock.now(), timeZone).date
    const month = monthOf(from ?? to ?? today)
    return { from: from ?? month.from, to: to ?? month.to }
  }

  async function namesOf(accounts: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const rows = await db
      .sql<AccountTables>()
      .selectFrom('accounts')
      .select(['id', 'name'])
      .where(sql<boolean>`id IN (SELECT value FROM json_each(${JSON.stringify([...accounts])}))`)
      .execute()
    return new Map([...rows.map(({ id, name }) => [id, name] as const)])
  }

  const siteNames = async () => new Map((await sites.sites()).map(({ id, name }) => [id, name]))

  async function read(who: Acting, query: ActivityQuery & { by: ActivityBy }): Promise<ActivityView> {
    const { from, to } = daysOf(query)
    const total = emptySum()
    const rows = new Map<string, Tally>()
    const seen = { site: new Set<string>(), reading_site: new Set<string>() }
    const column = COLUMN_OF[query.by]
    /** The tally of the row these belong to; undefined where there are no rows. */
    const rowOf = (one: Placed & Partial<ActivityCell>, key?: string): Tally | undefined => {
      for (const name of ['site', 'reading_site'] as const) if (one[name] !== '') seen[name].add(one[name])
      if (query.by === 'hour') return undefined
      const named =
        column === undefined
          ? one.period.slice(0, query.by === 'month' ? 7 : 10)
          : (one[column as 'site'] ?? key ?? '')
      const row = rows.get(named) ?? emptyTally()
      rows.set(named, row)
      return row
    }
    const shape = shapeOf(who, query)
    const unsummed = await reading().selectFrom('activity_unsummed').select(['grain', 'period']).execute()
    const torn = new Set(unsummed.map(({ grain, period }) => `${grain} ${period}`))
    const isSummed = ({ grain, period }: Period) => shape !== undefined && !torn.has(`${grain} ${period}`)
    for (const periods of runsOf(periodsOf(from, to, query.by === 'day'), isSummed)) {
      if (shape !== undefined && periods[0] !== undefined && isSummed(periods[0])) {
        for (const sum of await sumsOf(who, query, shape, periods)) {
          const packed = addPacked(total, sum.packed)
          const row = rowOf(sum, sum.key)
          if (row !== undefined) addParts(row, packed)
        }
        continue
      }
      for (const period of periods)
        for (const cell of await cellsOf(who, query, period)) {
          const tally = JSON.parse(cell.tally) as Tally
          addToSum(total, tally, cell.reader, cell.modality)
          const row = rowOf(cell)
          if (row !== undefined) addTally(row, tally)
        }
    }
    const [names, people] = [await siteNames(), await namesOf(total.readers)]
    const label = (key: string) =>
      query.by === 'radiologist' ? (people.get(key) ?? key) : (names.get(key) ?? key)
    const items: ActivityRow[] = [...rows].map(([key, tally]) => ({
      key,
      label: label(key),
      ...totalsOf(tally),
    }))
    const listed = (ids: Iterable<string>, of: ReadonlyMap<string, string>) =>
      [...ids].map(id => ({ id, name: of.get(id) ?? id })).sort((a, b) => a.name.localeCompare(b.name))
    return {
      from,
      to,
      timeZone,
      by: query.by,
      total: totalsOf(total.tally),
      items: items.sort(inTime(query.by) ? byKey : byRequests),
      hours: hoursOf(total.tally),
      known: {
        sites: listed(seen.site, names),
        groups: listed(seen.reading_site, names),
        radiologists: listed(total.readers, people),
        modalities: [...total.modalities].sort(),
      },
    }
  }

  function acts(who: Acting, query: ActivityQuery): AsyncGenerator<readonly NamedAct[]> {
    const days = daysOf(query)
    periodsOf(days.from, days.to, false) // refuses days that are none, before anything is sent
    return pagesOf(who, query, days)
  }

  async function* pagesOf(
    who: Acting,
    query: ActivityQuery,
    { from, to }: { from: string; to: string },
  ): AsyncGenerator<readonly NamedAct[]> {
    const names = await siteNames()
    let after = { day: from, request: '' }
    for (;;) {
      const page = await reading()
        .selectFrom('activity_acts')
        .selectAll()
        .where('day', '<=', to)
        .where(eb => eb(eb.refTuple('day', 'request'), '>', eb.tuple(after.day, after.request)))
        .where('submitted_at', 'is not', null)
        .where('state', '<>', 'entered-in-error')
        .where(eb => eb.and([counted(eb, who), ...filtersOf(eb, query)]))
        .orderBy('day')
        .orderBy('request')
        .limit(ACTS_AT_ONCE)
        .execute()
      const people = await namesOf(new Set(page.map(({ reader }) => reader)))
      if (page.length > 0)
        yield page.map(act => ({
          ...act,
          siteName: names.get(act.site) ?? act.site,
          groupName: names.get(act.reading_site) ?? act.reading_site,
          readerName: people.get(act.reader) ?? act.reader,
        }))
      const last = page.at(-1)
      if (last === undefined || page.length < ACTS_AT_ONCE) return
      after = { day: last.day, request: last.request }
      await nextTurn()
    }
  }

  return { read, acts, timeZone }
}

/**
 * Along which side the cells need to be put together for a question; undefined where it looks along several. Whoever
 * counts only their own has few cells.
 */
function shapeOf(who: Acting, query: ActivityQuery & { by: ActivityBy }): Shape | undefined {
  if (who.membership.role === 'radiologist') return undefined
  const column = COLUMN_OF[query.by]
  const sides = SHAPES.filter(
    shape => shape !== 'all' && (shape === column || query[FILTER_OF[shape]] !== undefined),
  )
  return sides.length > 1 ? undefined : (sides[0] ?? 'all')
}

/** Periods that are read alike, some at a time: of one grain, and either all of them summed or none. */
function runsOf(periods: readonly Period[], isSummed: (period: Period) => boolean): Period[][] {
  const runs: Period[][] = []
  for (const period of periods) {
    const run = runs.at(-1)
    const first = run?.[0]
    const isAlike = first?.grain === period.grain && isSummed(first) === isSummed(period)
    if (run !== undefined && isAlike && run.length < PERIODS_AT_ONCE) run.push(period)
    else runs.push([period])
  }
  return runs
}

type Counted = ExpressionBuilder<ActivityTables, 'activity_cells'> &
  ExpressionBuilder<ActivityTables, 'activity_acts'>
type AnyPlace = Counted & ExpressionBuilder<ActivityTables, 'activity_sums'>

/** Those the person may count: what their site asked for, what their group reads; a radiologist's own, and no other's. */
// biome-ignore lint/suspicious/noExplicitAny: the same columns of two tables
function counted(eb: ExpressionBuilder<ActivityTables, any>, who: Acting) {
  const each = eb as unknown as Counted
  const { role, site, everySite } = who.membership
  const reach = reachOf(who, 'activity.see')
  if (role === 'radiologist')
    return each.and([each('reading_site', '=', site), each('reader', '=', who.account.id)])
  if (everySite === true && reach.own) return sql<boolean>`1`
  return each.or([
    ...(reach.own ? [each('site', '=', site)] : []),
    ...(reach.party ? [each('reading_site', '=', site)] : []),
  ])
}

// biome-ignore lint/suspicious/noExplicitAny: the same columns of three tables
function placesOf(eb: ExpressionBuilder<ActivityTables, any>, { site, group }: ActivityFilters) {
  const each = eb as unknown as AnyPlace
  return [
    ...(site === undefined ? [] : [each('site', '=', site)]),
    ...(group === undefined ? [] : [each('reading_site', '=', group)]),
  ]
}

// biome-ignore lint/suspicious/noExplicitAny: the same columns of two tables
function filtersOf(eb: ExpressionBuilder<ActivityTables, any>, query: ActivityFilters) {
  const each = eb as unknown as Counted
  const { radiologist, modality, kind, urgency } = query
  return [
    ...placesOf(eb, query),
    ...(radiologist === undefined ? [] : [each('reader', '=', radiologist)]),
    ...(modality === undefined ? [] : [each('modality', '=', modality)]),
    ...(kind === undefined ? [] : [each('kind', '=', kind)]),
    ...(urgency === undefined ? [] : [each('urgency', '=', urgency)]),
  ]
}

const inTime = (by: ActivityBy) => by === 'month' || by === 'day'
const byKey = (a: ActivityRow, b: ActivityRow) => a.key.localeCompare(b.key)
const byRequests = (a: ActivityRow, b: ActivityRow) => b.requests - a.requests || byKey(a, b)

function hoursOf(tally: Tally): ActivityView['hours'] {
  return Array.from({ length: 24 }, (_, hour) => {
    const reported = intervalOf(tally.hours[hour]?.reported)
    return {
      hour,
      requests: tally.hours[hour]?.requests ?? 0,
      ...(reported === undefined ? {} : { reported }),
    }
  })
}
