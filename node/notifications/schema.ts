import type { Language } from '../accounts/view.js'
import type { Migration } from '../database.js'
import type { AlertKind, AlertView, CallOutcome, ChannelName, ChannelState, NoticeView } from './view.js'

export type { ChannelName, ChannelState } from './view.js'

/** Times are UTC milliseconds. */
export interface NoticeRow {
  id: string
  /** Sequence of the journal's entry it tells of. */
  fact: number
  account: string
  /** The site the person is told as a member of. */
  member_of: string
  kind: NoticeView['kind']
  urgency: NoticeView['urgency']
  /** The site it is about: its name is all a letter says of where. */
  site: string
  reference: string
  request: string | null
  report: string | null
  /** The version of the report it tells of. */
  version: number | null
  transfer: string | null
  /** The disc it tells of. */
  import: string | null
  at: number
  read_at: number | null
  /** The alert it was sent for, and its rung. */
  alert: string | null
  rung: number | null
  /** Its alert ended: nobody has to look any more. */
  over_at: number | null
}

export interface AlertRow {
  id: string
  kind: AlertKind
  request: string
  report: string | null
  version: number | null
  urgency: NoticeView['urgency']
  /** The site that asks, and the one that reads. */
  site: string
  reading_site: string | null
  reference: string
  /** Accounts; null where there is none. */
  requester: string | null
  holder: string | null
  /** JSON of its `Ladder`, as it was when it opened. */
  ladder: string
  /** The last rung that was fired; -1 = none. */
  rung: number
  next_at: number | null
  state: AlertView['state']
  opened_at: number
  ended_at: number | null
  ended_by: string | null
  ended_role: string | null
  note: string | null
  /** The critical finding it is about. */
  about: string | null
}

/** A browser that can be woken (Push API). */
export interface PushDeviceRow {
  id: string
  account: string
  endpoint: string
  p256dh: string
  auth: string
  name: string
  made_at: number
  used_at: number | null
  ended_at: number | null
}

export interface CallRow {
  id: string
  alert: string
  opened_at: number
  /** Set by the outcome that ends it. */
  settled_at: number | null
}

/** A letter that is about no notice: it brings somebody a link, or tells them that one was used. */
export interface LinkLetterRow {
  id: string
  /** Sequence of the journal's entry by which it is owed. */
  fact: number
  kind: 'invitation' | 'password-reset' | 'password-changed' | 'inbox' | 'report'
  /** The account, the inbox, or the share of a report. */
  subject: string
  site: string | null
  /** Only of an inbox and a report: whom it goes to, in which language, and when its link ends. */
  recipient: string | null
  language: Language | null
  link_ends_at: number | null
  at: number
  state: 'queued' | 'sent' | 'failed'
  reason: string | null
}

export interface NotificationTables {
  /** How a channel was when it was last asked. */
  channel_health: {
    channel: string
    checked_at: number
    reason: string | null
    down_since: number | null
    /** When the others told of it. */
    told_at: number | null
  }
  notices: NoticeRow
  notice_channels: {
    notice: string
    channel: ChannelName
    state: ChannelState
    at: number
    reason: string | null
  }
  link_letters: LinkLetterRow
  push_devices: PushDeviceRow
  alerts: AlertRow
  alert_rungs: { alert: string; rung: number; fired_at: number; early: 0 | 1 }
  call_tasks: CallRow
  call_attempts: {
    call: string
    at: number
    by: string
    name: string
    outcome: CallOutcome
    reached: string | null
    note: string | null
  }
  /** How a person wants to be reached; none = by letter, at any hour. */
  reach: {
    account: string
    routine_letters: 0 | 1
    quiet_from: string | null
    quiet_to: string | null
    quiet_zone: string | null
    /** Whether urgent requests ring as emergencies do. */
    urgent_rings: 0 | 1
    changed_at: number
  }
  /** Letters kept for reading on screen instead of being sent (demonstration). */
  mailbox: {
    /** The notice, or the letter that is about none. */
    notice: string
    at: number
    recipient: string
    subject: string
    text: string
    html: string
  }
}

