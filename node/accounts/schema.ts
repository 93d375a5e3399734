import type { Migration } from '../database.js'
import type { Language, Role } from './view.js'

export interface AccountTables {
  accounts: {
    id: string
    /** Lower case. */
    email: string
    name: string
    language: Language
    phone: string | null
    /** argon2id in PHC form; null until an invited person sets it. */
    password: string | null
    state: 'active' | 'invited' | 'disabled'
    created_at: number
    last_sign_in_at: number | null
  }
  memberships: {
    id: string
    account: string
    site: string
    role: Role
    created_at: number
    ended_at: number | null
  }
  sessions: {
    id: string
    /** SHA-256 of the secret in the cookie. */
    digest: Buffer
    account: string
    membership: string
    created_at: number
    seen_at: number
    ends_at: number
    ended_at: number | null
  }
  /** What programs show instead of a password. */
  tokens: {
    id: string
    /** SHA-256 of the secret. */
    digest: Buffer
    name: string
    account: string
    membership: string
    /** Space-separated actions of the permission table. */
    rights: string
    created_at: number
    expires_at: number
    used_at: number | null
    /** Address of the last use. */
    used_from: string | null
    revoked_at: number | null
  }
}

export const accountMigrations: readonly Migration[] = [
  {
    name: 'accounts-1',
    sql: `
      CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        language TEXT NOT NULL CHECK (language IN ('fr', 'en')),
        phone TEXT,
        password TEXT,
        state TEXT NOT NULL CHECK (state IN ('active', 'invited', 'disabled')),
        created_at INTEGER NOT NULL,
        last_sign_in_at INTEGER
      ) STRICT;
      CREATE TABLE memberships (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES accounts (id),
        site TEXT NOT NULL REFERENCES sites (id),
        role TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        ended_at INTEGER
      ) STRICT;
      CREATE UNIQUE INDEX memberships_live ON memberships (account, site, role) WHERE ended_at IS NULL;
      CREATE INDEX memberships_site ON memberships (site, role) WHERE ended_at IS NULL;
      CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        account TEXT NOT NULL REFERENCES accounts (id),
        membership TEXT NOT NULL REFERENCES memberships (id),
        created_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        ended_at INTEGER
      ) STRICT;
      CREATE INDEX sessions_account ON sessions (account, seen_at);
      CREATE INDEX sessions_ends_at ON sessions (ends_at);
      CREATE TABLE one_time_links (
        digest BLOB PRIMARY KEY,
        purpose TEXT NOT NULL CHECK (purpose IN ('first-operator', 'invitation')),
        account TEXT REFERENCES accounts (id),
        expires_at INTEGER NOT NULL,
        used_at INTEGER
      ) STRICT;
    `,
  },
  {
    name: 'accounts-2',
    sql: `
      CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        account TEXT NOT NULL REFERENCES accounts (id),
        membership TEXT NOT NULL REFERENCES memberships (id),
        rights TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        used_at INTEGER,
        used_from TEXT,
        revoked_at INTEGER
      ) STRICT;
      CREATE INDEX tokens_membership ON tokens (membership);
      CREATE INDEX tokens_account ON tokens (account);
    `,
  },
  {
    // Links are one service now; those already handed out go on working.
    name: 'accounts-3',
    sql: `
      INSERT INTO links (id, digest, purpose, subject, site, made_at, expires_at, code, tries_left, closed_at, closed)
        SELECT 'lnk_' || lower(hex(randomblob(13))), digest, purpose, coalesce(account, ''), NULL,
          max(0, expires_at - 259200000), expires_at, NULL, 0, used_at, iif(used_at IS NULL, NULL, 'used')
        FROM one_time_links;
      DROP TABLE one_time_links;
    `,
  },
]
