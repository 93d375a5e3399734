import type { Database } from '../database.js'
import type { Said } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { JobState, OutboxTables } from './schema.js'

export const SYSTEM: Origin = { by: 'system', part: 'outbox' }

/** Said to who decides on a job that is not open any more, or runs. */
export const UNDER_WAY: Said = {
  fr: 'Cette tâche est en cours, ou déjà réglée.',
  en: 'This task is under way or already settled.',
}

/** A job that is neither done nor given up. Times are UTC milliseconds. */
export interface OpenJob {
  id: string
  lane: string
  kind: string
  site: string | null
  state: Extract<JobState, 'waiting' | 'running' | 'parked'>
  attempts: number
  dueAt: number
  createdAt: number
  reason: string | null
}

export interface OpenFilter {
  id?: string
  lane?: string
  kind?: string
  site?: string
  states?: readonly OpenJob['state'][]
  /** At most {@link OPEN_MAX}. */
  limit?: number
  /** The last job of the page before. */
  after?: OpenJob
}

const OPEN_MAX = 1000

/** Parked first, then by due time. */
export async function openJobs(db: Database, filter: OpenFilter = {}): Promise<OpenJob[]> {
  const { id, lane, kind, site, states, after } = filter
  let select = db
    .sql<OutboxTables>()
    .selectFrom('outbox')
    .select(['id', 'lane', 'kind', 'site', 'state', 'attempts', 'due_at', 'created_at', 'reason'])
    .where('state', 'in', states ?? ['waiting', 'running', 'parked'])
    .orderBy(eb => eb.case().when('state', '=', 'parked').then(0).else(1).end())
    .orderBy('due_at')
    .orderBy('id')
    .limit(Math.min(filter.limit ?? OPEN_MAX, OPEN_MAX))
  if (id !== undefined) select = select.where('id', '=', id)
  if (lane !== undefined) select = select.where('lane', '=', lane)
  if (kind !== undefined) select = select.where('kind', '=', kind)
  if (site !== undefined) select = select.where('site', '=', site)
  if (after !== undefined)
    select = select.where(eb =>
      eb(
        eb.tuple(
          eb.case().when('state', '=', 'parked').then(0).else(1).end(),
          eb.ref('due_at'),
          eb.ref('id'),
        ),
        '>',
        eb.tuple(after.state === 'parked' ? 0 : 1, after.dueAt, after.id),
      ),
    )
  return (await select.execute()).map(({ due_at, created_at, state, ...row }) => ({
    ...row,
    state: state as OpenJob['state'],
    dueAt: due_at,
    createdAt: created_at,
  }))
}
