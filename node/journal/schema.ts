import type { Generated } from 'kysely'
import type { Migration } from '../database.js'

export interface JournalTables {
  journal: {
    seq: number
    at: number
    monotonic: number
    boot: string
    site: string | null
    type: string
    version: number
    ids: string
    body_sha256: Buffer
    body_sha3: Buffer
    previous_sha256: Buffer
    previous_sha3: Buffer
    sha256: Buffer
    sha3: Buffer
  }
  journal_bodies: { seq: number; salt: Buffer; body: string }
  journal_subjects: { id: string; seq: number }
  journal_erasures: { seq: number; fact: number }
  /** Which bodies lie in the closed volume of a year: those of entries `first` to `last`. */
  journal_moves: { year: number; first: number; last: number; fact: number }
  checkpoint_keys: { fingerprint: string; public_key: Buffer; fact: number }
  checkpoints: {
    size: number
    at: number
    root: Buffer
    sha256: Buffer
    sha3: Buffer
    key: string
    signature: Buffer
  }
  journal_tiles: { level: number; position: number; hash: Buffer }
  followers: { name: string; cursor: number; attempts: number; retry_at: number }
  followers_parked: {
    id: Generated<number>
    follower: string
    seq: number
    reason: string
    at: number
    settled_at: number | null
  }
}

