import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Clock } from '../clock.js'
import { type Database, isDuplicate, type Tx } from '../database.js'
import { fail, reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
import { openPending } from './pending.js'
import type { relyingParty } from './rules.js'
import type { AccountTables } from './schema.js'
import { PROOF_REFUSALS } from './words.js'

export type PasskeyAnswer = AuthenticationResponseJSON
export type PasskeyRow = AccountTables['passkeys']

/** WebAuthn credentials: as the second factor, or as the whole sign-in, since the device itself knows its owner. */
export interface Passkeys {
  /** The host name they belong to; null where there can be none. */
  host(): string | null
  list(account: string): Promise<PasskeyRow[]>
  /** What the browser needs to make one. Throws `unsupported` where there can be none, `conflict` when there are many. */
  offer(account: { id: string; email: string; name: string }): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** Looks at what the browser made: throws `invalid` when it does not answer our offer. Write it with `keep`. */
  examine(account: string, answer: RegistrationResponseJSON): Promise<NewPasskey>
  /** Throws `conflict` when the device is known already. */
  keep(tx: Tx, account: string, name: string, made: NewPasskey): Promise<string>
  /** Removes one; undefined where the account has no such passkey. */
  remove(tx: Tx, account: string, id: string): Promise<{ name: string } | undefined>
  removeAll(tx: Tx, account: string): Promise<PasskeyRow[]>
  /** What the browser needs to show one: of this account, or of whoever sits there. */
  ask(account: string | null): Promise<PublicKeyCredentialRequestOptionsJSON>
  /**
   * Whose passkey answered our question, which is answered once: null when it is not right. `account`: whose it must be.
   */
  check(answer: PasskeyAnswer, account: string | null): Promise<{ account: string; reason?: never } | Refused>
}

export interface Refused {
  account: string | null
  reason: 'unknown-passkey' | 'wrong-passkey' | 'passkey-copied'
}

/** What a browser made and we keep. */
export interface NewPasskey {
  credential: string
  publicKey: Buffer
  counter: number
  transports: string[]
  backedUp: boolean
}

/** People have a telephone, a laptop, a key in the drawer. */
const PER_ACCOUNT_MAX = 10
const ANSWER_MINUTES = 5
const QUESTIONS_MAX = 10_000

export function openPasskeys(options: {
  db: Database
  clock: Clock
  ids: Ids
  nodeName: string
  party(): ReturnType<typeof relyingParty>
}): Passkeys {
  const { db, clock, ids, nodeName } = options
  const waiting = { clock, minutes: ANSWER_MINUTES, max: QUESTIONS_MAX }
  /** Challenge → whose it is; null for whoever sits there. */
  const asked = openPending<{ account: string | null }>(waiting)
  const offered = openPending<{ account: string }>(waiting)

  const party = () => options.party() ?? fail('unsupported', PROOF_REFUSALS.nowhere)
  const list = (account: string) =>
    db
      .sql<AccountTables>()
      .selectFrom('passkeys')
      .selectAll()
      .where('account', '=', account)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  const described = ({ credential, transports }: PasskeyRow) => ({
    id: credential,
    transports: transports.split(' ').filter(Boolean),
  })

  return {
    host: () => options.party()?.id ?? null,
    list,
    offer: async ({ id, email, name }) => {
      const known = await list(id)
      if (known.length >= PER_ACCOUNT_MAX) fail('conflict', PROOF_REFUSALS.manyKeys(PER_ACCOUNT_MAX))
      const offer = await generateRegistrationOptions({
        rpName: nodeName,
        rpID: party().id,
        userID: new Uint8Array(Buffer.from(id)),
        userName: email,
        userDisplayName: name,
        excludeCredentials: known.map(described),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
      offered.put(offer.challenge, { account: id })
      return offer
    },
    examine: async (account, answer) => {
      const { id, origins } = party()
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: answer,
          expectedChallenge: challenge => offered.take(challenge)?.account === account,
          expectedOrigin: origins,
          expectedRPID: id,
          requireUserVerification: true,
        })
        if (verified) {
          const { credential, credentialBackedUp } = registrationInfo
          return {
            credential: credential.id,
            publicKey: Buffer.from(credential.publicKey),
            counter: credential.counter,
            transports: (credential.transports ?? []).filter(word => /^[a-z-]{1,20}$/.test(word)).slice(0, 8),
            backedUp: credentialBackedUp,
          }
        }
      } catch (thrown) {
        // The library throws on every misfit of what the browser sent; there is no more to it for who asks.
        fail('invalid', PROOF_REFUSALS.untaken(reasonOf(thrown)))
      }
      return fail('invalid', PROOF_REFUSALS.untaken())
    },
    keep: async (tx, account, name, { credential, publicKey, counter, transports, backedUp }) => {
      const id = ids.next('pky')
      try {
        await tx
          .sql<AccountTables>()
          .insertInto('passkeys')
          .values({
            id,
            account,
            name,
            credential,
            public_key: publicKey,
            counter,
            transports: transports.join(' '),
            backed_up: backedUp ? 1 : 0,
            created_at: clock.now(),
            used_at: null,
          })
          .execute()
      } catch (thrown) {
        if (isDuplicate(thrown)) fail('conflict', PROOF_REFUSALS.knownKey)
        throw thrown
      }
      return id
    },
    remove: (tx, account, id) =>
      tx
        .sql<AccountTables>()
        .deleteFrom('passkeys')
        .where('account', '=', account)
        .where('id', '=', id)
        .returning('name')
        .executeTakeFirst(),
    removeAll: (tx, account) =>
      tx.sql<AccountTables>().deleteFrom('passkeys').where('account', '=', account).returningAll().execute(),
    ask: async account => {
      const question = await generateAuthenticationOptions({
        rpID: party().id,
        allowCredentials: account === null ? [] : (await list(account)).map(described),
        userVerification: 'required',
      })
      asked.put(question.challenge, { account })
      return question
    },
    check: async (answer, account) => {
      const row = await db
        .sql<AccountTables>()
        .selectFrom('passkeys')
        .selectAll()
        .where('credential', '=', answer.id)
        .executeTakeFirst()
      if (row === undefined || (account !== null && row.account !== account))
        return { account, reason: 'unknown-passkey' }
      const { id, origins } = party()
      const answered = await verifyAuthenticationResponse({
        response: answer,
        expectedChallenge: challenge => {
          const question = asked.take(challenge)
          return question !== undefined && (question.account === null || question.account === row.account)
        },
        expectedOrigin: origins,
        expectedRPID: id,
        requireUserVerification: true,
        // The counter is compared below, so that a copied device has a name of its own in the journal.
        credential: { id: row.credential, publicKey: new Uint8Array(row.public_key), counter: 0 },
      }).catch(() => ({ verified: false as const, authenticationInfo: undefined })) // it throws on every misfit
      if (!answered.verified || answered.authenticationInfo === undefined)
        return { account: row.account, reason: 'wrong-passkey' }
      const { newCounter } = answered.authenticationInfo
      // WebAuthn §7.2 step 22: a counter that does not grow means that the key exists twice.
      const counted = await db.write(tx =>
        tx
          .sql<AccountTables>()
          .updateTable('passkeys')
          .set({ counter: newCounter, used_at: clock.now() })
          .where('id', '=', row.id)
          .where(eb => (newCounter === 0 ? eb('counter', '=', 0) : eb('counter', '<', newCounter)))
          .executeTakeFirst(),
      )
      return counted.numUpdatedRows === 0n
        ? { account: row.account, reason: 'passkey-copied' }
        : { account: row.account }
    },
  }
}
