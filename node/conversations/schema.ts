import type { Role } from '../accounts/view.js'
import type { Migration } from '../database.js'
import type { AttachmentKind } from './view.js'

/** Times are UTC milliseconds. */
export interface MessageRow {
  id: string
  request: string
  position: number
  /** Sequence of its entry in the journal. */
  fact: number
  at: number
  account: string
  name: string
  role: Role
  site: string
  text: string
  /** JSON: [{account, site, name}] */
  mentions: string
  /** What the sender's machine called it, and the digest of all that was sent under that name. */
  client: string
  digest: string
  error_at: number | null
  error_by: string | null
  error_reason: string | null
}

export interface AttachmentRow {
  id: string
  message: string
  number: number
  name: string
  kind: AttachmentKind
  bytes: number
  sha256: string
  object: string
}

export interface ConversationTables {
  messages: MessageRow
  message_attachments: AttachmentRow
  message_reads: { request: string; account: string; name: string; up_to: number; at: number }
}

export const conversationMigrations: readonly Migration[] = [
  {
    name: 'conversations-1',
    sql: `
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL REFERENCES requests (id),
  position INTEGER NOT NULL,
  fact INTEGER NOT NULL,
  at INTEGER NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  site TEXT NOT NULL,
  text TEXT NOT NULL,
  mentions TEXT NOT NULL,
  client TEXT NOT NULL,
  digest TEXT NOT NULL,
  error_at INTEGER,
  error_by TEXT,
  error_reason TEXT,
  UNIQUE (request, position),
  UNIQUE (request, account, client)
) STRICT;
CREATE INDEX messages_by_account ON messages (account, at);
CREATE TRIGGER messages_are_not_changed
BEFORE UPDATE OF id, request, position, fact, at, account, name, role, site, text, mentions, client, digest ON messages
BEGIN SELECT RAISE(ABORT, 'conversations: what was said stays said'); END;
CREATE TRIGGER messages_are_in_error_once BEFORE UPDATE ON messages WHEN old.error_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'conversations: marked as in error already'); END;
CREATE TRIGGER messages_are_not_deleted BEFORE DELETE ON messages
BEGIN SELECT RAISE(ABORT, 'conversations: a message does not go'); END;

CREATE TABLE message_attachments (
  id TEXT PRIMARY KEY,
  message TEXT NOT NULL REFERENCES messages (id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('pdf', 'jpeg', 'png', 'text')),
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  object TEXT NOT NULL REFERENCES objects (name),
  UNIQUE (message, number)
) STRICT;
CREATE TRIGGER message_attachments_are_not_changed BEFORE UPDATE ON message_attachments
BEGIN SELECT RAISE(ABORT, 'conversations: an attachment stays as it was sent'); END;
CREATE TRIGGER message_attachments_are_not_deleted BEFORE DELETE ON message_attachments
BEGIN SELECT RAISE(ABORT, 'conversations: an attachment does not go'); END;

CREATE TABLE message_reads (
  request TEXT NOT NULL REFERENCES requests (id),
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  up_to INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (request, account)
) STRICT, WITHOUT ROWID;
`,
  },
]
