import type { Migration } from '../database.js'
import type { ImportState, PersonState, Verdict } from './view.js'

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
    finished_at: number | null
    bytes_total: number
    bytes_there: number
    files: number
    fingerprint: string | null
    reason: string | null
    /** JSON of `ImportSender`; null for what a person of the site brought. */
    sender: string | null
    /** JSON of `ImportWhy`. */
    why: string | null
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
    /** JSON of `ImportWhy`; so is `outcome_why`. */
    why: string | null
    sha256: string | null
    listed: 0 | 1 | null
    study: string | null
    series: string | null
    sop_instance: string | null
    /** Of the data set, hex. */
    dataset_sha256: string | null
    outcome: 'taken' | 'duplicate' | 'refused' | 'left-out' | null
    outcome_reason: string | null
    outcome_why: string | null
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
  /** What was decided about a person of a disc; withdrawn ones stay, and one at most of a person is not. */
  import_decisions: {
    id: string
    import: string
    /** StudyInstanceUID of the person's first study on the disc. */
    person: string
    state: Exclude<PersonState, 'to-decide'>
    /** JSON of `ImportDecision`; null where nothing of the person was taken. */
    decision: string | null
    /** Why nothing was taken, or why it failed. */
    reason: string | null
    decided_at: number
    decided_by: string
    /** JSON of the `Origin` who decided. */
    decided_origin: string
    finished_at: number | null
    /** What new UIDs are made of, where the studies had been withdrawn before: see `taking.ts`. */
    renewal: string | null
    withdrawn_at: number | null
    withdrawn_by: string | null
    withdrawn_reason: string | null
    /** JSON of `ImportWhy`: the reason in a form that every language has words for. */
    why: string | null
  }
  /** The rejections that withdrew what a decision had brought, one a study. */
  import_rejections: { decision: string; rejection: string; study: string }
  /** What had become of the files when the decision was withdrawn: evidence. */
  import_withdrawn_files: {
    decision: string
    number: number
    study: string
    sop_instance: string
    outcome: string
    object: string | null
    original: string | null
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
  {
    // Each person of a disc is decided on alone, and a decision can be withdrawn.
    name: 'imports-3',
    sql: `
CREATE TABLE import_decisions (
  id TEXT PRIMARY KEY,
  import TEXT NOT NULL REFERENCES imports (id),
  person TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('taking', 'sending', 'done', 'not-taken', 'failed', 'entered-in-error')),
  decision TEXT,
  reason TEXT,
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  decided_origin TEXT NOT NULL,
  finished_at INTEGER,
  renewal TEXT,
  withdrawn_at INTEGER,
  withdrawn_by TEXT,
  withdrawn_reason TEXT
) STRICT;
CREATE INDEX import_decisions_by_import ON import_decisions (import, decided_at);
CREATE UNIQUE INDEX import_decisions_standing ON import_decisions (import, person) WHERE state NOT IN ('entered-in-error', 'not-taken');
CREATE TABLE import_rejections (
  decision TEXT NOT NULL REFERENCES import_decisions (id),
  rejection TEXT NOT NULL REFERENCES rejections (id),
  study TEXT NOT NULL REFERENCES studies (id),
  PRIMARY KEY (decision, rejection)
) STRICT, WITHOUT ROWID;
CREATE TABLE import_withdrawn_files (
  decision TEXT NOT NULL REFERENCES import_decisions (id),
  number INTEGER NOT NULL,
  study TEXT NOT NULL,
  sop_instance TEXT NOT NULL,
  outcome TEXT NOT NULL,
  object TEXT REFERENCES objects (name),
  original TEXT REFERENCES objects (name),
  PRIMARY KEY (decision, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_files_by_object ON import_files (object) WHERE object IS NOT NULL;
CREATE INDEX import_withdrawn_files_by_study ON import_withdrawn_files (study);
INSERT INTO import_decisions (id, import, person, state, decision, reason, decided_at, decided_by, decided_origin, finished_at)
SELECT 'dec_' || substr(id, 5), id,
  coalesce((SELECT min(s.uid) FROM import_studies s WHERE s.import = imports.id AND json_extract(s.study, '$.identity') = (
    SELECT json_extract(c.study, '$.identity') FROM import_studies c, json_each(c.study, '$.series') e
    WHERE c.import = imports.id
      AND json_extract(e.value, '$.SeriesInstanceUID') IN (SELECT value FROM json_each(imports.decision, '$.series'))
    ORDER BY c.uid LIMIT 1)), '0'),
  CASE WHEN state IN ('taking', 'sending', 'done') THEN state ELSE 'failed' END,
  decision, reason, coalesce(decided_at, created_at), coalesce(decided_by, by_name),
  coalesce(decided_origin, origin), finished_at
FROM imports WHERE decision IS NOT NULL;
ALTER TABLE imports DROP COLUMN decision;
ALTER TABLE imports DROP COLUMN decided_at;
ALTER TABLE imports DROP COLUMN decided_by;
ALTER TABLE imports DROP COLUMN decided_origin;
`,
  },
  {
    name: 'imports-reasons-1',
    sql: `
ALTER TABLE imports ADD COLUMN why TEXT;
ALTER TABLE import_files ADD COLUMN why TEXT;
ALTER TABLE import_files ADD COLUMN outcome_why TEXT;
`,
  },
  {
    name: 'imports-reasons-2',
    sql: `
ALTER TABLE import_decisions ADD COLUMN why TEXT;
`,
  },
]
