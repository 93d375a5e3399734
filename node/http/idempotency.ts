import { createHash } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { HttpTables } from './schema.js'

export interface Remembered {
  status: number
  /** JSON text. */
  answer: string
}

export interface Idempotency {
  /**
   * Runs the work at most once per account and key, and gives its remembered answer to every repetition of the same
   * request. The key is durably reserved before the work begins: whoever repeats a request whose answer was never
   * written down (the node died on the way) gets `outcome-unknown`, and must look before doing it again. `conflict`
   * while the first one is under way; `invalid` for another request under the same key. What failed cleanly is not
   * remembered and may be tried again under its key.
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

  /** The answer that is known already, or the key reserved for this request. */
  function reserve(tx: Tx, asked: { account: string; key: string; digest: Buffer }) {
    return reserveKey(tx, { ...asked, at: clock.now(), expiredAt: clock.now() - hours * HOUR_MS })
  }

  return {
    once: async ({ account, key, method, path, body }, work) => {
      if (!/^[\x21-\x7e]{1,200}$/.test(key))
        fail('invalid', 'Idempotency-Key must be 1 to 200 printable characters.')
      const digest = createHash('sha256')
        .update(JSON.stringify([method, path, body ?? null]))
        .digest()
      const running = `${account} ${key}`
      if (underWay.has(running))
        fail('conflict', {
          fr: 'La même demande est encore en cours.',
          en: 'The same request is still under way.',
        })
      underWay.add(running)
      try {
        const known = await db.write(tx => reserve(tx, { account, key, digest }))
        if (known !== undefined) return { ...known, replayed: true }
        const { status, answer } = await work().catch(thrown => release(account, key, thrown))
        await db.write(async tx => {
          await forget(tx, account, key)
          await tx
            .sql<HttpTables>()
            .insertInto('idempotent_answers')
            .values({ account, key, digest, status, answer, at: clock.now() })
            .execute()
        })
        return { status, answer, replayed: false }
      } finally {
        underWay.delete(running)
      }
    },
  }

  /** A refusal changed nothing, so its key is free again; after anything else nobody knows how far it came. */
  async function release(account: string, key: string, thrown: unknown): Promise<never> {
    if (thrown instanceof Failure && thrown.code !== 'internal' && thrown.code !== 'timeout')
      await db
        .write(tx => forget(tx, account, key))
        // The disk is full: the refusal is what the caller must hear, and its key stays taken.
        .catch(() => undefined)
    throw thrown
  }
}

async function reserveKey(
  tx: Tx,
  asked: { account: string; key: string; digest: Buffer; at: number; expiredAt: number },
): Promise<Remembered | undefined> {
  const { account, key, digest, at, expiredAt } = asked
  const sql = tx.sql<HttpTables>()
  for (const table of ['idempotent_answers', 'idempotent_reservations'] as const)
    await sql.deleteFrom(table).where('at', '<=', expiredAt).execute()
  const sameRequest = (before: Buffer) => {
    if (!before.equals(digest)) fail('invalid', 'This Idempotency-Key was used for another request.')
  }
  const known = await sql
    .selectFrom('idempotent_answers')
    .select(['digest', 'status', 'answer'])
    .where('account', '=', account)
    .where('key', '=', key)
    .executeTakeFirst()
  if (known !== undefined) {
    sameRequest(known.digest)
    return { status: known.status, answer: known.answer }
  }
  const reserved = await sql
    .selectFrom('idempotent_reservations')
    .select('digest')
    .where('account', '=', account)
    .where('key', '=', key)
    .executeTakeFirst()
  if (reserved !== undefined) {
    sameRequest(reserved.digest)
    fail('outcome-unknown', {
      fr: 'Cette demande a déjà été commencée et sa réponse s’est perdue : elle a pu être faite, ou non. Regardez d’abord ; pour la refaire, prenez une autre clé.',
      en: 'This request was begun before and its answer was lost: it may or may not have been done. Look first; to do it again, use another key.',
    })
  }
  await sql.insertInto('idempotent_reservations').values({ account, key, digest, at }).execute()
  return undefined
}

async function forget(tx: Tx, account: string, key: string): Promise<void> {
  await tx
    .sql<HttpTables>()
    .deleteFrom('idempotent_reservations')
    .where('account', '=', account)
    .where('key', '=', key)
    .execute()
}
