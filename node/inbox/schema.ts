import type { Language } from '../accounts/view.js'
import type { Migration } from '../database.js'

/** Times are UTC milliseconds. */
export interface InboxRow {
  id: string
  site: string
  preset: string | null
  recipient: string
  email: string | null
  phone: string | null
  purpose: string
  language: Language
  with_code: 0 | 1
  bytes_max: number
  made_by: string
  by_name: string
  made_at: number
  ends_at: number
  /** JSON of `InboxForm`. */
  form: string | null
  /** The upload under way, or the one that was handed over. */
  upload: string | null
  began_at: number | null
  import: string | null
  handed_at: number | null
  revoked_at: number | null
}

export interface InboxTables {
  inboxes: InboxRow
  /** Who was let in by a link, until the inbox ends. */
  inbox_visits: {
    /** SHA-256 of the secret in the cookie. */
    digest: Buffer
    inbox: string
    at: number
  }
}

export const inboxMigrations: readonly Migration[] = [
  {
    name: 'inbox-1',
    sql: `
CREATE TABLE inboxes (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  preset TEXT,
  recipient TEXT NOT NULL,
  email TEXT,
  phone TEXT,
  purpose TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('fr', 'en')),
  with_code INTEGER NOT NULL,
  bytes_max INTEGER NOT NULL,
  made_by TEXT NOT NULL REFERENCES accounts (id),
  by_name TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  form TEXT,
  upload TEXT UNIQUE,
  began_at INTEGER,
  import TEXT REFERENCES imports (id),
  handed_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX inboxes_by_site ON inboxes (site, made_at DESC, id);
CREATE INDEX inboxes_arriving ON inboxes (began_at) WHERE handed_at IS NULL AND began_at IS NOT NULL;
CREATE TABLE inbox_visits (
  digest BLOB PRIMARY KEY,
  inbox TEXT NOT NULL REFERENCES inboxes (id),
  at INTEGER NOT NULL
) STRICT;
`,
  },
]
