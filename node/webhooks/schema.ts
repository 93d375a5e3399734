import type { Migration } from '../database.js'

/** Times are UTC milliseconds. */
export interface WebhookRow {
  id: string
  site: string
  name: string
  url: string
  /** JSON: the kinds of facts it wants. */
  kinds: string
  active: 0 | 1
  /** Of its secret; see `webhook-key.ts`. */
  version: number
  previous_until: number | null
  made_at: number
  ended_at: number | null
  ended_why: 'asked' | 'gone' | null
}

export interface DeliveryRow {
  id: string
  webhook: string
  kind: string
  /** The bytes that are sent, at every try the same. */
  body: string
  at: number
  state: 'waiting' | 'taken' | 'failed'
  attempts: number
  status: number | null
  reason: string | null
  tried_at: number | null
  settled_at: number | null
}

export interface WebhookTables {
  webhooks: WebhookRow
  webhook_deliveries: DeliveryRow
}

export const webhookMigrations: readonly Migration[] = [
  {
    name: 'webhooks-1',
    sql: `
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  kinds TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  version INTEGER NOT NULL,
  previous_until INTEGER,
  made_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_why TEXT CHECK (ended_why IN ('asked', 'gone'))
) STRICT;
CREATE INDEX webhooks_by_site ON webhooks (site, made_at);
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  webhook TEXT NOT NULL REFERENCES webhooks (id),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'failed')),
  attempts INTEGER NOT NULL,
  status INTEGER,
  reason TEXT,
  tried_at INTEGER,
  settled_at INTEGER
) STRICT;
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook, at DESC);
`,
  },
]
