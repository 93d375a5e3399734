import type { Migration } from '../database.js'
import type { Closing, LinkPurpose } from './rules.js'

/** Times are UTC milliseconds. */
export interface LinkTables {
  links: {
    id: string
    /** SHA-256 of the secret in the link. */
    digest: Buffer
    purpose: LinkPurpose
    /** Id of what it is for: an account, an inbox, a notice; empty for the first operator. */
    subject: string
    site: string | null
    made_at: number
    expires_at: number
    /** SHA-256 of `subject` and code; null where no code is asked for. */
    code: Buffer | null
    tries_left: number
    closed_at: number | null
    closed: Closing | null
  }
  link_openings: { link: string; at: number; address: string; user_agent: string }
}

export const linkMigrations: readonly Migration[] = [
  {
    name: 'links-1',
    sql: `
      CREATE TABLE links (
        id TEXT PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        purpose TEXT NOT NULL,
        subject TEXT NOT NULL,
        site TEXT,
        made_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        code BLOB,
        tries_left INTEGER NOT NULL,
        closed_at INTEGER,
        closed TEXT CHECK (closed IN ('used', 'revoked', 'guessed', 'replaced')),
        CHECK ((closed_at IS NULL) = (closed IS NULL))
      ) STRICT;
      CREATE INDEX links_subject ON links (purpose, subject);
      CREATE TABLE link_openings (
        link TEXT NOT NULL REFERENCES links (id),
        at INTEGER NOT NULL,
        address TEXT NOT NULL,
        user_agent TEXT NOT NULL
      ) STRICT;
      CREATE INDEX link_openings_of ON link_openings (link, at);
    `,
  },
]
