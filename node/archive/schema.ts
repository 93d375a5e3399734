import type { Generated } from 'kysely'
import type { Migration } from '../database.js'

export interface ArchiveTables {
  act_seals: {
    request: string
    part: number
    fact: number
    year: number
    manifest: string
    sha256: string
    bytes: number
    at: number
  }
  archive_volumes: { year: number; fact: number; sha256: string }
  /** What took the place of a closed volume, in order: the same without what entry `fact` destroyed. */
  archive_successors: { fact: number; year: number; before: string; sha256: string }
  witness_statements: {
    id: Generated<number>
    /** `folder`, `letter`, `stamp` or the address of a node. */
    witness: string
    size: number
    at: number
    /** What proves it: a time stamp token or a co-signature (DER, JSON); empty where the checkpoint itself lies there. */
    statement: Buffer
    /** Our clock minus theirs, milliseconds; null where they told no time. */
    skew_ms: number | null
  }
  witnessed_heads: {
    log: string
    size: number
    root: Buffer
    text: string
    public_key: Buffer
    signature: Buffer
    at: number
  }
}

export const archiveMigrations: Migration[] = [
  {
    name: 'archive-1',
    sql: `
-- Who outside has which of our signed heads.
CREATE TABLE witness_statements (
  id INTEGER PRIMARY KEY,
  witness TEXT NOT NULL,
  size INTEGER NOT NULL REFERENCES checkpoints (size),
  at INTEGER NOT NULL,
  statement BLOB NOT NULL,
  skew_ms INTEGER,
  UNIQUE (witness, size)
) STRICT;
CREATE TRIGGER witness_statements_are_not_changed BEFORE UPDATE ON witness_statements
BEGIN SELECT RAISE(ABORT, 'archive: statements do not change'); END;
CREATE TRIGGER witness_statements_are_not_deleted BEFORE DELETE ON witness_statements
BEGIN SELECT RAISE(ABORT, 'archive: statements do not go'); END;
-- Heads of other nodes that this one has checked and co-signed.
CREATE TABLE witnessed_heads (
  log TEXT NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32),
  text TEXT NOT NULL,
  public_key BLOB NOT NULL,
  signature BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER witnessed_heads_are_not_changed BEFORE UPDATE ON witnessed_heads
BEGIN SELECT RAISE(ABORT, 'archive: what was witnessed does not change'); END;
CREATE TRIGGER witnessed_heads_are_not_deleted BEFORE DELETE ON witnessed_heads
BEGIN SELECT RAISE(ABORT, 'archive: what was witnessed does not go'); END;
`,
  },
  {
    name: 'archive-2',
    sql: `
-- Which sealed part of which act lies in which yearly file, and what it must be.
CREATE TABLE act_seals (
  request TEXT NOT NULL,
  part INTEGER NOT NULL,
  fact INTEGER NOT NULL UNIQUE REFERENCES journal (seq),
  year INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (request, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE archive_volumes (
  year INTEGER PRIMARY KEY,
  fact INTEGER NOT NULL REFERENCES journal (seq),
  sha256 TEXT NOT NULL
) STRICT;
CREATE TRIGGER act_seals_are_not_changed BEFORE UPDATE ON act_seals
BEGIN SELECT RAISE(ABORT, 'archive: seals do not change'); END;
CREATE TRIGGER act_seals_are_not_deleted BEFORE DELETE ON act_seals
BEGIN SELECT RAISE(ABORT, 'archive: seals do not go'); END;
CREATE TRIGGER archive_volumes_are_not_changed BEFORE UPDATE ON archive_volumes
BEGIN SELECT RAISE(ABORT, 'archive: closed volumes do not change'); END;
CREATE TRIGGER archive_volumes_are_not_deleted BEFORE DELETE ON archive_volumes
BEGIN SELECT RAISE(ABORT, 'archive: closed volumes do not go'); END;
`,
  },
  {
    name: 'archive-successors',
    sql: `
-- What took the place of a closed volume: the same file without what a destruction erased; both digests are in its entry.
CREATE TABLE archive_successors (
  fact INTEGER NOT NULL REFERENCES journal (seq),
  year INTEGER NOT NULL REFERENCES archive_volumes (year),
  before TEXT NOT NULL CHECK (length(before) = 64),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  PRIMARY KEY (year, fact)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER archive_successors_are_not_changed BEFORE UPDATE ON archive_successors
BEGIN SELECT RAISE(ABORT, 'archive: successors do not change'); END;
CREATE TRIGGER archive_successors_are_not_deleted BEFORE DELETE ON archive_successors
BEGIN SELECT RAISE(ABORT, 'archive: successors do not go'); END;
`,
  },
]
