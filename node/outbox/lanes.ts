import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.js'
import { prepare } from '../database-prepared.js'
import type { JobState, OutboxTables } from './schema.js'

/**
 * When each lane has its first waiting job of these kinds, UTC milliseconds. It steps from one lane and kind to the next
 * over the index: ten thousand letters that wait cost no more to look at than one.
 */
export async function lanesDue(db: Database, kinds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ lane: string; kind: string; due_at: number }>`
    WITH RECURSIVE places (place) AS (
      SELECT (SELECT rowid FROM outbox WHERE state = 'waiting' ORDER BY lane, kind, due_at LIMIT 1)
      UNION ALL
      SELECT coalesce(
        (SELECT rowid FROM outbox WHERE state = 'waiting' AND lane = here.lane AND kind > here.kind
          ORDER BY kind, due_at LIMIT 1),
        (SELECT rowid FROM outbox WHERE state = 'waiting' AND lane > here.lane ORDER BY lane, kind, due_at LIMIT 1))
      FROM places CROSS JOIN outbox here ON here.rowid = places.place
    )
    SELECT lane, kind, due_at FROM places CROSS JOIN outbox ON outbox.rowid = places.place`.execute(
    db.sql<OutboxTables>(),
  )
  const due = new Map<string, number>()
  for (const { lane, kind, due_at } of rows)
    if (kinds.includes(kind)) due.set(lane, Math.min(due_at, due.get(lane) ?? Number.POSITIVE_INFINITY))
  return due
}

const JOB = {
  ...{ id: '', lane: '', kind: '', key: '', body: '', site: null as string | null },
  ...{ priority: 0, due_at: 0, created_at: 0 },
}

/** These run for every job: each is compiled once. Nothing is given back where the key was there already. */
export const insertJob = prepare(JOB, (db: Kysely<OutboxTables>, job) =>
  db
    .insertInto('outbox')
    .values({
      ...job,
      state: 'waiting',
      attempts: 0,
      ambiguous: 0,
      reason: null,
      failure: null,
      settled_at: null,
    })
    .onConflict(conflict => conflict.column('key').doNothing())
    .returning('id'),
)

/** The first of a lane that is due; `kinds`: a JSON array. */
export const firstDue = prepare(
  { lane: '', now: 0, kinds: '' },
  (db: Kysely<OutboxTables>, { lane, now, kinds }) => {
    const query = sql<OutboxTables['outbox']>`SELECT * FROM outbox INDEXED BY outbox_due
      WHERE lane = ${lane} AND state = 'waiting' AND due_at <= ${now} AND kind IN (SELECT value FROM json_each(${kinds}))
      ORDER BY priority, due_at, id LIMIT 1`
    return { compile: () => query.compile(db) }
  },
)

export const setRunning = prepare({ id: '', attempts: 0 }, (db: Kysely<OutboxTables>, { id, attempts }) =>
  db.updateTable('outbox').set({ state: 'running', attempts }).where('id', '=', id),
)

/** What became of the run of a job; nothing is given back where somebody cancelled it meanwhile: their decision stands. */
export const setSettled = prepare(
  {
    id: '',
    state: 'done' as JobState,
    due_at: 0,
    attempts: 0,
    ambiguous: 0 as 0 | 1,
    reason: null as string | null,
    failure: null as OutboxTables['outbox']['failure'],
    settled_at: null as number | null,
  },
  (db: Kysely<OutboxTables>, { id, ...settled }) =>
    db.updateTable('outbox').set(settled).where('id', '=', id).where('state', '=', 'running').returning('id'),
)
