import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ExpressionBuilder, sql } from 'kysely'
import { reachOf } from '../accounts/permissions.js'
import type { AccountTables } from '../accounts/schema.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Sites } from '../sites/sites.js'
import { wallAt } from '../zone.js'
import {
  addHoursTo,
  addPacked,
  addPackedHours,
  addTallyTo,
  type Count,
  emptyCount,
  emptyHours,
  hoursOf,
  totalsOf,
} from './count.js'
import type { Packed, PackedHours } from './packed.js'
import { monthOf, type Period, periodsOf } from './periods.js'
import {
  type ActivityCell,
  type ActivityRecord,
  type ActivitySum,
  type ActivityTables,
  SHAPES,
  type Shape,
} from './schema.js'
import type { Tally } from './tally.js'
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
type ReadSum = Placed & Pick<ActivitySum, 'key' | 'packed' | 'hours'>

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
  async function sumsOf(
    who: Acting,
    query: ActivityQuery,
    shape: Shape,
    [first, ...more]: Period[],
  ): Promise<ReadSum[]> {
    if (first === undefined) return []
    const periods = [first, ...more].map(({ period }) => period)
    const filter = shape === 'all' ? undefined : askedOf(who, query, shape)
    const sums = await reading()
      .selectFrom('activity_sums')
      .select(['period', 'site', 'reading_site', 'key', 'packed', 'hours'])
      .where('grain', '=', first.grain)
      .where('shape', '=', shape)
      .where('period', 'in', periods)
      .where(eb => eb.and([countedPlaces(eb, who), ...placesOf(eb, query)]))
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

  /** What was asked for, period by period: out of their sums where those are whole, else out of the cells. */
  async function walk(
    who: Acting,
    query: ActivityQuery,
    {
      shape,
      periods,
      torn,
    }: { shape: Shape | undefined; periods: readonly Period[]; torn: ReadonlySet<string> },
    each: { sum(sum: ReadSum): void; cell(cell: ActivityCell, tally: Tally): void },
  ): Promise<void> {
    const isSummed = ({ grain, period }: Period) => shape !== undefined && !torn.has(`${grain} ${period}`)
    for (const run of runsOf(periods, isSummed)) {
      if (shape !== undefined && run[0] !== undefined && isSummed(run[0]))
        for (const sum of await sumsOf(who, query, shape, run)) each.sum(sum)
      else
        for (const period of run)
          for (const cell of await cellsOf(who, query, period))
            each.cell(cell, JSON.parse(cell.tally) as Tally)
    }
  }

  async function read(who: Acting, query: ActivityQuery & { by: ActivityBy }): Promise<ActivityView> {
    const { from, to } = daysOf(query)
    const [whole, daily] = [periodsOf(from, to, false), query.by === 'day' ? periodsOf(from, to, true) : []]
    const total = emptyCount()
    const hours = emptyHours()
    const rows = new Map<string, Count>()
    const seen = { site: new Set<string>(), reading_site: new Set<string>() }
    const [readers, modalities] = [new Set<string>(), new Set<string>()]
    const column = COLUMN_OF[query.by]
    const see = (one: Placed) => {
      for (const name of ['site', 'reading_site'] as const) if (one[name] !== '') seen[name].add(one[name])
    }
    const rowOf = (one: Placed & Partial<ActivityCell>, key = ''): Count => {
      const named =
        column === undefined
          ? one.period.slice(0, query.by === 'month' ? 7 : 10)
          : (one[column as 'site'] ?? key)
      const row = rows.get(named) ?? emptyCount()
      rows.set(named, row)
      return row
    }
    const unsummed = await reading().selectFrom('activity_unsummed').select(['grain', 'period']).execute()
    const torn = new Set(unsummed.map(({ grain, period }) => `${grain} ${period}`))
    const shapes = { total: shapeOf(who, query, 'hour'), rows: shapeOf(who, query, query.by) }
    // Days and readers are many, and the whole is that of few months: what it needs beside them is read of those alone.
    const isApart = daily.length > 0 || shapes.total !== shapes.rows
    const areTogether = query.by !== 'hour' && !isApart
    await walk(
      who,
      query,
      { shape: shapes.total, periods: whole, torn },
      {
        sum: sum => {
          const packed = JSON.parse(sum.packed) as Packed
          see(sum)
          addPacked(total, packed)
          addPackedHours(hours, JSON.parse(sum.hours) as PackedHours)
          for (const reader of packed.r) readers.add(reader)
          for (const modality of packed.m) modalities.add(modality)
          if (areTogether) addPacked(rowOf(sum, sum.key), packed)
        },
        cell: (cell, tally) => {
          see(cell)
          addTallyTo(total, tally)
          addHoursTo(hours, tally)
          if (cell.reader !== '') readers.add(cell.reader)
          modalities.add(cell.modality)
          if (areTogether) addTallyTo(rowOf(cell), tally)
        },
      },
    )
    if (isApart)
      await walk(
        who,
        query,
        { shape: shapes.rows, periods: daily.length > 0 ? daily : whole, torn },
        {
          sum: sum => addPacked(rowOf(sum, sum.key), JSON.parse(sum.packed) as Packed),
          cell: (cell, tally) => addTallyTo(rowOf(cell), tally),
        },
      )
    const [names, people] = [await siteNames(), await namesOf(readers)]
    const label = (key: string) =>
      query.by === 'radiologist' ? (people.get(key) ?? key) : (names.get(key) ?? key)
    const items: ActivityRow[] = [...rows].map(([key, row]) => ({
      key,
      label: label(key),
      ...totalsOf(row),
    }))
    const listed = (ids: Iterable<string>, of: ReadonlyMap<string, string>) =>
      [...ids].map(id => ({ id, name: of.get(id) ?? id })).sort((a, b) => a.name.localeCompare(b.name))
    return {
      from,
      to,
      timeZone,
      by: query.by,
      total: totalsOf(total),
      items: items.sort(inTime(query.by) ? byKey : byRequests),
      hours: hoursOf(hours),
      known: {
        sites: listed(seen.site, names),
        groups: listed(seen.reading_site, names),
        radiologists: listed(readers, people),
        modalities: [...modalities].sort(),
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

/** Whom alone the person may count; undefined: not only themselves. */
const onlyOf = ({ membership, account }: Acting) =>
  membership.role === 'radiologist' ? account.id : undefined

/** What is asked of one side of the cells, by the person's rights too. */
function askedOf(who: Acting, query: ActivityFilters, side: keyof typeof FILTER_OF): string | undefined {
  return side === 'reader' ? (onlyOf(who) ?? query.radiologist) : query[FILTER_OF[side]]
}

/** Along which side the cells need to be put together for a question; undefined where it looks along several. */
function shapeOf(who: Acting, query: ActivityFilters, by: ActivityBy): Shape | undefined {
  const own = onlyOf(who)
  if (own !== undefined && query.radiologist !== undefined && query.radiologist !== own) return undefined
  const column = COLUMN_OF[by]
  const sides = SHAPES.filter(
    shape => shape !== 'all' && (shape === column || askedOf(who, query, shape) !== undefined),
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
  const own = onlyOf(who)
  return own === undefined
    ? countedPlaces(eb, who)
    : each.and([countedPlaces(eb, who), each('reader', '=', own)])
}

/** The same of sums, whose reader is said by their key. */
// biome-ignore lint/suspicious/noExplicitAny: the same columns of three tables
function countedPlaces(eb: ExpressionBuilder<ActivityTables, any>, who: Acting) {
  const each = eb as unknown as AnyPlace
  const { site, everySite } = who.membership
  const reach = reachOf(who, 'activity.see')
  if (onlyOf(who) !== undefined) return each('reading_site', '=', site)
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
