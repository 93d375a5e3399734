import type { Generated } from 'kysely'
import type { Migration } from '../database.js'

export type TransferState = 'queued' | 'moving' | 'sent' | 'confirmed' | 'failed' | 'cancelled'

export interface ExchangeTables {
  routes: { id: string; position: number; enabled: 0 | 1; rule: string }
  transfers: {
    id: string
    study: string
    peer: string
    /** A route's id, `report:<id>`, `manual:<account>`. */
    cause: string
    state: TransferState
    priority: number
    /** Counts up each time something is added or it is tried anew by a person: names its outbox job. */
    generation: number
    job: string | null
    total: number
    sent: number
    failed: number
    confirmed: number
    /** Times in a row that the destination did not list what it had acknowledged. */
    unlisted: number
    bytes_total: number
    bytes_sent: number
    attempts: number
    queued_at: number
    started_at: number | null
    settled_at: number | null
    retry_at: number | null
    reason: string | null
  }
  transfer_instances: {
    id: Generated<number>
    transfer: string
    instance: number
    state: 'waiting' | 'sent' | 'confirmed' | 'failed'
    /** The last DIMSE status, as the peer gave it. */
    status: number | null
    reason: string | null
  }
}

export const exchangeMigrations: Migration[] = [
  {
    name: 'exchange-1',
    sql: `
CREATE TABLE routes (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  rule TEXT NOT NULL
) STRICT;
CREATE TABLE transfers (
  id TEXT PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  peer TEXT NOT NULL,
  cause TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'moving', 'sent', 'confirmed', 'failed', 'cancelled')),
  priority INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  job TEXT,
  total INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  unlisted INTEGER NOT NULL,
  bytes_total INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  settled_at INTEGER,
  retry_at INTEGER,
  reason TEXT,
  UNIQUE (study, peer, cause)
) STRICT;
CREATE INDEX transfers_by_time ON transfers (queued_at DESC, id);
CREATE INDEX transfers_open ON transfers (peer) WHERE state IN ('queued', 'moving', 'failed');
CREATE TABLE transfer_instances (
  id INTEGER PRIMARY KEY,
  transfer TEXT NOT NULL REFERENCES transfers (id),
  instance INTEGER NOT NULL REFERENCES instances (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'confirmed', 'failed')),
  status INTEGER,
  reason TEXT,
  UNIQUE (transfer, instance)
) STRICT;
CREATE INDEX transfer_instances_by_state ON transfer_instances (transfer, state);
`,
  },
]
