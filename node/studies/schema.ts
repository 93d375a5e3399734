import type { Generated } from 'kysely'
import type { Migration } from '../database.js'
import type { RejectionCode } from '../dicom/format/rejection-note.js'
import { loanMigration } from './loan-schema.js'
import { type RejectionTables, rejectionMigration } from './rejection-schema.js'

export interface StudyTables extends RejectionTables {
  patients: {
    id: string
    issuer: string
    patient_id: string
    name: string
    birth_date: string
    sex: string
  }
  studies: {
    id: string
    /** The owner: the site of the peer it came from. The same UID at two sites is two studies. */
    site: string
    uid: string
    patient: string
    date: string
    time: string
    description: string
    accession: string
    study_id: string
    referrer: string
    /** Space-separated, sorted. */
    modalities: string
    body_parts: string
    /** Lower case without accents: what a search compares. */
    search: string
    instances: number
    /** Of these, what we made ourselves (reports): never counted in completeness. */
    made: number
    bytes: number
    expected: number | null
    expected_at: number | null
    /** Who said so. */
    expected_by: string | null
    /** Of the instances the sender listed, those that were not here when it was asked; null where it only counted. */
    expected_missing: Generated<number | null>
    /** 1 when the sender was asked and did not say. */
    expected_unanswered: Generated<0 | 1>
    urgency: string | null
    first_at: number
    last_at: number
    /** Whom its images name: shown as they say it, whatever is known under the same number (see `identity.ts`). */
    patient_name: Generated<string>
    patient_birth_date: Generated<string>
    patient_sex: Generated<string>
  }
  /** What the sender lists of a study, series by series. */
  expected_series: {
    study: string
    uid: string
    number: number | null
    modality: string
    description: string
    instances: number
    /** Its instances, deflated: see `expectations.ts`; null where it does not list them. */
    list: Buffer | null
  }
  /** Studies by who may see them, in the order of lists: the owner's row, and one for each other site that is a party. */
  visible_studies: {
    site: string
    first_at: number
    study: string
    owner: string
    /** 1 while that site is a party to it, also where it is the owner's own. */
    party: 0 | 1
    search: string
    modalities: string
  }
  /** Other identities met in images of a study: a person must look. */
  study_identities: {
    study: string
    issuer: string
    patient_id: string
    name: string
    birth_date: string
    sex: string
    arrival: string
    first_at: number
  }
  series: {
    id: Generated<number>
    study: string
    uid: string
    number: number | null
    description: string
    modality: string
    body_part: string
    laterality: string
    instances: number
  }
  instances: {
    id: Generated<number>
    study: string
    series: number
    uid: string
    sop_class: string
    number: number | null
    frames: number
    object: string
    arrival: string
    received_at: number
    /** 1 while it may not leave, see `leaving.ts`. */
    withheld: Generated<0 | 1>
    /** The reason's code while a rejection note withdraws it (IHE RAD IOCM), see `rejections.ts`. */
    withdrawn: Generated<RejectionCode | null>
    /** The rejection this instance is the note of. */
    note_of: Generated<string | null>
  }
  /** The same SOP Instance UID with other bytes, kept beside the master. */
  instance_variants: {
    id: Generated<number>
    instance: number
    object: string
    arrival: string
    received_at: number
    /**
     * `pending` until it is compared; then an `alternative` representation, or part of a `conflict`; after a decision
     * `refused`, or `superseded` where this is the former master.
     */
    state: Generated<'pending' | 'alternative' | 'conflict' | 'refused' | 'superseded'>
    conflict: string | null
    /** JSON of {@link import('./rules.js').Difference}[]. */
    differences: string | null
    pixels: 'same' | 'different' | 'uncompared' | 'none' | null
    /** JSON of its header's attributes, for the day it becomes master. */
    attributes: string | null
  }
  /** Who else brought an instance, the same bytes or others: it is never sent back there. */
  instance_copies: { instance: number; source: string }
  /** Newcomers of one arrival that disagree with the masters: one question to a person. */
  conflicts: {
    id: string
    study: string
    site: string
    source: string
    arrival: string
    kind: 'correction' | 'pixels'
    /** `dissolved`: another decision left nothing of it. */
    state: 'open' | 'accepted' | 'kept' | 'dissolved'
    /** JSON of {@link import('./rules.js').Summary}. */
    differences: string
    instances: number
    opened_at: number
    decided_at: number | null
    /** The person's name; the journal has their account. */
    decided_by: string | null
    reason: string | null
  }
  /** What an accepted correction put in place of what: never changed, so that what arrived stays provable. */
  corrections: { id: Generated<number>; conflict: string; instance: number; was: string; became: string }
  /** Laid down by requests: who else than the owner may see a study, and since when. */
  study_parties: { study: string; site: string; request: string; since: number; until: number | null }
  /** One study on one association (or one import): settled when it ends or goes quiet. */
  arrivals: {
    id: string
    study: string
    source: string
    source_site: string
    made_here: 0 | 1
    association: string
    calling: string
    called: string
    address: string
    instances: number
    duplicates: number
    conflicts: number
    bytes: number
    first_at: number
    last_at: number
    settled_at: number | null
  }
}

