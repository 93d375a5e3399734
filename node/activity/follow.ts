import type { Tx } from '../database.js'
import type { StoredFact } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import { FACT_OF } from '../requests/lifecycle.js'
import type { RequestTables } from '../requests/schema.js'
import { isOurOwn } from '../requests/timeline.js'
import { wallAt } from '../zone.js'
import { afterFact, tallyOf } from './act.js'
import type { ActivityCell, ActivityRecord, ActivityTables } from './schema.js'
import { addTally, emptyTally, type Tally } from './tally.js'

const TYPES: readonly string[] = [
  ...new Set(Object.values(FACT_OF)),
  'request-created',
  'request-edited',
  'request-linked',
  'report-acknowledged',
  'study-received',
]

const GRAINS = ['day', 'month'] as const

/**
 * Keeps one row an act and their sums, from the journal alone: begun again from the first entry, it comes to the same.
 * Only what a request *is* (site, group, modality …) is read where it stands.
 */
export function activityFollower({ timeZone }: { timeZone: string }): Follower {
  return {
    name: 'activity',
    types: TYPES,
    replay: true,
    handle: async (fact, tx) => {
      for (const request of await requestsOf(tx, fact)) {
        const before = await actOf(tx, request)
        if (before === undefined) continue
        const { submitted_at, ...rest } = afterFact(before, fact)
        const placed = submitted_at === null ? undefined : wallAt(submitted_at, timeZone)
        const after = {
          ...rest,
          submitted_at,
          ...(await whatItIs(tx, request)),
          ...(placed === undefined ? {} : { day: placed.date, hour: Math.floor(placed.minute / 60) }),
        }
        if (JSON.stringify(before) === JSON.stringify(after)) continue
        await count(tx, before, -1)
        await tx.sql<ActivityTables>().replaceInto('activity_acts').values(after).execute()
        await count(tx, after, 1)
      }
    },
  }
}

/** The requests a fact is about: of a study, those that were linked to it by then. */
async function requestsOf(tx: Tx, fact: StoredFact): Promise<string[]> {
  if (fact.type !== 'study-received') return fact.ids['request'] === undefined ? [] : [fact.ids['request']]
  const uid = fact.body?.['StudyInstanceUID']
  if (typeof uid !== 'string' || fact.site === null || isOurOwn(fact)) return []
  const linked = await tx
    .sql<RequestTables>()
    .selectFrom('request_studies')
    .innerJoin('requests', 'requests.id', 'request_studies.request')
    .select('requests.id')
    .where('StudyInstanceUID', '=', uid)
    .where('requests.site', '=', fact.site)
    .where('linked_at', '<=', fact.at)
    .execute()
  return linked.map(({ id }) => id)
}

async function whatItIs(
  tx: Tx,
  request: string,
): Promise<
  Pick<ActivityRecord, 'reference' | 'site' | 'reading_site' | 'modality' | 'kind' | 'urgency'> | undefined
> {
  const row = await tx
    .sql<RequestTables>()
    .selectFrom('requests')
    .select(['reference', 'site', 'reading_site', 'modality', 'kind', 'urgency'])
    .where('id', '=', request)
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, reading_site: row.reading_site ?? '' }
}

/** The row as it is, or as it begins; undefined of a request that is not there any more. */
async function actOf(tx: Tx, request: string): Promise<ActivityRecord | undefined> {
  const known = await tx
    .sql<ActivityTables>()
    .selectFrom('activity_acts')
    .selectAll()
    .where('request', '=', request)
    .executeTakeFirst()
  if (known !== undefined) return known
  const is = await whatItIs(tx, request)
  if (is === undefined) return undefined
  return {
    request,
    ...is,
    reader: '',
    state: 'draft',
    day: '',
    hour: 0,
    submitted_at: null,
    claimed_at: null,
    accepted_at: null,
    images_at: null,
    reported_at: null,
    seen_at: null,
    entered_later: 0,
  }
}

async function count(tx: Tx, act: ActivityRecord, sign: 1 | -1): Promise<void> {
  const tally = tallyOf(act)
  if (tally === undefined) return
  for (const grain of GRAINS) await addToCell(tx, cellOf(act, grain), tally, sign)
}

export function cellOf(act: ActivityRecord, grain: ActivityCell['grain']): Omit<ActivityCell, 'tally'> {
  const { day, site, reading_site, reader, modality, kind, urgency } = act
  const period = grain === 'day' ? day : day.slice(0, 7)
  return { grain, period, site, reading_site, reader, modality, kind, urgency }
}

async function addToCell(tx: Tx, cell: Omit<ActivityCell, 'tally'>, tally: Tally, sign: 1 | -1) {
  const sql = tx.sql<ActivityTables>()
  const there = await sql
    .selectFrom('activity_cells')
    .select('tally')
    .where(eb => eb.and({ ...cell }))
    .executeTakeFirst()
  const sum = there === undefined ? emptyTally() : (JSON.parse(there.tally) as Tally)
  addTally(sum, tally, sign)
  if (sum.requests === 0)
    await sql
      .deleteFrom('activity_cells')
      .where(eb => eb.and({ ...cell }))
      .execute()
  else
    await sql
      .replaceInto('activity_cells')
      .values({ ...cell, tally: JSON.stringify(sum) })
      .execute()
}
