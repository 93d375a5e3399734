import type { Migration } from '../database.js'
import type { ShiftKind, SwapState } from './view.js'

/** Times are UTC milliseconds. */
export interface OffsiteTables {
  shifts: {
    id: string
    site: string
    account: string
    kind: ShiftKind
    from_at: number
    to_at: number
    /** IANA: the wall it was written on. */
    time_zone: string
    telephone: string | null
    pattern: string | null
  }
  absences: {
    id: string
    site: string
    account: string
    from_at: number
    to_at: number
    reason: string | null
  }
  swaps: {
    id: string
    site: string
    shift: string
    exchange: string | null
    by: string
    to: string
    text: string | null
    state: SwapState
    at: number
  }
  /** Who took a shift for duty; gone with the shift, or when it changes hands. */
  duties: {
    shift: string
    account: string
    taken_at: number
    heard_at: number | null
    heard_by: string | null
  }
  /** `competences`, `languages`: JSON lists. */
  reader_profiles: { site: string; account: string; competences: string; languages: string }
  readers_away: { account: string; until_at: number }
}

export const offsiteMigrations: readonly Migration[] = [
  {
    name: 'offsite-1',
    sql: `
      CREATE TABLE shifts (
        id TEXT PRIMARY KEY,
        site TEXT NOT NULL,
        account TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('on-site', 'on-call', 'second-line')),
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL CHECK (to_at > from_at),
        time_zone TEXT NOT NULL,
        telephone TEXT,
        pattern TEXT
      ) STRICT;
      CREATE INDEX shifts_by_end ON shifts (to_at);
      CREATE INDEX shifts_by_site ON shifts (site, to_at);
      CREATE INDEX shifts_by_pattern ON shifts (pattern, from_at) WHERE pattern IS NOT NULL;
      CREATE TABLE absences (
        id TEXT PRIMARY KEY,
        site TEXT NOT NULL,
        account TEXT NOT NULL,
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL CHECK (to_at > from_at),
        reason TEXT
      ) STRICT;
      CREATE INDEX absences_by_end ON absences (to_at);
      CREATE TABLE swaps (
        id TEXT PRIMARY KEY,
        site TEXT NOT NULL,
        shift TEXT NOT NULL,
        exchange TEXT,
        by TEXT NOT NULL,
        "to" TEXT NOT NULL,
        text TEXT,
        state TEXT NOT NULL CHECK (state IN ('proposed', 'accepted', 'declined', 'withdrawn')),
        at INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX swaps_open ON swaps (shift) WHERE state = 'proposed';
      CREATE TABLE duties (
        shift TEXT PRIMARY KEY REFERENCES shifts (id) ON DELETE CASCADE,
        account TEXT NOT NULL,
        taken_at INTEGER NOT NULL,
        heard_at INTEGER,
        heard_by TEXT
      ) STRICT;
      CREATE TABLE reader_profiles (
        site TEXT NOT NULL,
        account TEXT NOT NULL,
        competences TEXT NOT NULL,
        languages TEXT NOT NULL,
        PRIMARY KEY (site, account)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE readers_away (account TEXT PRIMARY KEY, until_at INTEGER NOT NULL) STRICT;
    `,
  },
]
