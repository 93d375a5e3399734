import type { Migration } from '../database.js'

/** Times are UTC milliseconds. */
export interface LoanTables {
  /** One study that another viewer may read for a while; its secret is of a link for it. */
  study_loans: {
    id: string
    study: string
    /** As the settings call the viewer; empty where it was none of those. */
    viewer: string
    /** Whose right it is: a membership, or the share of a report whose reader has no account. */
    lender: string
    /** Null: there is no account, and the share stands for it. */
    account: string | null
    site: string
    name: string
    made_at: number
    expires_at: number
  }
}

export const loanMigration: Migration = {
  name: 'studies-loans-1',
  sql: `
CREATE TABLE study_loans (
  id TEXT PRIMARY KEY,
  study TEXT NOT NULL,
  viewer TEXT NOT NULL,
  lender TEXT NOT NULL,
  account TEXT,
  site TEXT NOT NULL REFERENCES sites (id),
  name TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX study_loans_of ON study_loans (study, made_at);
`,
}
