import type { Language } from '../accounts/view.js'
import type { Migration } from '../database.js'
import type { NoticeView } from './view.js'

export type ChannelName = NoticeView['channels'][number]['channel']
export type ChannelState = NoticeView['channels'][number]['state']

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
}

/** A letter that is about no notice: it brings somebody a link, or tells them that one was used. */
export interface LinkLetterRow {
  id: string
  /** Sequence of the journal's entry by which it is owed. */
  fact: number
  kind: 'invitation' | 'password-reset' | 'password-changed' | 'inbox'
  /** The account, or the inbox. */
  subject: string
  site: string | null
  /** Only of an inbox: whom it goes to, in which language, and when its link ends. */
  recipient: string | null
  language: Language | null
  link_ends_at: number | null
  at: number
  state: 'queued' | 'sent' | 'failed'
  reason: string | null
}

export interface NotificationTables {
  notices: NoticeRow
  notice_channels: {
    notice: string
    channel: ChannelName
    state: ChannelState
    at: number
    reason: string | null
  }
  link_letters: LinkLetterRow
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
]
