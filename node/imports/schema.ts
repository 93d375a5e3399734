import type { Migration } from '../database.js'
import type { Verdict } from './inventory.js'
import type { ImportState } from './view.js'

export interface ImportTables {
  /** `rule`: JSON of `PresetInput`. */
  presets: { id: string; site: string; rule: string; revision: number }
  imports: {
    id: string
    site: string
    preset: string | null
    state: ImportState
    /** Where its bytes lie: a path of ours for an upload, of this machine for a command. */
    path: string
    /** The upload it came by; null for a path of this machine. */
    upload: string | null
    name: string
    label: string
    medium: string | null
    /** JSON of the `Origin` who began it. */
    origin: string
    by_name: string
    account: string | null
    created_at: number
    inventoried_at: number | null
    decided_at: number | null
    decided_by: string | null
    /** JSON of the `Origin` who decided. */
    decided_origin: string | null
    finished_at: number | null
    bytes_total: number
    bytes_there: number
    files: number
    fingerprint: string | null
    reason: string | null
    /** JSON of `ImportSender`; null for what a person of the site brought. */
    sender: string | null
    /** JSON of `ImportDecision`. */
    decision: string | null
    /** 1 when its upload or working copy is gone; the originals of what was rewritten stay as objects. */
    cleaned: 0 | 1
  }
  import_files: {
    import: string
    number: number
    path: string
    bytes: number
    kind: string
    verdict: Verdict
    reason: string | null
    sha256: string | null
    listed: 0 | 1 | null
    study: string | null
    series: string | null
    sop_instance: string | null
    /** Of the data set, hex. */
    dataset_sha256: string | null
    outcome: 'taken' | 'duplicate' | 'refused' | 'left-out' | null
    outcome_reason: string | null
    /** Objects of ours: as it came in, and as it was on the disc where that is another. */
    object: string | null
    original: string | null
    /** Of an object: its place in its series, and how many frames it has. */
    instance_number: number | null
    frames: number | null
    /** Of a PDF or a picture: JSON of `Paper`. */
    paper: string | null
  }
  /** Gathered from the files when the inventory ends: JSON of `ImportStudy` without `here`. */
  import_studies: {
    import: string
    uid: string
    study: string
    /** JSON of what is written into its images, from when the taking of it begins. */
    written: string | null
  }
  /** Final versions of what an import came to; the pages are objects of ours. */
  import_certificates: {
    import: string
    version: number
    at: number
    /** SHA-256 of `content`, hex. */
    digest: string
    /** Canonical JSON of `CertificateContent`. */
    content: string
    pdf_fr: string
    pdf_en: string
  }
}

export const importMigrations: Migration[] = [
  {
    name: 'imports-1',
    sql: `
CREATE TABLE presets (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  rule TEXT NOT NULL
) STRICT;
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  preset TEXT,
  state TEXT NOT NULL CHECK (state IN ('uploading', 'reading', 'inventoried', 'taking', 'sending', 'done', 'cancelled', 'failed', 'entered-in-error')),
  path TEXT NOT NULL,
  upload TEXT UNIQUE,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  medium TEXT,
  origin TEXT NOT NULL,
  by_name TEXT NOT NULL,
  account TEXT,
  created_at INTEGER NOT NULL,
  inventoried_at INTEGER,
  decided_at INTEGER,
  decided_by TEXT,
  decided_origin TEXT,
  finished_at INTEGER,
  bytes_total INTEGER NOT NULL,
  bytes_there INTEGER NOT NULL,
  files INTEGER NOT NULL,
  fingerprint TEXT,
  reason TEXT,
  decision TEXT,
  cleaned INTEGER NOT NULL
) STRICT;
CREATE INDEX imports_by_site ON imports (site, created_at DESC, id);
CREATE INDEX imports_open ON imports (state) WHERE state IN ('uploading', 'reading', 'taking', 'sending');
CREATE TABLE import_files (
  import TEXT NOT NULL REFERENCES imports (id),
  number INTEGER NOT NULL,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  kind TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT,
  sha256 TEXT,
  listed INTEGER,
  study TEXT,
  series TEXT,
  sop_instance TEXT,
  dataset_sha256 TEXT,
  outcome TEXT,
  outcome_reason TEXT,
  object TEXT REFERENCES objects (name),
  original TEXT REFERENCES objects (name),
  PRIMARY KEY (import, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_files_by_series ON import_files (import, series);
CREATE TABLE import_studies (
  import TEXT NOT NULL REFERENCES imports (id),
  uid TEXT NOT NULL,
  study TEXT NOT NULL,
  PRIMARY KEY (import, uid)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'presets-1',
    sql: 'ALTER TABLE presets ADD COLUMN revision INTEGER NOT NULL DEFAULT 1',
  },
  {
    name: 'imports-2',
    sql: `
ALTER TABLE import_files ADD COLUMN instance_number INTEGER;
ALTER TABLE import_files ADD COLUMN frames INTEGER;
`,
  },
  {
    name: 'imports-papers-1',
    sql: 'ALTER TABLE import_files ADD COLUMN paper TEXT',
  },
  {
    name: 'import-certificates-1',
    sql: `
ALTER TABLE import_studies ADD COLUMN written TEXT;
CREATE TABLE import_certificates (
  import TEXT NOT NULL REFERENCES imports (id),
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  digest TEXT NOT NULL,
  content TEXT NOT NULL,
  pdf_fr TEXT NOT NULL REFERENCES objects (name),
  pdf_en TEXT NOT NULL REFERENCES objects (name),
  PRIMARY KEY (import, version)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'imports-senders-1',
    sql: 'ALTER TABLE imports ADD COLUMN sender TEXT;',
  },
]
