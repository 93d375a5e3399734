import type { Migration } from '../database.js'
import type { RejectionCode } from '../dicom/format/rejection-note.js'

/** What rejection notes withdraw, see `rejections.ts`. */
export interface RejectionTables {
  /** A rejection note that was understood, or that we make: what it says, and who says it. */
  rejections: {
    id: string
    study: string
    code: RejectionCode
    text: string
    /** Of the note itself. */
    sop_instance_uid: string
    series_uid: string
    /** A peer's id, or `here`. */
    source: string
    /** Whoever decided, where a person here did. */
    by_name: string | null
    at: number
  }
  /** By UID, not by row: what a note names may come after it, or again. */
  rejected_instances: {
    rejection: string
    study: string
    uid: string
    sop_class: string
    series_uid: string
    code: RejectionCode
    /** When it came again after its retention had ended. */
    restored_at: number | null
  }
}

export const rejectionMigration: Migration = {
  name: 'studies-rejections',
  sql: `
CREATE TABLE rejections (
  id TEXT PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  code TEXT NOT NULL CHECK (code IN ('113001', '113037', '113038', '113039')),
  text TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  source TEXT NOT NULL,
  by_name TEXT,
  at INTEGER NOT NULL,
  UNIQUE (study, sop_instance_uid)
) STRICT;
CREATE TABLE rejected_instances (
  rejection TEXT NOT NULL REFERENCES rejections (id),
  study TEXT NOT NULL REFERENCES studies (id),
  uid TEXT NOT NULL,
  sop_class TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  code TEXT NOT NULL,
  restored_at INTEGER,
  PRIMARY KEY (rejection, study, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX rejected_instances_by_uid ON rejected_instances (study, uid);
ALTER TABLE instances ADD COLUMN withdrawn TEXT;
ALTER TABLE instances ADD COLUMN note_of TEXT REFERENCES rejections (id);
CREATE INDEX instances_withdrawn ON instances (study) WHERE withdrawn IS NOT NULL;
-- Through whatever door an image comes: what a note named before it came is withdrawn as it comes. After an expired
-- retention the same image may be stored anew (IHE RAD 4.66.4.1.3).
CREATE TRIGGER instances_named_before AFTER INSERT ON instances
WHEN EXISTS (
  SELECT 1 FROM rejected_instances r
  WHERE r.study = NEW.study AND r.uid = NEW.uid AND r.restored_at IS NULL AND r.code <> '113039'
) BEGIN
  UPDATE instances SET withdrawn = (
    SELECT r.code FROM rejected_instances r
    WHERE r.study = NEW.study AND r.uid = NEW.uid AND r.restored_at IS NULL AND r.code <> '113039' LIMIT 1
  ) WHERE id = NEW.id;
END;
CREATE TRIGGER instances_notes AFTER INSERT ON instances
WHEN EXISTS (SELECT 1 FROM rejections r WHERE r.study = NEW.study AND r.sop_instance_uid = NEW.uid) BEGIN
  UPDATE instances SET note_of = (
    SELECT r.id FROM rejections r WHERE r.study = NEW.study AND r.sop_instance_uid = NEW.uid
  ) WHERE id = NEW.id;
END;
`,
}
