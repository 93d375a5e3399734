import type { Migration } from '../../database.js'

export interface RetentionTables {
  /** What a named person said about how long something is kept; released by name, never removed while its act stands. */
  retention_marks: {
    id: string
    kind: 'death' | 'claim' | 'hold'
    site: string
    /** The act it is about; null where it is about a patient. */
    request: string | null
    /** Of the act it was recorded at. */
    reference: string
    issuer: string | null
    patient: string | null
    /** Of a death, `YYYY-MM-DD`. */
    day: string | null
    reason: string
    at: number
    by: string
    by_name: string
    fact: number
    released_at: number | null
    released_by: string | null
    released_name: string | null
    released_reason: string | null
  }
  retention_policies: {
    site: string
    record_years: number
    image_years: number
    reason: string
    at: number
    by_name: string
  }
  destructions: {
    id: string
    what: 'act' | 'images'
    /** The act; its row is gone once it is destroyed. */
    request: string
    reference: string
    site: string
    state: 'proposed' | 'withdrawn' | 'confirmed' | 'executing' | 'done'
    reason: string
    proposed_at: number
    proposed_by: string
    proposed_name: string
    proposed_role: string
    confirmed_at: number | null
    confirmed_by: string | null
    confirmed_name: string | null
    confirmed_role: string | null
    /** Why it did not come to it. */
    note: string | null
    /** The entry that destroys: `bodies-erased`. */
    fact: number | null
    /** What the certificate says, as it is signed. */
    certificate: string | null
    /** The certificate of an earlier destruction that was done once more on restored data. */
    replays: string | null
    done_at: number | null
  }
  /** Files that are to go, by which destruction; a row goes with its file. */
  destroyed_files: { name: string; bucket: string; destruction: string }
}

const GUARDED = [
  ['request_versions', 'a version does not go', 'OLD.request'],
  ['request_documents', 'a document does not go', 'OLD.request'],
  ['messages', 'what was said does not go', 'OLD.request'],
  [
    'message_attachments',
    'an attachment does not go',
    '(SELECT request FROM messages WHERE id = OLD.message)',
  ],
  ['criticals', 'a critical finding does not go', 'OLD.request'],
  ['critical_calls', 'a call does not go', '(SELECT request FROM criticals WHERE id = OLD.critical)'],
  ['report_versions', 'a signed version does not go', '(SELECT request FROM reports WHERE id = OLD.report)'],
] as const

/** What never went goes by a certificate, and by nothing else: the destruction is recorded before the first row. */
const guards = GUARDED.map(
  ([table, words, act]) => `
DROP TRIGGER ${table}_are_not_deleted;
CREATE TRIGGER ${table}_are_not_deleted BEFORE DELETE ON ${table}
WHEN NOT EXISTS (SELECT 1 FROM destructions WHERE what = 'act' AND state = 'executing' AND request = ${act})
BEGIN SELECT RAISE(ABORT, '${words}, but by a certificate of destruction'); END;`,
).join('')