export const studyMigrations: Migration[] = [
  {
    name: 'studies-1',
    sql: `
CREATE TABLE patients (
  id TEXT PRIMARY KEY,
  issuer TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  name TEXT NOT NULL,
  birth_date TEXT NOT NULL,
  sex TEXT NOT NULL,
  UNIQUE (issuer, patient_id)
) STRICT;
CREATE TABLE studies (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  uid TEXT NOT NULL,
  patient TEXT NOT NULL REFERENCES patients (id),
  date TEXT NOT NULL,
  time TEXT NOT NULL,
  description TEXT NOT NULL,
  accession TEXT NOT NULL,
  study_id TEXT NOT NULL,
  referrer TEXT NOT NULL,
  modalities TEXT NOT NULL,
  body_parts TEXT NOT NULL,
  search TEXT NOT NULL,
  instances INTEGER NOT NULL,
  made INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL,
  expected INTEGER,
  expected_at INTEGER,
  expected_by TEXT,
  urgency TEXT,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  UNIQUE (uid, site)
) STRICT;
CREATE INDEX studies_by_site ON studies (site, first_at DESC, id);
CREATE INDEX studies_by_time ON studies (first_at DESC, id);
CREATE INDEX studies_by_patient ON studies (patient);
CREATE INDEX studies_by_accession ON studies (accession) WHERE accession <> '';
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  uid TEXT NOT NULL,
  number INTEGER,
  description TEXT NOT NULL,
  modality TEXT NOT NULL,
  body_part TEXT NOT NULL,
  laterality TEXT NOT NULL,
  instances INTEGER NOT NULL,
  UNIQUE (study, uid)
) STRICT;
CREATE TABLE arrivals (
  id TEXT PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  source TEXT NOT NULL,
  source_site TEXT NOT NULL,
  made_here INTEGER NOT NULL,
  association TEXT NOT NULL,
  calling TEXT NOT NULL,
  called TEXT NOT NULL,
  address TEXT NOT NULL,
  instances INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  conflicts INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX arrivals_open ON arrivals (association, study) WHERE settled_at IS NULL;
CREATE INDEX arrivals_by_study ON arrivals (study);
CREATE TABLE instances (
  id INTEGER PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  series INTEGER NOT NULL REFERENCES series (id),
  uid TEXT NOT NULL,
  sop_class TEXT NOT NULL,
  number INTEGER,
  frames INTEGER NOT NULL,
  object TEXT NOT NULL REFERENCES objects (name),
  arrival TEXT NOT NULL REFERENCES arrivals (id),
  received_at INTEGER NOT NULL,
  UNIQUE (study, uid)
) STRICT;
CREATE INDEX instances_by_series ON instances (series, number, id);
CREATE INDEX instances_by_arrival ON instances (arrival);
CREATE TABLE study_parties (
  study TEXT NOT NULL REFERENCES studies (id),
  site TEXT NOT NULL REFERENCES sites (id),
  request TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (study, site, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_parties_by_site ON study_parties (site, study);
CREATE INDEX study_parties_by_request ON study_parties (request, study);
CREATE TABLE instance_variants (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL REFERENCES instances (id),
  object TEXT NOT NULL REFERENCES objects (name),
  arrival TEXT NOT NULL REFERENCES arrivals (id),
  received_at INTEGER NOT NULL,
  UNIQUE (instance, object)
) STRICT;
`,
  },
  {
    name: 'studies-2',
    sql: `
ALTER TABLE instances ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
`,
  },
  {
    name: 'studies-3',
    sql: `
CREATE TABLE instance_copies (
  instance INTEGER NOT NULL REFERENCES instances (id),
  source TEXT NOT NULL,
  PRIMARY KEY (instance, source)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'studies-4',
    sql: `
CREATE TABLE conflicts (
  id TEXT PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  site TEXT NOT NULL,
  source TEXT NOT NULL,
  arrival TEXT NOT NULL REFERENCES arrivals (id),
  kind TEXT NOT NULL CHECK (kind IN ('correction', 'pixels')),
  state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'kept', 'dissolved')),
  differences TEXT NOT NULL,
  instances INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT,
  reason TEXT
) STRICT;
CREATE INDEX conflicts_by_study ON conflicts (study, state);
CREATE INDEX conflicts_by_site ON conflicts (site, opened_at DESC, id DESC);
ALTER TABLE instance_variants ADD COLUMN state TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE instance_variants ADD COLUMN conflict TEXT REFERENCES conflicts (id);
ALTER TABLE instance_variants ADD COLUMN differences TEXT;
ALTER TABLE instance_variants ADD COLUMN pixels TEXT;
ALTER TABLE instance_variants ADD COLUMN attributes TEXT;
CREATE INDEX instance_variants_pending ON instance_variants (id) WHERE state = 'pending';
CREATE INDEX instance_variants_by_conflict ON instance_variants (conflict) WHERE conflict IS NOT NULL;
CREATE TABLE corrections (
  id INTEGER PRIMARY KEY,
  conflict TEXT NOT NULL REFERENCES conflicts (id),
  instance INTEGER NOT NULL REFERENCES instances (id),
  was TEXT NOT NULL REFERENCES objects (name),
  became TEXT NOT NULL REFERENCES objects (name),
  UNIQUE (conflict, instance)
) STRICT;
CREATE INDEX corrections_by_instance ON corrections (instance, id);
ALTER TABLE studies ADD COLUMN patient_name TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN patient_birth_date TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN patient_sex TEXT NOT NULL DEFAULT '';
UPDATE studies SET (patient_name, patient_birth_date, patient_sex) =
  (SELECT name, birth_date, sex FROM patients WHERE patients.id = studies.patient);
