import type { Migration } from '../database.js'
import type { AskItemKind } from './view.js'

/** What a reader asks back, and what is said of an exam that was done. Times are UTC milliseconds. */
export interface AskTables {
  request_asks: {
    id: string
    request: string
    text: string
    asked_by: string
    at: number
    answer: string | null
    answered_by: string | null
    answered_at: number | null
  }
  /** What was asked back, one by one. */
  request_ask_items: {
    id: string
    ask: string
    request: string
    position: number
    kind: AskItemKind
    text: string
    state: 'open' | 'answered' | 'unavailable'
    answer: string | null
    answered_by: string | null
    answered_at: number | null
  }
  /** How the exam was done; the last word stands. */
  request_exams: { request: string; details: string; at: number; by: string }
}

export const askMigration: Migration = {
  name: 'requests-form-4',
  sql: `
CREATE TABLE request_ask_items (
  id TEXT PRIMARY KEY,
  ask TEXT NOT NULL REFERENCES request_asks (id),
  request TEXT NOT NULL REFERENCES requests (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('series', 'reconstruction', 'prior', 'laboratory', 'consent', 'other')),
  text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'unavailable')),
  answer TEXT,
  answered_by TEXT,
  answered_at INTEGER
) STRICT;
CREATE INDEX request_ask_items_by_request ON request_ask_items (request, state);
-- What was asked in one text is one item.
INSERT INTO request_ask_items
SELECT 'itm' || substr(id, 4), id, request, 0, 'other', text,
  CASE WHEN answered_at IS NULL THEN 'open' ELSE 'answered' END, answer, answered_by, answered_at
FROM request_asks;
CREATE TABLE request_exams (
  request TEXT PRIMARY KEY REFERENCES requests (id),
  details TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
}
