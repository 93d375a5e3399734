import type { Migration } from '../database.js'

export interface PeerTables {
  peers: {
    id: string
    site: string
    /** The peer as JSON: `Peer`. */
    settings: string
    last_seen_at: number | null
    changed_at: number
  }
  /** Certificates registered peers showed; times are UTC milliseconds. */
  peer_certificates: {
    /** SHA-256, `AB:12:…`. */
    fingerprint: string
    subject: string
    until: number
    seen_at: number
  }
  /** Whom it concerned was told that a certificate ends in so many days. */
  certificate_alarms: {
    fingerprint: string
    days: number
    at: number
  }
}

export const peerMigrations: Migration[] = [
  {
    name: 'peers-1',
    sql: `
CREATE TABLE peers (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES sites (id),
  settings TEXT NOT NULL,
  last_seen_at INTEGER,
  changed_at INTEGER NOT NULL
) STRICT;
`,
  },
  {
    name: 'peers-2',
    sql: `
CREATE TABLE peer_certificates (
  fingerprint TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  until INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE certificate_alarms (
  fingerprint TEXT NOT NULL,
  days INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, days)
) STRICT, WITHOUT ROWID;
`,
  },
]