CREATE TABLE study_identities (
  study TEXT NOT NULL REFERENCES studies (id),
  issuer TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  name TEXT NOT NULL,
  birth_date TEXT NOT NULL,
  sex TEXT NOT NULL,
  arrival TEXT NOT NULL REFERENCES arrivals (id),
  first_at INTEGER NOT NULL,
  PRIMARY KEY (study, issuer, patient_id, name, birth_date, sex)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'studies-5',
    sql: `
ALTER TABLE study_parties ADD COLUMN until INTEGER;
`,
  },
  {
    name: 'studies-6',
    sql: `
ALTER TABLE studies ADD COLUMN expected_missing INTEGER;
ALTER TABLE studies ADD COLUMN expected_unanswered INTEGER NOT NULL DEFAULT 0;
CREATE TABLE expected_series (
  study TEXT NOT NULL REFERENCES studies (id),
  uid TEXT NOT NULL,
  number INTEGER,
  modality TEXT NOT NULL,
  description TEXT NOT NULL,
  instances INTEGER NOT NULL,
  list BLOB,
  PRIMARY KEY (study, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_open_by_study ON arrivals (study) WHERE settled_at IS NULL;
CREATE TABLE visible_studies (
  site TEXT NOT NULL REFERENCES sites (id),
  first_at INTEGER NOT NULL,
  study TEXT NOT NULL REFERENCES studies (id),
  owner TEXT NOT NULL,
  party INTEGER NOT NULL,
  search TEXT NOT NULL,
  modalities TEXT NOT NULL,
  PRIMARY KEY (site, first_at DESC, study)
) STRICT, WITHOUT ROWID;
CREATE INDEX visible_studies_by_study ON visible_studies (study);
INSERT INTO visible_studies
  SELECT site, first_at, id, site,
    EXISTS (SELECT 1 FROM study_parties p WHERE p.study = s.id AND p.site = s.site AND p.until IS NULL),
    search, modalities
  FROM studies s;
INSERT OR IGNORE INTO visible_studies
  SELECT p.site, s.first_at, s.id, s.site, 1, s.search, s.modalities
  FROM study_parties p JOIN studies s ON s.id = p.study WHERE p.until IS NULL;
`,
  },
  {
    // Who asks by one UID, for an image or to have it promised, must not read through all of them.
    name: 'studies-7',
    sql: `
CREATE INDEX series_by_uid ON series (uid);
CREATE INDEX instances_by_uid ON instances (uid);
`,
  },
  rejectionMigration,
  loanMigration,
]
