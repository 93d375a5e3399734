import type { Language } from '../accounts/view.js'
import type { Migration } from '../database.js'
import type { SigningKind } from './report.js'
import type { DeliveryView, ReportState, TemplateView } from './view.js'

/** Times are UTC milliseconds. */
export interface ReportRecord {
  id: string
  request: string
  reference: string
  /** The site that asked, and the group that reads. */
  site: string
  reading_site: string
  author: string
  author_name: string
  state: ReportState
  revision: number
  /** The sections being written, as JSON; what is signed lies in the versions. */
  sections: string
  search: string
  saved_at: number
  created_at: number
  acknowledged_at: number | null
  acknowledged_by: string | null
  /** The version that was acknowledged. */
  acknowledged_version: number | null
  /** Identifies the document over all its versions (HL7 Instance Identifier (0040,E001)) and its DICOM series. */
  document_uid: string
  series_uid: string
  /** Who had begun or signed it before, by name; what was signed keeps its own signer. */
  taken_from: string | null
}

export interface ReportVersion {
  report: string
  version: number
  kind: SigningKind
  /** The canonical bytes that were signed. */
  signed: string
  /** SHA-256 of them, hex; also in the journal. */
  digest: string
  signer: string
  signed_at: number
  /** The journal's entry that recorded it. */
  fact: number
  /** Name of the PDF among the objects. */
  pdf: string
  /** SOP Instance UID of the Encapsulated PDF. */
  sop_uid: string
}

export interface ReportTables {
  reports: ReportRecord
  report_versions: ReportVersion
  /** People and services without an account that a report goes to by link. */
  report_shares: {
    id: string
    report: string
    name: string
    role: string
    made_at: number
    expires_at: number
    by: string
    by_name: string
    /** Where the link goes by letter too, in this language; and what became of the newest one. */
    email: string | null
    language: Language | null
    letter: 'queued' | 'sent' | 'failed' | null
    letter_at: number | null
    letter_reason: string | null
    /** They may look at the images too. */
    images: 0 | 1
  }
  /** Images marked for the version being written; what was signed of them lies in the versions. */
  report_key_images: {
    report: string
    study_uid: string
    series_uid: string
    sop_uid: string
    sop_class: string
    /** From 1; 0: the whole object. */
    frame: number
    series_number: number | null
    series_description: string
    instance_number: number | null
    window_center: number | null
    window_width: number | null
    at: number
    by: string
  }
  report_templates: {
    id: string
    site: string
    kind: TemplateView['kind']
    /** The starter it stands for in this group. */
    replaces: string | null
    revision: number
    archived_at: number | null
  }
  report_template_versions: {
    template: string
    revision: number
    /** JSON of what it says. */
    content: string
    at: number
    by: string
    by_name: string
  }
  report_deliveries: {
    report: string
    version: number
    channel: DeliveryView['channel']
    /** An account id, a peer id, or of a link its share. */
    recipient: string
    name: string
    state: DeliveryView['state']
    at: number
    acknowledged_by: string | null
    reason: string | null
  }
}

