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
]
