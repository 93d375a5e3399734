import type { Migration } from '../database.js'
import type { AttachmentKind } from '../objects/view.js'
import { type AskTables, askMigration } from './asks-schema.js'
import type { OfferOutcome, RequestKind, RequestRow, RequestState, Urgency } from './view.js'
import { indexedListsMigrations, ownRowsMigration, worklistMigration } from './worklist-schema.js'

/** Times are UTC milliseconds. */
export interface RequestRecord {
  id: string
  site: string
  reference: string
  state: RequestState
  /** The state to return to from `info-requested`. */
  back: RequestState | null
  kind: RequestKind
  urgency: Urgency
  /** 0 emergency, 1 urgent, 2 routine: the worklist's first order. */
  urgency_rank: number
  modality: string
  /** The reading group: named by the requester, then the one it was offered to. */
  reading_site: string | null
  /** The current version of the form, as JSON of {@link NewRequest}. */
  form: string
  revision: number
  search: string
  created_by: string
  created_at: number
  submitted_at: number | null
  offered_at: number | null
  claimed_at: number | null
  accepted_at: number | null
  images_at: number | null
  reported_at: number | null
  /** Submission, or creation of a draft, or the place of `triage.ts`: the worklist's second order. */
  ordered_at: number
  due_at: number | null
  due_for: NonNullable<RequestRow['due']>['for'] | null
  claim: string | null
  holder: string | null
  holder_name: string | null
  exam_done: 0 | 1
  report: string | null
  report_state: NonNullable<RequestRow['report']>['state'] | null
  acknowledged: 0 | 1
  /** Of the newest offering: its number, the wave that was asked last (from 0; all of them = every one failed). */
  offer_round: number
  offer_wave: number
  offer_waves: number
  wave_ms: number | null
  /** Who had it before this offering. */
  had_by: string | null
  /** The timers of the contract it is offered under, as JSON: fixed when it is offered. */
  terms: string | null
  /** Who says that it was entered in error, as JSON of `ErrorAsk`, until a second person declines. */
  error_ask: string | null
  /** The newest hint of how pressing it is, as JSON of `Triage`. */
  triage: string | null
  /** Of one entered after a breakdown: when it was asked for; `created_at` is when it was recorded. */
  happened_at: number | null
}

export interface RequestTables extends AskTables {
  requests: RequestRecord
  request_versions: {
    request: string
    revision: number
    form: string
    at: number
    by: string
    name: string | null
    reason: string | null
  }
  request_studies: { request: string; StudyInstanceUID: string; position: number; linked_at: number }
  request_parties: {
    request: string
    site: string
    since: number
    /** When it was taken from them, and the journal's entry that did. */
    until: number | null
    ended_by: number | null
  }
  request_claims: {
    id: string
    request: string
    account: string
    name: string
    site: string
    at: number
    ended_at: number | null
  }
  request_offers: {
    request: string
    round: number
    account: string
    name: string
    site: string
    wave: number
    /** In the order of its wave. */
    position: number
    offered_at: number
    /** JSON of the reasons. */
    why: string
    seen_at: number | null
    outcome: OfferOutcome
    ended_at: number | null
    /** Of a decline. */
    code: string | null
    reason: string | null
  }
  request_handovers: {
    request: string
    claim: string
    account: string
    name: string
    reason: string | null
    at: number
  }
  /** What keeps a request from being closed, placed by higher floors under a name. */
  request_holds: { request: string; name: string; at: number }
  /** Papers that go with the form. */
  request_documents: {
    id: string
    request: string
    number: number
    name: string
    kind: AttachmentKind
    bytes: number
    sha256: string
    object: string
    /** Sequence of its entry in the journal. */
    fact: number
    at: number
    by: string
  }
  /** Differences between request and images that a person has looked at. */
  request_confirmations: {
    request: string
    account: string
    /** What differed, as JSON: anything else asks again. */
    differences: string
    moment: 'opening' | 'signing'
    reason: string
    at: number
  }
  request_numbers: { site: string; prefix: string; last: number }
  /** Numbers printed on blank forms: of one site and day, each entered once at most. */
  request_paper_numbers: {
    number: string
    site: string
    /** YYYY-MM-DD, on the wall of the site. */
    day: string
    position: number
    reserved_at: number
    request: string | null
  }
  /** How many requests a site has or takes part in (not its own ones); kept by triggers. */
  request_tallies: {
    site: string
    relation: 'own' | 'party' | 'former'
    state: RequestState
    modality: string
    n: number
  }
  /** How much of each state each reader holds; kept by triggers. */
  request_loads: { holder: string; state: RequestState; n: number }
}