export const journalMigrations: Migration[] = [
  {
    name: 'journal-1',
    sql: `
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  monotonic INTEGER NOT NULL,
  boot TEXT NOT NULL,
  site TEXT,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  ids TEXT NOT NULL,
  body_sha256 BLOB NOT NULL CHECK (length(body_sha256) = 32),
  body_sha3 BLOB NOT NULL CHECK (length(body_sha3) = 64),
  previous_sha256 BLOB NOT NULL CHECK (length(previous_sha256) = 32),
  previous_sha3 BLOB NOT NULL CHECK (length(previous_sha3) = 64),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  sha3 BLOB NOT NULL CHECK (length(sha3) = 64)
) STRICT;
CREATE INDEX journal_by_type ON journal (type, seq);

-- The only rows that may ever go: by lawful destruction, each named first in journal_erasures.
CREATE TABLE journal_bodies (
  seq INTEGER PRIMARY KEY REFERENCES journal (seq),
  salt BLOB NOT NULL CHECK (length(salt) = 32),
  body TEXT NOT NULL
) STRICT;
CREATE TABLE journal_erasures (
  seq INTEGER PRIMARY KEY REFERENCES journal (seq),
  fact INTEGER NOT NULL REFERENCES journal (seq)
) STRICT;

-- An index over journal.ids, compared with it by verify.
CREATE TABLE journal_subjects (
  id TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES journal (seq),
  PRIMARY KEY (id, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER journal_is_gapless BEFORE INSERT ON journal
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM journal)
BEGIN SELECT RAISE(ABORT, 'journal: the sequence has no gaps and no second'); END;
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal: entries do not change'); END;
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal: entries do not go'); END;
CREATE TRIGGER journal_bodies_once BEFORE INSERT ON journal_bodies
WHEN EXISTS (SELECT 1 FROM journal_bodies WHERE seq = NEW.seq) OR EXISTS (SELECT 1 FROM journal_erasures WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'journal: a body is written once'); END;
CREATE TRIGGER journal_bodies_are_not_changed BEFORE UPDATE ON journal_bodies
BEGIN SELECT RAISE(ABORT, 'journal: bodies do not change'); END;
CREATE TRIGGER journal_bodies_go_lawfully BEFORE DELETE ON journal_bodies
WHEN NOT EXISTS (SELECT 1 FROM journal_erasures WHERE seq = OLD.seq)
BEGIN SELECT RAISE(ABORT, 'journal: a body goes only after its erasure is recorded'); END;
CREATE TRIGGER journal_erasures_are_not_changed BEFORE UPDATE ON journal_erasures
BEGIN SELECT RAISE(ABORT, 'journal: erasures do not change'); END;
CREATE TRIGGER journal_erasures_are_not_deleted BEFORE DELETE ON journal_erasures
BEGIN SELECT RAISE(ABORT, 'journal: erasures do not go'); END;

CREATE TABLE followers (
  name TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  retry_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE followers_parked (
  id INTEGER PRIMARY KEY,
  follower TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES journal (seq),
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  settled_at INTEGER,
  UNIQUE (follower, seq)
) STRICT;
`,
  },
  {
    name: 'journal-2',
    sql: `
-- Hashes of complete subtrees of the Merkle tree over the entries: of 256^level of them, from position × 256^level on.
CREATE TABLE journal_tiles (
  level INTEGER NOT NULL CHECK (level >= 1),
  position INTEGER NOT NULL CHECK (position >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER journal_tiles_once BEFORE INSERT ON journal_tiles
WHEN EXISTS (SELECT 1 FROM journal_tiles WHERE level = NEW.level AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'journal: a subtree is kept once'); END;
CREATE TRIGGER journal_tiles_are_not_changed BEFORE UPDATE ON journal_tiles
BEGIN SELECT RAISE(ABORT, 'journal: subtrees do not change'); END;
CREATE TRIGGER journal_tiles_are_not_deleted BEFORE DELETE ON journal_tiles
BEGIN SELECT RAISE(ABORT, 'journal: subtrees do not go'); END;

-- Signed heads of the tree, and the keys they are signed with, each recorded in an entry of the journal.
CREATE TABLE checkpoint_keys (
  fingerprint TEXT PRIMARY KEY,
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  fact INTEGER NOT NULL UNIQUE REFERENCES journal (seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY REFERENCES journal (seq),
  at INTEGER NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  sha3 BLOB NOT NULL CHECK (length(sha3) = 64),
  key TEXT NOT NULL REFERENCES checkpoint_keys (fingerprint),
  signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoints)
BEGIN SELECT RAISE(ABORT, 'journal: a checkpoint comes after the one before it'); END;
CREATE TRIGGER checkpoints_are_not_changed BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'journal: checkpoints do not change'); END;
CREATE TRIGGER checkpoints_are_not_deleted BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'journal: checkpoints do not go'); END;
CREATE TRIGGER checkpoint_keys_once BEFORE INSERT ON checkpoint_keys
WHEN EXISTS (SELECT 1 FROM checkpoint_keys WHERE fingerprint = NEW.fingerprint)
BEGIN SELECT RAISE(ABORT, 'journal: a key is recorded once'); END;
CREATE TRIGGER checkpoint_keys_are_not_changed BEFORE UPDATE ON checkpoint_keys
BEGIN SELECT RAISE(ABORT, 'journal: keys do not change'); END;
CREATE TRIGGER checkpoint_keys_are_not_deleted BEFORE DELETE ON checkpoint_keys
BEGIN SELECT RAISE(ABORT, 'journal: keys do not go'); END;
`,
  },
  {
    name: 'journal-3',
    sql: `
-- Bodies that lie in the closed volume of a year, whose whole-file digest is in the entry: of entries first to last.
CREATE TABLE journal_moves (
  year INTEGER PRIMARY KEY,
  first INTEGER NOT NULL REFERENCES journal (seq),
  last INTEGER NOT NULL REFERENCES journal (seq),
  fact INTEGER NOT NULL UNIQUE REFERENCES journal (seq),
  CHECK (first <= last)
) STRICT;
CREATE TRIGGER journal_moves_grow BEFORE INSERT ON journal_moves
WHEN NEW.first <= (SELECT coalesce(max(last), 0) FROM journal_moves)
BEGIN SELECT RAISE(ABORT, 'journal: bodies are moved once, in order'); END;
CREATE TRIGGER journal_moves_are_not_changed BEFORE UPDATE ON journal_moves
BEGIN SELECT RAISE(ABORT, 'journal: moves do not change'); END;
CREATE TRIGGER journal_moves_are_not_deleted BEFORE DELETE ON journal_moves
BEGIN SELECT RAISE(ABORT, 'journal: moves do not go'); END;
DROP TRIGGER journal_bodies_go_lawfully;
CREATE TRIGGER journal_bodies_go_lawfully BEFORE DELETE ON journal_bodies
WHEN NOT EXISTS (SELECT 1 FROM journal_erasures WHERE seq = OLD.seq)
  AND NOT EXISTS (SELECT 1 FROM journal_moves WHERE OLD.seq BETWEEN first AND last)
BEGIN SELECT RAISE(ABORT, 'journal: a body goes only after its erasure is recorded, or its move'); END;
`,
  },
]
