import { type ExpressionBuilder, sql } from 'kysely'
import { reachOf } from '../accounts/permissions.js'
import type { AccountTables } from '../accounts/schema.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Sites } from '../sites/sites.js'
import { wallAt } from '../zone.js'
import { monthOf, periodsOf } from './periods.js'
import type { ActivityCell, ActivityRecord, ActivityTables } from './schema.js'
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

  async function cellsOf(who: Acting, query: ActivityQuery, period: Pick<ActivityCell, 'grain' | 'period'>) {
    const cells = await reading()
      .selectFrom('activity_cells')
      .selectAll()
      .where('grain', '=', period.grain)
      .where('period', '=', period.period)
      .where(eb => eb.and([counted(eb, who), ...filtersOf(eb, query)]))
      .execute()
    // Other questions have their turn between two periods.
    await new Promise<void>(resolve => setImmediate(resolve))
    return cells
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
    const total = emptyTally()
    const rows = new Map<string, Tally>()
    const seen = { site: new Set<string>(), reading_site: new Set<string>(), reader: new Set<string>() }
    const modalities = new Set<string>()
    const column = COLUMN_OF[query.by]
    for (const period of periodsOf(from, to, query.by === 'day')) {
      for (const cell of await cellsOf(who, query, period)) {
        const tally = JSON.parse(cell.tally) as Tally
        addTally(total, tally)
        for (const name of ['site', 'reading_site', 'reader'] as const)
          if (cell[name] !== '') seen[name].add(cell[name])
        modalities.add(cell.modality)
        if (query.by === 'hour') continue
        const key = column === undefined ? cell.period.slice(0, query.by === 'month' ? 7 : 10) : cell[column]
        const row = rows.get(key) ?? emptyTally()
        addTally(row, tally)
        rows.set(key, row)
      }
    }
    const [names, people] = [await siteNames(), await namesOf(seen.reader)]
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
      total: totalsOf(total),
      items: items.sort(inTime(query.by) ? byKey : byRequests),
      hours: hoursOf(total),
      known: {
        sites: listed(seen.site, names),
        groups: listed(seen.reading_site, names),
        radiologists: listed(seen.reader, people),
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
      await new Promise<void>(resolve => setImmediate(resolve))
    }
  }

  return { read, acts, timeZone }
}

type Counted = ExpressionBuilder<ActivityTables, 'activity_cells'> &
  ExpressionBuilder<ActivityTables, 'activity_acts'>

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

// biome-ignore lint/suspicious/noExplicitAny: the same columns of two tables
function filtersOf(eb: ExpressionBuilder<ActivityTables, any>, query: ActivityFilters) {
  const each = eb as unknown as Counted
  const { site, group, radiologist, modality, kind, urgency } = query
  return [
    ...(site === undefined ? [] : [each('site', '=', site)]),
    ...(group === undefined ? [] : [each('reading_site', '=', group)]),
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