export const requestMigrations: Migration[] = [
  {
    name: 'requests-1',
    sql: `
CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  back TEXT,
  kind TEXT NOT NULL,
  urgency TEXT NOT NULL,
  urgency_rank INTEGER NOT NULL,
  modality TEXT NOT NULL,
  reading_site TEXT,
  form TEXT NOT NULL,
  revision INTEGER NOT NULL,
  search TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  submitted_at INTEGER,
  offered_at INTEGER,
  claimed_at INTEGER,
  accepted_at INTEGER,
  images_at INTEGER,
  reported_at INTEGER,
  ordered_at INTEGER NOT NULL,
  due_at INTEGER,
  due_for TEXT,
  claim TEXT,
  holder TEXT,
  holder_name TEXT,
  exam_done INTEGER NOT NULL DEFAULT 0,
  report TEXT,
  report_state TEXT,
  acknowledged INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX requests_worklist ON requests (urgency_rank, ordered_at, id);
CREATE INDEX requests_by_state ON requests (state, urgency_rank, ordered_at, id);
CREATE INDEX requests_by_holder ON requests (holder, urgency_rank, ordered_at, id);
CREATE INDEX requests_by_site ON requests (site, urgency_rank, ordered_at, id);
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;

-- Every version of the form as it was submitted; what was asked is never rewritten.
CREATE TABLE request_versions (
  request TEXT NOT NULL REFERENCES requests (id),
  revision INTEGER NOT NULL,
  form TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  PRIMARY KEY (request, revision)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER request_versions_are_not_changed BEFORE UPDATE ON request_versions
BEGIN SELECT RAISE(ABORT, 'requests: a version does not change'); END;
CREATE TRIGGER request_versions_are_not_deleted BEFORE DELETE ON request_versions
BEGIN SELECT RAISE(ABORT, 'requests: a version does not go'); END;

CREATE TABLE request_studies (
  request TEXT NOT NULL REFERENCES requests (id),
  StudyInstanceUID TEXT NOT NULL,
  position INTEGER NOT NULL,
  linked_at INTEGER NOT NULL,
  PRIMARY KEY (request, StudyInstanceUID)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_studies_by_uid ON request_studies (StudyInstanceUID);

CREATE TABLE request_parties (
  request TEXT NOT NULL REFERENCES requests (id),
  site TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (request, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_parties_by_site ON request_parties (site, request);

CREATE TABLE request_claims (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL REFERENCES requests (id),
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  site TEXT NOT NULL,
  at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
-- At most one live claim, whatever the program above does.
CREATE UNIQUE INDEX request_claims_live ON request_claims (request) WHERE ended_at IS NULL;

CREATE TABLE request_declines (
  request TEXT NOT NULL REFERENCES requests (id),
  account TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (request, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE request_asks (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL REFERENCES requests (id),
  text TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT,
  answered_by TEXT,
  answered_at INTEGER
) STRICT;
CREATE INDEX request_asks_by_request ON request_asks (request);

CREATE TABLE request_holds (
  request TEXT NOT NULL REFERENCES requests (id),
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (request, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE request_numbers (
  site TEXT PRIMARY KEY,
  prefix TEXT NOT NULL UNIQUE,
  last INTEGER NOT NULL
) STRICT;
`,
  },
  {
    name: 'requests-2',
    sql: `
CREATE INDEX requests_by_author ON requests (created_by, urgency_rank, ordered_at, id);
`,
  },
  {
    name: 'requests-3',
    sql: `
ALTER TABLE request_parties ADD COLUMN ended_by INTEGER;
`,
  },
  {
    name: 'requests-4',
    sql: `
-- Who looked at what of a patient is asked by the patient.
CREATE INDEX requests_by_patient ON requests (json_extract(form, '$.patient.id'));
`,
  },
  {
    name: 'requests-form-1',
    sql: `
-- Who wrote a version, by name, and why there is another one.
ALTER TABLE request_versions ADD COLUMN name TEXT;
ALTER TABLE request_versions ADD COLUMN reason TEXT;
`,
  },
  {
    name: 'requests-offers-1',
    sql: `
ALTER TABLE requests ADD COLUMN offer_round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN offer_wave INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN offer_waves INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN wave_ms INTEGER;
ALTER TABLE requests ADD COLUMN had_by TEXT;
ALTER TABLE requests ADD COLUMN terms TEXT;
CREATE TABLE request_offers (
  request TEXT NOT NULL REFERENCES requests (id),
  round INTEGER NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  site TEXT NOT NULL,
  wave INTEGER NOT NULL,
  position INTEGER NOT NULL,
  offered_at INTEGER NOT NULL,
  why TEXT NOT NULL,
  seen_at INTEGER,
  outcome TEXT NOT NULL CHECK (outcome IN ('offered', 'seen', 'declined', 'lapsed', 'won')),
  ended_at INTEGER,
  code TEXT,
  reason TEXT,
  PRIMARY KEY (request, round, account)
) STRICT, WITHOUT ROWID;
-- What is offered now stays offered to those it was offered to, less those who declined.
INSERT INTO request_offers
SELECT r.id, 0, json_extract(reader.value, '$.account'), json_extract(reader.value, '$.name'), r.reading_site, 0, reader.key,
  r.offered_at, '[]', NULL, CASE WHEN d.account IS NULL THEN 'offered' ELSE 'declined' END, d.at,
  CASE WHEN d.account IS NULL THEN NULL ELSE 'other' END, d.reason
FROM requests r
JOIN journal_bodies b ON b.seq = (
  SELECT max(j.seq) FROM journal j JOIN journal_subjects s ON s.seq = j.seq
  WHERE s.id = r.id AND j.type IN ('request-offered', 'request-rerouted'))
JOIN json_each(b.body, '$.readers') reader
LEFT JOIN request_declines d ON d.request = r.id AND d.account = json_extract(reader.value, '$.account')
WHERE r.state = 'offered';
DROP TABLE request_declines;
`,
  },
  {
    name: 'requests-form-2',
    sql: `
CREATE TABLE request_documents (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL REFERENCES requests (id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('pdf', 'jpeg', 'png', 'text')),
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  object TEXT NOT NULL REFERENCES objects (name),
  fact INTEGER NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  UNIQUE (request, number)
) STRICT;
CREATE TRIGGER request_documents_are_not_changed BEFORE UPDATE ON request_documents
BEGIN SELECT RAISE(ABORT, 'requests: an attachment stays as it was sent'); END;
CREATE TRIGGER request_documents_are_not_deleted BEFORE DELETE ON request_documents
BEGIN SELECT RAISE(ABORT, 'requests: an attachment does not go'); END;
`,
  },
  worklistMigration,
  {
    name: 'requests-offers-2',
    sql: `
-- A claim that is being handed to a colleague: gone when they take it, or when the claim ends.
CREATE TABLE request_handovers (
  request TEXT PRIMARY KEY REFERENCES requests (id),
  claim TEXT NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  reason TEXT,
  at INTEGER NOT NULL
) STRICT;
`,
  },
  {
    name: 'requests-form-3',
    sql: `
CREATE TABLE request_confirmations (
  request TEXT NOT NULL REFERENCES requests (id),
  account TEXT NOT NULL,
  differences TEXT NOT NULL,
  moment TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (request, account, differences)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'requests-later-1',
    sql: `
ALTER TABLE requests ADD COLUMN happened_at INTEGER;
CREATE TABLE request_paper_numbers (
  number TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  day TEXT NOT NULL,
  position INTEGER NOT NULL,
  reserved_at INTEGER NOT NULL,
  request TEXT UNIQUE REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (site, day, position)
) STRICT, WITHOUT ROWID;
-- What lies on paper somewhere stays reserved, and what was entered stays entered.
CREATE TRIGGER request_paper_numbers_are_used_once BEFORE UPDATE ON request_paper_numbers
WHEN OLD.request IS NOT NULL OR NEW.number <> OLD.number OR NEW.site <> OLD.site OR NEW.day <> OLD.day
BEGIN SELECT RAISE(ABORT, 'requests: a paper number is used once'); END;
CREATE TRIGGER request_paper_numbers_do_not_go BEFORE DELETE ON request_paper_numbers
BEGIN SELECT RAISE(ABORT, 'requests: a paper number stays reserved'); END;
`,
  },
  askMigration,
  {
    name: 'requests-error-1',
    sql: `
ALTER TABLE requests ADD COLUMN error_ask TEXT;
`,
  },
  ownRowsMigration,
  {
    name: 'requests-triage-1',
    sql: `
ALTER TABLE requests ADD COLUMN triage TEXT;
CREATE INDEX requests_triaged ON requests (state) WHERE triage IS NOT NULL;
CREATE INDEX requests_coming_due ON requests (due_at, ordered_at) WHERE due_at IS NOT NULL;
`,
  },
  ...indexedListsMigrations,
]
