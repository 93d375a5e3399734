import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { AccountTables } from './schema.js'
import { digestOf } from './sessions.js'

/** What a one-time link lets its holder do, once. */
export type LinkPurpose = { purpose: 'first-operator' } | { purpose: 'invitation'; account: string }

export interface Links {
  /** Makes a link; earlier ones for the same purpose open nothing any more. Only the digest of its secret is kept. */
  make(tx: Tx, purpose: LinkPurpose): Promise<{ secret: string; expiresAt: number }>
  /** What the link opens. Throws `unauthenticated` when it was used, expired, or never was. */
  find(secret: string): Promise<LinkPurpose>
  /** Uses it up; throws `unauthenticated` when somebody was faster. */
  use(tx: Tx, secret: string): Promise<void>
}

const HOUR_MS = 3_600_000

export function openLinks(options: { db: Database; clock: Clock; ids: Ids; linkHours: number }): Links {
  const { db, clock, ids, linkHours } = options
  return {
    make: async (tx, link) => {
      const account = link.purpose === 'invitation' ? link.account : null
      const sql = tx.sql<AccountTables>()
      const earlier = sql
        .updateTable('one_time_links')
        .set({ used_at: clock.now() })
        .where('used_at', 'is', null)
      await (account === null
        ? earlier.where('purpose', '=', 'first-operator')
        : earlier.where('account', '=', account)
      ).execute()
      const secret = ids.secret()
      const expiresAt = clock.now() + linkHours * HOUR_MS
      await sql
        .insertInto('one_time_links')
        .values({
          digest: digestOf(secret),
          purpose: link.purpose,
          account,
          expires_at: expiresAt,
          used_at: null,
        })
        .execute()
      return { secret, expiresAt }
    },
    find: async secret => {
      const row = await db
        .sql<AccountTables>()
        .selectFrom('one_time_links')
        .select(['purpose', 'account'])
        .where('digest', '=', digestOf(secret))
        .where('used_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      if (row === undefined) return noLink()
      return row.account === null
        ? { purpose: 'first-operator' }
        : { purpose: 'invitation', account: row.account }
    },
    use: async (tx, secret) => {
      const used = await tx
        .sql<AccountTables>()
        .updateTable('one_time_links')
        .set({ used_at: clock.now() })
        .where('digest', '=', digestOf(secret))
        .where('used_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      if (used.numUpdatedRows !== 1n) noLink()
    },
  }
}

function noLink(): never {
  fail('unauthenticated', 'This link was used, has expired, or never was. Ask for a new one.')
}
