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
    /** It counts from then on; null: since it was granted. */
    from_at: number | null
    /** It counts until then; null: without an end. `ended_at` follows. */
    until_at: number | null
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
    /** Where it began: address and User-Agent. */
    address: string | null
    agent: string | null
    /** Locked by the person, or by the page nobody used. */
    locked_at: number | null
    /** When the password or a passkey was last given in it. */
    confirmed_at: number | null
    /** When a second factor was last shown in it. */
    factor_at: number | null
    /** 1 while nothing is done with it before the password is changed. */
    change_password: 0 | 1
  }
  /** An authenticator application of an account. Secrets are sealed with the node's key. */
  authenticators: {
    account: string
    secret: Buffer | null
    /** Not counting yet: no code of it was shown. */
    proposed: Buffer | null
    proposed_at: number | null
    /** The time step of the last code that was used. */
    last_step: number
    since: number | null
  }
  passkeys: {
    id: string
    account: string
    name: string
    /** Credential id, base64url. */
    credential: string
    /** COSE key. */
    public_key: Buffer
    counter: number
    /** Space-separated, as the browser told them. */
    transports: string
    backed_up: 0 | 1
    created_at: number
    used_at: number | null
  }
  recovery_codes: {
    account: string
    /** Keyed digest of account and code. */
    digest: Buffer
    used_at: number | null
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
    /** When it got another secret; null: it has its first one. */
    rotated_at: number | null
    /** The last warning given that it ends, by the days left; null: none. */
    warned_days: number | null
  }
  /** Secrets of tokens that got another one: they work until they end. */
  token_old_secrets: {
    /** SHA-256. */
    digest: Buffer
    token: string
    ends_at: number
    used_at: number | null
  }
  /** Where a person stated that the screen they read at was checked: see `screens.ts`. */
  screens: {
    account: string
    /** SHA-256 of what their browser names itself by, hex. */
    device: string
    screen: string
    legal_basis: string
    check_said: string
    checked_on: string
    at: number
    until: number
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
  {
    name: 'accounts-second-factors',
    sql: `
      ALTER TABLE sessions ADD COLUMN address TEXT;
      ALTER TABLE sessions ADD COLUMN agent TEXT;
      ALTER TABLE sessions ADD COLUMN locked_at INTEGER;
      ALTER TABLE sessions ADD COLUMN confirmed_at INTEGER;
      ALTER TABLE sessions ADD COLUMN factor_at INTEGER;
      ALTER TABLE sessions ADD COLUMN change_password INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE authenticators (
        account TEXT PRIMARY KEY REFERENCES accounts (id),
        secret BLOB,
        proposed BLOB,
        proposed_at INTEGER,
        last_step INTEGER NOT NULL,
        since INTEGER
      ) STRICT;
      CREATE TABLE passkeys (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        credential TEXT NOT NULL UNIQUE,
        public_key BLOB NOT NULL,
        counter INTEGER NOT NULL,
        transports TEXT NOT NULL,
        backed_up INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        used_at INTEGER
      ) STRICT;
      CREATE INDEX passkeys_account ON passkeys (account);
      CREATE TABLE recovery_codes (
        account TEXT NOT NULL REFERENCES accounts (id),
        digest BLOB NOT NULL,
        used_at INTEGER,
        PRIMARY KEY (account, digest)
      ) STRICT;
    `,
  },
  {
    name: 'accounts-token-rotation',
    sql: `
      ALTER TABLE tokens ADD COLUMN rotated_at INTEGER;
      ALTER TABLE tokens ADD COLUMN warned_days INTEGER;
      CREATE TABLE token_old_secrets (
        digest BLOB PRIMARY KEY,
        token TEXT NOT NULL REFERENCES tokens (id),
        ends_at INTEGER NOT NULL,
        used_at INTEGER
      ) STRICT;
      CREATE INDEX token_old_secrets_token ON token_old_secrets (token, ends_at);
    `,
  },
  {
    name: 'accounts-screens',
    sql: `
CREATE TABLE screens (
  account TEXT NOT NULL REFERENCES accounts (id),
  device TEXT NOT NULL,
  screen TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  check_said TEXT NOT NULL,
  checked_on TEXT NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'accounts-validity',
    sql: `
      ALTER TABLE memberships ADD COLUMN from_at INTEGER;
      ALTER TABLE memberships ADD COLUMN until_at INTEGER;
      CREATE INDEX memberships_until ON memberships (until_at) WHERE ended_at IS NULL AND until_at IS NOT NULL;
    `,
  },
]
