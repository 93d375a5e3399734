import type { Migration } from '../database.js'
import type { RecallChannel, RecallOutcome, RecallState, RecallWhat } from './view.js'

/** Times are UTC milliseconds. */
export interface RecallRecord {
  id: string
  request: string
  reference: string
  site: string
  what: RecallWhat
  channel: RecallChannel
  /** A peer, an account, a share, a call. */
  destination: string
  name: string
  /** The rejection whose note goes there. */
  rejection: string | null
  state: RecallState
  reason: string | null
  opened_at: number
  done_at: number | null
  outcome: RecallOutcome | null
  done_by: string | null
  note: string | null
}

export interface RecallTables {
  recalls: RecallRecord
  /** The rejections by which an act was withdrawn. */
  recall_rejections: { rejection: string; request: string; what: RecallWhat }
}

export const recallMigrations: readonly Migration[] = [
  {
    name: 'recalls-1',
    sql: `
CREATE TABLE recalls (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL REFERENCES requests (id),
  reference TEXT NOT NULL,
  site TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('report', 'images', 'finding')),
  channel TEXT NOT NULL CHECK (channel IN ('pacs', 'person', 'link', 'telephone')),
  destination TEXT NOT NULL,
  name TEXT NOT NULL,
  rejection TEXT,
  state TEXT NOT NULL CHECK (state IN ('noted', 'open', 'done')),
  reason TEXT,
  opened_at INTEGER NOT NULL,
  done_at INTEGER,
  outcome TEXT,
  done_by TEXT,
  note TEXT,
  UNIQUE (request, what, channel, destination)
) STRICT;
CREATE INDEX recalls_open ON recalls (site, id) WHERE state = 'open';
CREATE INDEX recalls_by_rejection ON recalls (rejection, destination);
CREATE TABLE recall_rejections (
  rejection TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  what TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
  },
]
