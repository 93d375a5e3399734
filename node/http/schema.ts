import type { Migration } from '../database.js'

export interface HttpTables {
  idempotent_answers: {
    account: string
    key: string
    /** SHA-256 of method, path and body. */
    digest: Buffer
    status: number
    answer: string
    at: number
  }
  /** Keys whose work was begun and whose answer is not written down. */
  idempotent_reservations: { account: string; key: string; digest: Buffer; at: number }
}

export const httpMigrations: readonly Migration[] = [
  {
    name: 'http-1',
    sql: `
      CREATE TABLE idempotent_answers (
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        status INTEGER NOT NULL,
        answer TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, key)
      ) STRICT;
      CREATE INDEX idempotent_answers_at ON idempotent_answers (at);
    `,
  },
  {
    name: 'http-2',
    sql: `
      CREATE TABLE idempotent_reservations (
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, key)
      ) STRICT;
      CREATE INDEX idempotent_reservations_at ON idempotent_reservations (at);
    `,
  },
]
