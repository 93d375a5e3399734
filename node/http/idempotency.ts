import { createHash } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { HttpTables } from './schema.js'

export interface Remembered {
  status: number
  /** JSON text. */
  answer: string
}

export interface Idempotency {
  /**
   * Runs the work once per account and key, and gives its remembered answer to every repetition of the same request.
   * Another request under the same key, or one still under way, is a `conflict`. Failures are not remembered.
   */
  once(
    asked: { account: string; key: string; method: string; path: string; body: unknown },
    work: () => Promise<Remembered>,
  ): Promise<Remembered & { replayed: boolean }>
}

const HOUR_MS = 3_600_000

export function openIdempotency(options: { db: Database; clock: Clock; hours: number }): Idempotency {
  const { db, clock, hours } = options
  const underWay = new Set<string>()
  return {
    once: async ({ account, key, method, path, body }, work) => {
      if (!/^[\x21-\x7e]{1,200}$/.test(key))
        fail('invalid', 'Idempotency-Key must be 1 to 200 printable characters.')
      const digest = createHash('sha256')
        .update(JSON.stringify([method, path, body ?? null]))
        .digest()
      const running = `${account} ${key}`
      if (underWay.has(running)) fail('conflict', 'The same request is still under way.')
      underWay.add(running)
      try {
        const known = await db
          .sql<HttpTables>()
          .selectFrom('idempotent_answers')
          .select(['digest', 'status', 'answer'])
          .where('account', '=', account)
          .where('key', '=', key)
          .where('at', '>', clock.now() - hours * HOUR_MS)
          .executeTakeFirst()
        if (known !== undefined) {
          if (!known.digest.equals(digest))
            fail('conflict', 'This Idempotency-Key was used for another request.')
          return { status: known.status, answer: known.answer, replayed: true }
        }
        const { status, answer } = await work()
        await remember({ account, key, digest, status, answer, at: clock.now() })
        return { status, answer, replayed: false }
      } finally {
        underWay.delete(running)
      }
    },
  }

  async function remember(row: HttpTables['idempotent_answers']): Promise<void> {
    await db.write(async tx => {
      const sql = tx.sql<HttpTables>()
      await sql
        .deleteFrom('idempotent_answers')
        .where('at', '<=', row.at - hours * HOUR_MS)
        .execute()
      await sql.insertInto('idempotent_answers').values(row).execute()
    })
  }
}