export const reportMigrations: Migration[] = [
  {
    name: 'reports-1',
    sql: `
CREATE TABLE reports (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  reference TEXT NOT NULL,
  site TEXT NOT NULL,
  reading_site TEXT NOT NULL,
  author TEXT NOT NULL,
  author_name TEXT NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  sections TEXT NOT NULL,
  search TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  acknowledged_at INTEGER,
  acknowledged_by TEXT,
  acknowledged_version INTEGER,
  document_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  UNIQUE (request, author)
) STRICT;
CREATE INDEX reports_by_site ON reports (site, created_at, id);
CREATE INDEX reports_by_reading_site ON reports (reading_site, created_at, id);

CREATE TABLE report_versions (
  report TEXT NOT NULL REFERENCES reports (id),
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  signed TEXT NOT NULL,
  digest TEXT NOT NULL,
  signer TEXT NOT NULL,
  signed_at INTEGER NOT NULL,
  fact INTEGER NOT NULL,
  pdf TEXT NOT NULL,
  sop_uid TEXT NOT NULL,
  PRIMARY KEY (report, version)
) STRICT;
-- Signed is signed. INSERT OR REPLACE would pass by the delete trigger where recursive triggers are off.
CREATE TRIGGER report_versions_once BEFORE INSERT ON report_versions
WHEN EXISTS (SELECT 1 FROM report_versions WHERE report = NEW.report AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'reports: a version is signed once'); END;
CREATE TRIGGER report_versions_are_not_changed BEFORE UPDATE ON report_versions
BEGIN SELECT RAISE(ABORT, 'reports: a signed version does not change'); END;
CREATE TRIGGER report_versions_are_not_deleted BEFORE DELETE ON report_versions
BEGIN SELECT RAISE(ABORT, 'reports: a signed version does not go'); END;

CREATE TABLE report_deliveries (
  report TEXT NOT NULL REFERENCES reports (id),
  version INTEGER NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  at INTEGER NOT NULL,
  acknowledged_by TEXT,
  reason TEXT,
  PRIMARY KEY (report, version, channel, recipient)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'reports-2',
    sql: `
CREATE TABLE report_templates (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'block')),
  replaces TEXT,
  revision INTEGER NOT NULL,
  archived_at INTEGER
) STRICT;
CREATE INDEX report_templates_of ON report_templates (site) WHERE archived_at IS NULL;
CREATE TABLE report_template_versions (
  template TEXT NOT NULL REFERENCES report_templates (id),
  revision INTEGER NOT NULL,
  content TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  by_name TEXT NOT NULL,
  PRIMARY KEY (template, revision)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER report_template_versions_are_not_changed BEFORE UPDATE ON report_template_versions
BEGIN SELECT RAISE(ABORT, 'reports: a version of a template does not change'); END;
`,
  },
  {
    name: 'reports-3',
    sql: `
-- A printed code is the beginning of a digest.
CREATE INDEX report_versions_by_digest ON report_versions (digest);
CREATE INDEX reports_by_reference ON reports (reference);
`,
  },
  {
    name: 'reports-4',
    sql: `
CREATE TABLE report_shares (
  id TEXT PRIMARY KEY,
  report TEXT NOT NULL REFERENCES reports (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  by TEXT NOT NULL,
  by_name TEXT NOT NULL
) STRICT;
CREATE INDEX report_shares_of ON report_shares (report, made_at);
`,
  },
  {
    name: 'reports-5',
    sql: `
CREATE TABLE report_key_images (
  report TEXT NOT NULL REFERENCES reports (id),
  study_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  sop_uid TEXT NOT NULL,
  sop_class TEXT NOT NULL,
  frame INTEGER NOT NULL,
  series_number INTEGER,
  series_description TEXT NOT NULL,
  instance_number INTEGER,
  window_center INTEGER,
  window_width INTEGER,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  PRIMARY KEY (report, sop_uid, frame)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'reports-6',
    sql: `
ALTER TABLE report_shares ADD COLUMN email TEXT;
ALTER TABLE report_shares ADD COLUMN language TEXT CHECK (language IN ('fr', 'en'));
ALTER TABLE report_shares ADD COLUMN letter TEXT CHECK (letter IN ('queued', 'sent', 'failed'));
ALTER TABLE report_shares ADD COLUMN letter_at INTEGER;
ALTER TABLE report_shares ADD COLUMN letter_reason TEXT;
`,
  },
  {
    name: 'reports-taken-1',
    sql: `
ALTER TABLE reports ADD COLUMN taken_from TEXT;
`,
  },
  {
    name: 'reports-share-images',
    sql: `
ALTER TABLE report_shares ADD COLUMN images INTEGER NOT NULL DEFAULT 0;
`,
  },
]
