import type { Generated } from 'kysely'
import type { Migration } from '../database.js'

/**
 * `nothing`: the PACS does not have it. `refused`: it will not give it. `no-answer`: it could not be reached for as long
 * as was waited. `incomplete`: it gave less than it lists, again and again.
 */
export type RetrievalState =
  | 'queued'
  | 'moving'
  | 'complete'
  | 'incomplete'
  | 'nothing'
  | 'refused'
  | 'no-answer'
  | 'failed'
  | 'cancelled'

export type TransferState = 'queued' | 'moving' | 'sent' | 'confirmed' | 'failed' | 'cancelled'

export interface ExchangeTables {
  routes: { id: string; position: number; enabled: 0 | 1; rule: string }
  transfers: {
    id: string
    study: string
    peer: string
    /** A route's id, `report:<id>`, `manual:<account>`. */
    cause: string
    state: TransferState
    priority: number
    /** Counts up each time something is added or it is tried anew by a person: names its outbox job. */
    generation: number
    job: string | null
    total: number
    sent: number
    failed: number
    confirmed: number
    /** Of those that arrived, how many were encoded anew for this destination. */
    converted: number
    /** Times in a row that the destination did not list what it had acknowledged. */
    unlisted: number
    bytes_total: number
    bytes_sent: number
    attempts: number
    queued_at: number
    started_at: number | null
    settled_at: number | null
    retry_at: number | null
    reason: string | null
  }
  transfer_instances: {
    id: Generated<number>
    transfer: string
    instance: number
    state: 'waiting' | 'sent' | 'confirmed' | 'failed'
    /** The last DIMSE status, as the peer gave it. */
    status: number | null
    reason: string | null
    /** The transfer syntax it was written in for this destination; null: as it was received. */
    sent_as: string | null
  }
  /** We asked a destination to commit itself (PS3.4 Annex J); one transaction each. */
  commitments: {
    transaction_uid: string
    transfer: string
    peer: string
    /** `asking`: the N-ACTION is still owed. `overdue`: no answer in time; one that comes later still counts. */
    state: 'asking' | 'asked' | 'answered' | 'refused' | 'overdue'
    asked_at: number
    due_at: number
    answered_at: number | null
    reason: string | null
  }
  commitment_instances: {
    transaction_uid: string
    transfer_instance: number
    /** `silent`: the destination never said. */
    outcome: 'asked' | 'committed' | 'failed' | 'silent'
    /** Failure Reason (0008,1197). */
    reason: number | null
  }
  /** A peer asked us to commit ourselves. */
  commitment_requests: {
    id: string
    peer: string
    transaction_uid: string
    mode: 'relay' | 'keeper'
    /** `open`: the routes' destinations have not confirmed all of it. `undelivered`: the peer would not hear our answer. */
    state: 'open' | 'reporting' | 'reported' | 'undelivered'
    /** The association it asked on. */
    association: string
    received_at: number
    due_at: number
    reported_at: number | null
    reason: string | null
  }
  commitment_request_instances: {
    request: string
    position: number
    sop_class: string
    uid: string
    instance: number | null
    verdict: 'pending' | 'committed' | 'failed'
    reason: number | null
  }
  /** A holder did not take a rejection note: a person must withdraw the images there. */
  rejection_tasks: {
    rejection: string
    peer: string
    reason: string
    opened_at: number
    done_at: number | null
    /** null where the note was taken in the end. */
    done_by: string | null
  }
  /** What we have committed ourselves to keep: never destroyed, see the migration. */
  holds: { instance: number; request: string; since: number }
  /** A study (or one series) wanted from a PACS: one row for each, whoever and however often it is asked for. */
  retrievals: {
    number: Generated<number>
    id: string
    /** Of the PACS: what comes belongs to it. */
    site: string
    peer: string
    study_uid: string
    /** Empty = the whole study. */
    series_uid: string
    /** `manual:<account>` or `prior:<request>`: who wanted it first. */
    cause: string
    /** What is known of it before it is here: {@link WantedStudy} as JSON. */
    wanted: string
    state: RetrievalState
    /** Why it waits or ended, as a code with words on screen: `no-answer`, `refused` … */
    trouble: string | null
    reason: string | null
    priority: number
    generation: number
    job: string | null
    /** Instances the PACS lists; null where it does not say. */
    total: number | null
    /** Of these, what is here. */
    here: number
    /** Sub-operations as the PACS counted them, over all runs. */
    completed: number
    failed: number
    warning: number
    attempts: number
    queued_at: number
    started_at: number | null
    settled_at: number | null
    retry_at: number | null
  }
  /** Where a retrieval goes on to when it is here, because a person asked for that. */
  retrieval_forwards: {
    retrieval: string
    peer: string
    cause: string
    transfer: string | null
    refusal: string | null
  }
  /** Which arrivals a retrieval brought: they fire no route. Written before their first image is. */
  retrieval_arrivals: { association: string; study_uid: string; retrieval: string }
}

