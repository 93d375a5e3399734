import type { Database } from '../database.js'
import { Failure, type Said } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { openTries, type SignInLimiter } from '../http/limiter.js'
import type { Journal } from '../journal/journal.js'
import type { Authenticator } from './authenticator.js'
import type { PasskeyAnswer, Passkeys, Refused } from './passkeys.js'
import type { Passwords } from './passwords.js'
import type { People } from './people.js'
import type { Recovery } from './recovery.js'
import { kindOfCode } from './rules.js'
import type { Proven } from './sessions.js'
import { PROOF_REFUSALS } from './words.js'

/** What a person gives to show who they are. */
export interface Proof {
  password?: string | undefined
  /** Of the authenticator, or a recovery code. */
  code?: string | undefined
  passkey?: PasskeyAnswer | undefined
}

/** With which second factor somebody came in. */
export type FactorUsed = 'authenticator' | 'recovery' | 'passkey'

export interface Proofs {
  /** What second factors an account has. */
  factorsOf(account: string): Promise<{ authenticator: boolean; passkeys: boolean }>
  /** Which factor a typed code was; null for none. Tries are bounded an account: throws `too-many`. */
  code(account: string, typed: string): Promise<FactorUsed | null>
  /**
   * Proves that the person at the screen is the one signed in. Throws `invalid` with the field that is not right
   * (`<path>password`, `code` or `passkey`), `too-many` after too many attempts; the refusal is journaled.
   */
  prove(
    who: Acting,
    proof: Proof,
    from: { address: string; at: 'unlock' | 'proof' | 'signature'; path?: string },
  ): Promise<Proven>
  refused(reason: string, account: string | null, address: string, at?: string): Promise<void>
}

/** Whoever guesses codes knows the password already: that is what is bounded, wherever they come from. */
const CODE_TRIES = { tries: 10, minutes: 15 }

export function openProofs(parts: {
  db: Database
  journal: Journal
  people: Pick<People, 'byId'>
  passwords: Pick<Passwords, 'verify'>
  limiter: SignInLimiter
  authenticator: Authenticator
  recovery: Recovery
  passkeys: Passkeys
}): Proofs {
  const { db, journal, people, passwords, limiter, authenticator, recovery, passkeys } = parts
  const tries = openTries(CODE_TRIES)

  const refused: Proofs['refused'] = async (reason, account, address, at) => {
    // What was typed as an email is not kept: it may be a password in the wrong field.
    const ids: Record<string, string> = account === null ? {} : { account }
    const body = { reason, address, ...(at === undefined ? {} : { at }) }
    await db.write(tx =>
      journal.append(
        tx,
        { type: 'sign-in-refused', site: null, ids, body },
        { by: 'system', part: 'accounts' },
      ),
    )
  }

  const code: Proofs['code'] = async (account, typed) => {
    await tries.attempt(account)
    const known = kindOfCode(typed)
    if (known?.kind === 'totp' && (await authenticator.use(account, known.code))) {
      await tries.succeeded(account)
      return 'authenticator'
    }
    if (known?.kind !== 'recovery') return null
    const right = await db.write(async tx => {
      if (!(await recovery.use(tx, account, known.code))) return false
      await journal.append(
        tx,
        { type: 'recovery-code-used', site: null, ids: { account }, body: {} },
        { by: 'system', part: 'accounts' },
      )
      return true
    })
    if (!right) return null
    await tries.succeeded(account)
    return 'recovery'
  }

  return {
    factorsOf: async account => {
      const app = (await authenticator.since(account)) !== null
      return { authenticator: app, passkeys: (await passkeys.list(account)).length > 0 }
    },
    code,
    refused,
    prove: async (who, proof, { address, at, path = '' }) => {
      const { id } = who.account
      const wrong = async (field: string, reason: string, words: Said): Promise<never> => {
        await refused(reason, id, address, at)
        throw new Failure('invalid', words, [{ path: `${path}${field}`, message: 'not right' }])
      }
      if (proof.passkey !== undefined) {
        const found: { reason?: Refused['reason'] } = await passkeys.check(proof.passkey, id)
        if (found.reason !== undefined) return wrong('passkey', found.reason, PROOF_REFUSALS.passkey)
        return { confirmed: true, factor: true }
      }
      const proven: Proven = {}
      if (proof.password !== undefined || proof.code === undefined) {
        await limiter.attempt(id, address)
        const row = await people.byId(id)
        const known = row?.state === 'active' ? row.password : null
        if (!(await passwords.verify(known, proof.password ?? '')))
          return wrong('password', 'wrong-password', PROOF_REFUSALS.password)
        await limiter.succeeded(id, address)
        proven.confirmed = true
      }
      if (proof.code !== undefined) {
        if ((await code(id, proof.code)) === null) return wrong('code', 'wrong-code', PROOF_REFUSALS.code)
        proven.factor = true
      }
      return proven
    },
  }
}