export const retentionMigrations: Migration[] = [
  {
    name: 'retention-marks',
    sql: `
CREATE TABLE retention_marks (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('death', 'claim', 'hold')),
  site TEXT NOT NULL,
  request TEXT,
  reference TEXT NOT NULL,
  issuer TEXT,
  patient TEXT,
  day TEXT,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  by_name TEXT NOT NULL,
  fact INTEGER NOT NULL REFERENCES journal (seq),
  released_at INTEGER,
  released_by TEXT,
  released_name TEXT,
  released_reason TEXT,
  CHECK ((request IS NULL) <> (patient IS NULL))
) STRICT;
CREATE INDEX retention_marks_of_act ON retention_marks (request) WHERE request IS NOT NULL;
CREATE INDEX retention_marks_of_patient ON retention_marks (site, issuer, patient) WHERE patient IS NOT NULL;
CREATE TABLE retention_policies (
  site TEXT PRIMARY KEY REFERENCES sites (id),
  record_years INTEGER NOT NULL,
  image_years INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  by_name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_creation ON requests (created_at);
`,
  },
  {
    name: 'retention-destructions',
    sql: `
CREATE TABLE destructions (
  id TEXT PRIMARY KEY,
  what TEXT NOT NULL CHECK (what IN ('act', 'images')),
  request TEXT NOT NULL,
  reference TEXT NOT NULL,
  site TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'withdrawn', 'confirmed', 'executing', 'done')),
  reason TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  proposed_by TEXT NOT NULL,
  proposed_name TEXT NOT NULL,
  proposed_role TEXT NOT NULL,
  confirmed_at INTEGER,
  confirmed_by TEXT,
  confirmed_name TEXT,
  confirmed_role TEXT,
  note TEXT,
  fact INTEGER REFERENCES journal (seq),
  certificate TEXT,
  replays TEXT,
  done_at INTEGER,
  CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by OR replays IS NOT NULL),
  CHECK (state NOT IN ('executing', 'done') OR (fact IS NOT NULL AND certificate IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX destructions_once ON destructions (request, what) WHERE state <> 'withdrawn';
CREATE INDEX destructions_by_reference ON destructions (reference);
CREATE INDEX destructions_by_site ON destructions (site, id);
CREATE TRIGGER destructions_do_not_go BEFORE DELETE ON destructions
BEGIN SELECT RAISE(ABORT, 'archive: destructions do not go'); END;
CREATE TRIGGER destructions_say_what_they_said BEFORE UPDATE ON destructions
WHEN OLD.state = 'done' OR (OLD.state = 'executing' AND (NEW.state NOT IN ('executing', 'done')
  OR (OLD.certificate <> '' AND (NEW.certificate IS NOT OLD.certificate OR NEW.fact IS NOT OLD.fact))
  OR NEW.request <> OLD.request))
BEGIN SELECT RAISE(ABORT, 'archive: what was destroyed stays destroyed'); END;
CREATE TABLE destroyed_files (
  name TEXT NOT NULL,
  bucket TEXT NOT NULL,
  destruction TEXT NOT NULL REFERENCES destructions (id),
  PRIMARY KEY (name, bucket)
) STRICT, WITHOUT ROWID;
${guards}
-- Whatever is taken out is looked for in what may name it: by these, and not by reading whole tables.
CREATE INDEX instances_by_object ON instances (object);
CREATE INDEX instances_that_are_notes ON instances (note_of) WHERE note_of IS NOT NULL;
CREATE INDEX transfer_instances_by_instance ON transfer_instances (instance);
CREATE INDEX commitment_request_instances_by_instance ON commitment_request_instances (instance) WHERE instance IS NOT NULL;
DROP TRIGGER request_paper_numbers_are_used_once;
CREATE TRIGGER request_paper_numbers_are_used_once BEFORE UPDATE ON request_paper_numbers
WHEN (OLD.request IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM destructions WHERE what = 'act' AND state = 'executing' AND request = OLD.request))
  OR NEW.number <> OLD.number OR NEW.site <> OLD.site OR NEW.day <> OLD.day
BEGIN SELECT RAISE(ABORT, 'requests: a paper number is used once'); END;
CREATE TRIGGER request_parties_are_tallied_no_more BEFORE DELETE ON request_parties BEGIN
  UPDATE request_tallies SET n = n - 1 WHERE (site, relation, state, modality) IN (
    SELECT old.site, iif(old.until IS NULL, 'party', 'former'), iif(old.until IS NULL, state, ''),
      iif(old.until IS NULL, modality, '')
    FROM requests WHERE id = old.request AND site <> old.site);
END;
CREATE TRIGGER requests_are_tallied_no_more AFTER DELETE ON requests BEGIN
  UPDATE request_tallies SET n = n - 1
    WHERE site = old.site AND relation = 'own' AND state = old.state AND modality = old.modality;
END;
`,
  },
]