export const exchangeMigrations: Migration[] = [
  {
    name: 'exchange-1',
    sql: `
CREATE TABLE routes (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  rule TEXT NOT NULL
) STRICT;
CREATE TABLE transfers (
  id TEXT PRIMARY KEY,
  study TEXT NOT NULL REFERENCES studies (id),
  peer TEXT NOT NULL,
  cause TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'moving', 'sent', 'confirmed', 'failed', 'cancelled')),
  priority INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  job TEXT,
  total INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  unlisted INTEGER NOT NULL,
  bytes_total INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  settled_at INTEGER,
  retry_at INTEGER,
  reason TEXT,
  UNIQUE (study, peer, cause)
) STRICT;
CREATE INDEX transfers_by_time ON transfers (queued_at DESC, id);
CREATE INDEX transfers_open ON transfers (peer) WHERE state IN ('queued', 'moving', 'failed');
CREATE TABLE transfer_instances (
  id INTEGER PRIMARY KEY,
  transfer TEXT NOT NULL REFERENCES transfers (id),
  instance INTEGER NOT NULL REFERENCES instances (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'confirmed', 'failed')),
  status INTEGER,
  reason TEXT,
  UNIQUE (transfer, instance)
) STRICT;
CREATE INDEX transfer_instances_by_state ON transfer_instances (transfer, state);
`,
  },
  {
    name: 'exchange-commitment',
    sql: `
CREATE TABLE commitments (
  transaction_uid TEXT PRIMARY KEY,
  transfer TEXT NOT NULL REFERENCES transfers (id),
  peer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asking', 'asked', 'answered', 'refused', 'overdue')),
  asked_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  answered_at INTEGER,
  reason TEXT
) STRICT;
CREATE INDEX commitments_by_transfer ON commitments (transfer);
CREATE TABLE commitment_instances (
  transaction_uid TEXT NOT NULL REFERENCES commitments (transaction_uid),
  transfer_instance INTEGER NOT NULL REFERENCES transfer_instances (id),
  outcome TEXT NOT NULL CHECK (outcome IN ('asked', 'committed', 'failed', 'silent')),
  reason INTEGER,
  PRIMARY KEY (transaction_uid, transfer_instance)
) STRICT, WITHOUT ROWID;
CREATE INDEX commitment_instances_by_instance ON commitment_instances (transfer_instance);
CREATE TABLE commitment_requests (
  id TEXT PRIMARY KEY,
  peer TEXT NOT NULL,
  transaction_uid TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('relay', 'keeper')),
  state TEXT NOT NULL CHECK (state IN ('open', 'reporting', 'reported', 'undelivered')),
  association TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  reported_at INTEGER,
  reason TEXT
) STRICT;
CREATE INDEX commitment_requests_by_transaction ON commitment_requests (peer, transaction_uid);
CREATE INDEX commitment_requests_open ON commitment_requests (peer) WHERE state IN ('open', 'reporting');
CREATE TABLE commitment_request_instances (
  request TEXT NOT NULL REFERENCES commitment_requests (id),
  position INTEGER NOT NULL,
  sop_class TEXT NOT NULL,
  uid TEXT NOT NULL,
  instance INTEGER REFERENCES instances (id),
  verdict TEXT NOT NULL CHECK (verdict IN ('pending', 'committed', 'failed')),
  reason INTEGER,
  PRIMARY KEY (request, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX commitment_requests_pending ON commitment_request_instances (instance) WHERE verdict = 'pending';
-- A row here keeps its instance, and the instance its object: the references forbid that either is deleted.
CREATE TABLE holds (
  instance INTEGER PRIMARY KEY REFERENCES instances (id),
  request TEXT NOT NULL REFERENCES commitment_requests (id),
  since INTEGER NOT NULL
) STRICT;
CREATE TRIGGER holds_stay BEFORE DELETE ON holds BEGIN
  SELECT RAISE(ABORT, 'what was committed to is never let go');
END;
`,
  },
  {
    name: 'exchange-transcoding',
    sql: `
ALTER TABLE transfers ADD COLUMN converted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transfer_instances ADD COLUMN sent_as TEXT;
`,
  },
  {
    name: 'exchange-retrievals-1',
    sql: `
CREATE TABLE retrievals (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  site TEXT NOT NULL REFERENCES sites (id),
  peer TEXT NOT NULL,
  study_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  cause TEXT NOT NULL,
  wanted TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('queued', 'moving', 'complete', 'incomplete', 'nothing', 'refused', 'no-answer', 'failed', 'cancelled')),
  trouble TEXT,
  reason TEXT,
  priority INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  job TEXT,
  total INTEGER,
  here INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  warning INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  settled_at INTEGER,
  retry_at INTEGER,
  UNIQUE (peer, study_uid, series_uid)
) STRICT;
CREATE INDEX retrievals_by_study ON retrievals (study_uid);
CREATE INDEX retrievals_by_time ON retrievals (site, queued_at DESC, id);
CREATE TABLE retrieval_forwards (
  retrieval TEXT NOT NULL REFERENCES retrievals (id),
  peer TEXT NOT NULL,
  cause TEXT NOT NULL,
  transfer TEXT,
  refusal TEXT,
  PRIMARY KEY (retrieval, peer)
) STRICT, WITHOUT ROWID;
CREATE TABLE retrieval_arrivals (
  association TEXT NOT NULL,
  study_uid TEXT NOT NULL,
  retrieval TEXT NOT NULL,
  PRIMARY KEY (association, study_uid)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'exchange-rejections',
    sql: `
CREATE TABLE rejection_tasks (
  rejection TEXT NOT NULL REFERENCES rejections (id),
  peer TEXT NOT NULL,
  reason TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  done_at INTEGER,
  done_by TEXT,
  PRIMARY KEY (rejection, peer)
) STRICT, WITHOUT ROWID;
`,
  },
]
