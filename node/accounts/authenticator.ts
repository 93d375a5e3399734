import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { FactorKey } from './factor-key.js'
import type { AccountTables } from './schema.js'
import type { NewAuthenticatorView } from './view.js'

/** Codes of an authenticator application (RFC 6238): six digits, SHA-1, 30 s, which is what all of them can do. */
export interface Authenticator {
  /** A new secret that counts once a code of it was shown; an earlier one that never was is replaced. */
  propose(account: { id: string; email: string }): Promise<NewAuthenticatorView>
  /** Whether the code is of the proposed secret; from then on it counts. */
  begin(tx: Tx, account: string, code: string): Promise<boolean>
  /** Whether the code is right now. It is used up: neither it nor an earlier one is right again. */
  use(account: string, code: string): Promise<boolean>
  /** Since when the account has one that counts; null where it has none. */
  since(account: string): Promise<number | null>
  remove(tx: Tx, account: string): Promise<boolean>
}

const PERIOD_SECONDS = 30
/** RFC 4226 §4 R6 recommends 160 bits. */
const SECRET_BYTES = 20
/** A telephone's clock is a little off, and people type slowly. */
const DRIFT_STEPS = 1

export function openAuthenticator(options: {
  db: Database
  clock: Clock
  key: FactorKey
  /** The name under which the application lists it. */
  issuer: string
}): Authenticator {
  const { db, clock, key, issuer } = options

  const of = (secret: Buffer, label: string) =>
    new TOTP({
      issuer,
      label,
      period: PERIOD_SECONDS,
      secret: new Secret({
        buffer: secret.buffer.slice(secret.byteOffset, secret.byteOffset + secret.length),
      }),
    })

  /** The time step the code belongs to; null for none near now. */
  const stepOf = (sealed: Buffer, account: string, code: string): number | null => {
    const now = clock.now()
    const totp = of(key.open(sealed, account), account)
    const delta = totp.validate({ token: code, timestamp: now, window: DRIFT_STEPS })
    return delta === null ? null : Math.floor(now / (PERIOD_SECONDS * 1000)) + delta
  }

  const read = (from: Pick<Database, 'sql'> | Tx, account: string) =>
    from
      .sql<AccountTables>()
      .selectFrom('authenticators')
      .selectAll()
      .where('account', '=', account)
      .executeTakeFirst()

  return {
    propose: async ({ id, email }) => {
      const secret = Buffer.from(new Secret({ size: SECRET_BYTES }).buffer)
      const row = { proposed: key.seal(secret, id), proposed_at: clock.now() }
      await db.write(tx =>
        tx
          .sql<AccountTables>()
          .insertInto('authenticators')
          .values({ account: id, secret: null, last_step: 0, since: null, ...row })
          .onConflict(conflict => conflict.column('account').doUpdateSet(row))
          .execute(),
      )
      const totp = of(secret, email)
      const uri = totp.toString()
      return { secret: totp.secret.base32, uri, qr: renderSVG(uri, { border: 2 }) }
    },
    begin: async (tx, account, code) => {
      const row = await read(tx, account)
      if (row === undefined || row.proposed === null) return false
      const step = stepOf(row.proposed, account, code)
      if (step === null) return false
      await tx
        .sql<AccountTables>()
        .updateTable('authenticators')
        .set({ secret: row.proposed, proposed: null, proposed_at: null, last_step: step, since: clock.now() })
        .where('account', '=', account)
        .execute()
      return true
    },
    use: async (account, code) => {
      const row = await read(db, account)
      if (row === undefined || row.secret === null) return false
      const step = stepOf(row.secret, account, code)
      if (step === null) return false
      // RFC 6238 §5.2: a code is accepted once. Of two at the same time, one row changes.
      const used = await db.write(tx =>
        tx
          .sql<AccountTables>()
          .updateTable('authenticators')
          .set({ last_step: step })
          .where('account', '=', account)
          .where('last_step', '<', step)
          .executeTakeFirst(),
      )
      return used.numUpdatedRows === 1n
    },
    since: async account => {
      const row = await read(db, account)
      return row === undefined || row.secret === null ? null : row.since
    },
    remove: async (tx, account) => {
      const gone = await tx
        .sql<AccountTables>()
        .deleteFrom('authenticators')
        .where('account', '=', account)
        .returning('secret')
        .execute()
      return gone.some(({ secret }) => secret !== null)
    },
  }
}
