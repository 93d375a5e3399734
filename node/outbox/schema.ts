import type { Migration } from '../database.js'

export type JobState = 'waiting' | 'running' | 'done' | 'parked' | 'given-up' | 'cancelled'

export interface OutboxTables {
  outbox: {
    id: string
    lane: string
    kind: string
    key: string
    body: string
    site: string | null
    priority: number
    due_at: number
    state: JobState
    attempts: number
    ambiguous: 0 | 1
    reason: string | null
    failure: 'transient' | 'ambiguous' | 'permanent' | null
    created_at: number
    settled_at: number | null
  }
}

export const outboxMigrations: Migration[] = [
  {
    name: 'outbox-1',
    sql: `
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  lane TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  site TEXT,
  priority INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'parked', 'given-up', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  ambiguous INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  failure TEXT,
  created_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (lane, priority, due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_open ON outbox (state) WHERE state IN ('waiting', 'running', 'parked');
`,
  },
  {
    name: 'outbox-2',
    sql: `
-- What each lane has that is due first, however many wait in it.
CREATE INDEX outbox_first ON outbox (lane, kind, due_at) WHERE state = 'waiting';
`,
  },
]