export const notificationMigrations: Migration[] = [
  {
    name: 'notifications-1',
    sql: `
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  fact INTEGER NOT NULL,
  account TEXT NOT NULL,
  member_of TEXT NOT NULL,
  kind TEXT NOT NULL,
  urgency TEXT NOT NULL,
  site TEXT NOT NULL,
  reference TEXT NOT NULL,
  request TEXT,
  report TEXT,
  transfer TEXT,
  at INTEGER NOT NULL,
  read_at INTEGER,
  UNIQUE (fact, account)
) STRICT;
CREATE INDEX notices_of ON notices (account, (read_at IS NOT NULL), at DESC, id DESC);
CREATE INDEX notices_by_request ON notices (request, at);
CREATE TABLE notice_channels (
  notice TEXT NOT NULL REFERENCES notices (id),
  channel TEXT NOT NULL CHECK (channel IN ('screen', 'email')),
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'opened')),
  at INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE mailbox (
  notice TEXT PRIMARY KEY REFERENCES notices (id),
  at INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL
) STRICT;
CREATE INDEX mailbox_by_time ON mailbox (at DESC, notice DESC);
`,
  },
  {
    name: 'notifications-2',
    sql: `
ALTER TABLE notices ADD COLUMN version INTEGER;
UPDATE notices SET version = (SELECT json_extract(body, '$.version') FROM journal_bodies WHERE seq = notices.fact)
WHERE report IS NOT NULL;
-- Letters that no mail server was there for: looked for at each start.
CREATE INDEX notice_channels_failed ON notice_channels (channel, reason) WHERE state = 'failed';
`,
  },
  {
    name: 'notifications-3',
    sql: `
CREATE TABLE link_letters (
  id TEXT PRIMARY KEY,
  fact INTEGER NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password-reset', 'password-changed', 'inbox')),
  subject TEXT NOT NULL,
  site TEXT,
  recipient TEXT,
  language TEXT,
  link_ends_at INTEGER,
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  reason TEXT
) STRICT;
CREATE INDEX link_letters_of ON link_letters (kind, subject, at);
-- A captured letter need not be a notice's.
CREATE TABLE captured_letters (
  notice TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL
) STRICT;
INSERT INTO captured_letters SELECT notice, at, recipient, subject, text, html FROM mailbox;
DROP TABLE mailbox;
ALTER TABLE captured_letters RENAME TO mailbox;
CREATE INDEX mailbox_by_time ON mailbox (at DESC, notice DESC);
ALTER TABLE notices ADD COLUMN import TEXT;
`,
  },
  {
    name: 'notifications-4',
    sql: `
CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  request TEXT NOT NULL,
  report TEXT,
  version INTEGER,
  urgency TEXT NOT NULL,
  site TEXT NOT NULL,
  reading_site TEXT,
  reference TEXT NOT NULL,
  requester TEXT,
  holder TEXT,
  ladder TEXT NOT NULL,
  rung INTEGER NOT NULL,
  next_at INTEGER,
  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'ended')),
  opened_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by TEXT,
  ended_role TEXT,
  note TEXT
) STRICT;
-- One question of a kind at a time.
CREATE UNIQUE INDEX alerts_open ON alerts (request, kind) WHERE state = 'open';
CREATE INDEX alerts_of ON alerts (request, opened_at);
CREATE INDEX alerts_due ON alerts (next_at) WHERE state = 'open' AND next_at IS NOT NULL;
CREATE TABLE alert_rungs (
  alert TEXT NOT NULL REFERENCES alerts (id),
  rung INTEGER NOT NULL,
  fired_at INTEGER NOT NULL,
  early INTEGER NOT NULL CHECK (early IN (0, 1)),
  PRIMARY KEY (alert, rung)
) STRICT, WITHOUT ROWID;
CREATE TABLE call_tasks (
  id TEXT PRIMARY KEY,
  alert TEXT NOT NULL REFERENCES alerts (id),
  opened_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX call_tasks_of ON call_tasks (alert);
CREATE INDEX call_tasks_open ON call_tasks (opened_at) WHERE settled_at IS NULL;
CREATE TABLE call_attempts (
  call TEXT NOT NULL REFERENCES call_tasks (id),
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  name TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reached TEXT,
  note TEXT
) STRICT;
CREATE INDEX call_attempts_of ON call_attempts (call, at);
CREATE TABLE reach (
  account TEXT PRIMARY KEY,
  routine_letters INTEGER NOT NULL CHECK (routine_letters IN (0, 1)),
  quiet_from TEXT,
  quiet_to TEXT,
  quiet_zone TEXT,
  changed_at INTEGER NOT NULL
) STRICT;
ALTER TABLE notices ADD COLUMN alert TEXT;
ALTER TABLE notices ADD COLUMN rung INTEGER;
ALTER TABLE notices ADD COLUMN over_at INTEGER;
DROP INDEX notices_of;
CREATE INDEX notices_of ON notices (account, (read_at IS NOT NULL OR over_at IS NOT NULL), at DESC, id DESC);
CREATE INDEX notices_of_alert ON notices (alert, rung) WHERE alert IS NOT NULL;
CREATE TABLE notice_channels_of_more (
  notice TEXT NOT NULL REFERENCES notices (id),
  channel TEXT NOT NULL CHECK (channel IN ('screen', 'email', 'push', 'telephone')),
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'sent', 'delivered', 'opened', 'acknowledged', 'failed', 'cancelled')),
  at INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_channels_of_more (notice, channel, state, at, reason)
  SELECT notice, channel, state, at, reason FROM notice_channels;
DROP TABLE notice_channels;
ALTER TABLE notice_channels_of_more RENAME TO notice_channels;
CREATE INDEX notice_channels_failed ON notice_channels (channel, reason) WHERE state = 'failed';
`,
  },
  {
    name: 'notifications-5',
    sql: `
CREATE TABLE push_devices (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  name TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  used_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX push_devices_live ON push_devices (endpoint) WHERE ended_at IS NULL;
CREATE INDEX push_devices_of ON push_devices (account) WHERE ended_at IS NULL;
CREATE INDEX notices_of_trials ON notices (account, at) WHERE kind = 'alarm-test';
`,
  },
  {
    name: 'notifications-6',
    sql: `
CREATE TABLE channel_health (
  channel TEXT PRIMARY KEY,
  checked_at INTEGER NOT NULL,
  reason TEXT,
  down_since INTEGER,
  told_at INTEGER
) STRICT;
`,
  },
  {
    name: 'notifications-7',
    sql: `
ALTER TABLE alerts ADD COLUMN about TEXT;
DROP INDEX alerts_open;
-- One question of a kind at a time; of critical findings one each.
CREATE UNIQUE INDEX alerts_open ON alerts (request, kind, coalesce(about, '')) WHERE state = 'open';
`,
  },
  {
    name: 'notifications-8',
    sql: `
ALTER TABLE reach ADD COLUMN urgent_rings INTEGER NOT NULL DEFAULT 0 CHECK (urgent_rings IN (0, 1));
`,
  },
  {
    name: 'notifications-9',
    sql: `
CREATE TABLE link_letters_9 (
  id TEXT PRIMARY KEY,
  fact INTEGER NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password-reset', 'password-changed', 'inbox', 'report')),
  subject TEXT NOT NULL,
  site TEXT,
  recipient TEXT,
  language TEXT,
  link_ends_at INTEGER,
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  reason TEXT
) STRICT;
INSERT INTO link_letters_9 SELECT * FROM link_letters;
DROP TABLE link_letters;
ALTER TABLE link_letters_9 RENAME TO link_letters;
CREATE INDEX link_letters_of ON link_letters (kind, subject, at);
`,
  },
]
