import type { Migration } from '../database.js'

export interface SiteTables {
  sites: {
    id: string
    name: string
    kind: 'requesting' | 'reading' | 'operator'
    issuer: string | null
    time_zone: string | null
    /** A JSON list; null where none is said. */
    telephones: string | null
    closed: 0 | 1
    changed_at: number
  }
  contracts: {
    id: string
    requesting: string
    reading: string
    /** JSON lists, as in `ContractView`. */
    modalities: string
    kinds: string
    urgencies: string
    /** JSON, as in `ContractView`; null = the defaults. */
    ladder: string | null
    /** JSON of what else a contract may say; null where it says nothing else. */
    terms: string | null
    changed_at: number
  }
  /** `sites`: a JSON list. */
  site_groups: { id: string; name: string; sites: string; closed: 0 | 1; changed_at: number }
  /** What the network file last said of each of its entries, and how the node had it then: texts of `merging.ts`. */
  network_file: { kind: string; id: string; said: string; stood: string; applied_at: number }
}

export const siteMigrations: readonly Migration[] = [
  {
    name: 'sites-1',
    sql: `
      CREATE TABLE sites (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('requesting', 'reading', 'operator')),
        issuer TEXT,
        changed_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE contracts (
        id TEXT PRIMARY KEY,
        requesting TEXT NOT NULL REFERENCES sites (id),
        reading TEXT NOT NULL REFERENCES sites (id),
        modalities TEXT NOT NULL,
        kinds TEXT NOT NULL,
        urgencies TEXT NOT NULL,
        changed_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  { name: 'sites-2', sql: 'ALTER TABLE contracts ADD COLUMN ladder TEXT;' },
  {
    name: 'sites-3',
    sql: `
      ALTER TABLE sites ADD COLUMN time_zone TEXT;
      ALTER TABLE contracts ADD COLUMN terms TEXT;
      CREATE TABLE site_groups (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        sites TEXT NOT NULL,
        changed_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'sites-4',
    sql: `
      ALTER TABLE sites ADD COLUMN telephones TEXT;
      ALTER TABLE sites ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
      ALTER TABLE site_groups ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
      CREATE TABLE network_file (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        said TEXT NOT NULL,
        stood TEXT NOT NULL,
        applied_at INTEGER NOT NULL,
        PRIMARY KEY (kind, id)
      ) STRICT, WITHOUT ROWID;
    `,
  },
]
