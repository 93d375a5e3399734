import type { Migration } from '../database.js'

export interface PriorTables {
  prior_searches: {
    request: string
    state: 'searching' | 'done'
    searched_at: number | null
    /** How each PACS answered, as JSON. */
    peers: string
  }
  /** An earlier study of the request's patient, best first by score. */
  priors: {
    request: string
    study_uid: string
    site: string
    peer: string
    score: number
    /** Reasons, as JSON. */
    why: string
    wanted: string
    instances: number | null
    chosen: 0 | 1
    retrieval: string | null
  }
}

export const priorMigrations: Migration[] = [
  {
    name: 'priors-1',
    sql: `
CREATE TABLE prior_searches (
  request TEXT PRIMARY KEY REFERENCES requests (id),
  state TEXT NOT NULL CHECK (state IN ('searching', 'done')),
  searched_at INTEGER,
  peers TEXT NOT NULL
) STRICT;
CREATE TABLE priors (
  request TEXT NOT NULL REFERENCES requests (id),
  study_uid TEXT NOT NULL,
  site TEXT NOT NULL REFERENCES sites (id),
  peer TEXT NOT NULL,
  score INTEGER NOT NULL,
  why TEXT NOT NULL,
  wanted TEXT NOT NULL,
  instances INTEGER,
  chosen INTEGER NOT NULL,
  retrieval TEXT REFERENCES retrievals (id),
  PRIMARY KEY (request, study_uid)
) STRICT;
CREATE INDEX priors_by_retrieval ON priors (retrieval) WHERE retrieval IS NOT NULL;
`,
  },
]
