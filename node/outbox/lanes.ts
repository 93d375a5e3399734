import { sql } from 'kysely'
import type { Database } from '../database.js'
import type { OutboxTables } from './schema.js'

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
