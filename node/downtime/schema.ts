import type { Migration } from '../database.js'
import type { PaperKind } from './view.js'

/** Times are UTC milliseconds. */
export interface PaperRow {
  id: string
  site: string
  /** YYYY-MM-DD, on the wall of the site. */
  day: string
  kind: PaperKind
  /** In `<data>/downtime`: a person finds it there when no screen answers. */
  file: string
  bytes: number
  sha256: string
  pages: number
  made_at: number
  /** Of a duty list: SHA-256 of who and what telephones it names. Null: made before this was kept, or forms. */
  names: string | null
}

export interface DowntimeTables {
  downtime_papers: PaperRow
}

export const downtimeMigrations: Migration[] = [
  {
    name: 'downtime-1',
    sql: `
CREATE TABLE downtime_papers (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  day TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('forms', 'duty')),
  file TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  pages INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  UNIQUE (site, day, kind)
) STRICT;
`,
  },
  {
    name: 'downtime-2',
    sql: 'ALTER TABLE downtime_papers ADD COLUMN names TEXT;',
  },
]
