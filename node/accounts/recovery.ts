import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Ids } from '../ids.js'
import type { FactorKey } from './factor-key.js'
import type { AccountTables } from './schema.js'

/** Codes for the day the telephone is lost: each opens once. Only their keyed digests are kept. */
export interface Recovery {
  /** New ones; all earlier ones are void. They are shown this once. */
  make(tx: Tx, account: string): Promise<string[]>
  /** Uses one up; false when it never was, or was used. `code` without hyphen, in lower case. */
  use(tx: Tx, account: string, code: string): Promise<boolean>
  remaining(account: string): Promise<number>
  remove(tx: Tx, account: string): Promise<void>
}

const CODES = 10
/** Ten characters of 32: 50 bits, and every try is counted. */
const CHARACTERS = 10
/** Crockford's: no letter looks like a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export function openRecovery(options: { db: Database; clock: Clock; ids: Ids; key: FactorKey }): Recovery {
  const { db, clock, ids, key } = options
  const digestOf = (account: string, code: string) => key.digest(`recovery ${account}`, code)
  const fresh = (): string =>
    [...Buffer.from(ids.secret(CHARACTERS), 'base64url')].map(byte => ALPHABET[byte & 31]).join('')

  return {
    make: async (tx, account) => {
      const codes = Array.from({ length: CODES }, fresh)
      const sql = tx.sql<AccountTables>()
      await sql.deleteFrom('recovery_codes').where('account', '=', account).execute()
      await sql
        .insertInto('recovery_codes')
        .values(codes.map(code => ({ account, digest: digestOf(account, code), used_at: null })))
        .execute()
      return codes.map(code => `${code.slice(0, 5)}-${code.slice(5)}`)
    },
    use: async (tx, account, code) => {
      // What people read as o, i and l was a digit.
      const meant = code.replace(/o/g, '0').replace(/[il]/g, '1')
      const used = await tx
        .sql<AccountTables>()
        .updateTable('recovery_codes')
        .set({ used_at: clock.now() })
        .where('account', '=', account)
        .where('digest', '=', digestOf(account, meant))
        .where('used_at', 'is', null)
        .executeTakeFirst()
      return used.numUpdatedRows === 1n
    },
    remaining: async account => {
      const { left } = await db
        .sql<AccountTables>()
        .selectFrom('recovery_codes')
        .select(eb => eb.fn.countAll<number>().as('left'))
        .where('account', '=', account)
        .where('used_at', 'is', null)
        .executeTakeFirstOrThrow()
      return left
    },
    remove: async (tx, account) => {
      await tx.sql<AccountTables>().deleteFrom('recovery_codes').where('account', '=', account).execute()
    },
  }
}
