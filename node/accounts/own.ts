import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import type { Administration } from './administration.js'
import type { Authenticator } from './authenticator.js'
import { deviceOf } from './device.js'
import type { FactorKey } from './factor-key.js'
import type { Passkeys } from './passkeys.js'
import type { Passwords } from './passwords.js'
import type { MembershipRow, People } from './people.js'
import type { Proof, Proofs } from './proofs.js'
import type { Recovery } from './recovery.js'
import { isFresh, signatureWants } from './rules.js'
import type { AccountTables } from './schema.js'
import type { Proven, Sessions } from './sessions.js'
import type { SignedIn } from './sign-in.js'
import type {
  AccountView,
  FactorsView,
  LockView,
  NewAuthenticatorView,
  OwnSessionView,
  PasskeyView,
  RecoveryView,
  SessionView,
} from './view.js'
import { PROOF_REFUSALS, SIGN_IN_REFUSALS } from './words.js'

/** With the new cookie, since what a session may do has changed. */
export type WithCookie<T> = T & { cookie: string }

/** What people do with their own account: lock, prove, passwords, second factors, sessions. */
export interface Own {
  lockView(who: Acting): Promise<LockView>
  lock(who: Acting): Promise<void>
  /** Throws `invalid` for a wrong password or passkey. */
  unlock(who: Acting, proof: Omit<Proof, 'code'>, address: string): Promise<SignedIn>
  /** Shows who one is once more, or a second factor; what waited for it may be done then. */
  prove(who: Acting, proof: Proof, address: string): Promise<SignedIn>
  /**
   * Proves that the person at the screen is the one signed in, before a signature: as much as {@link signatureWants}
   * says. Throws `invalid` with the field `reauthentication.password`, `.code` or `.passkey`; `too-many`.
   */
  reauthenticate(who: Acting, proof: Proof, address?: string): Promise<void>
  standing(who: Acting): Promise<Pick<SessionView, 'secondFactor' | 'signature' | 'passkeyHost'>>
  setPassword(
    who: Acting,
    change: { now: string; next: string },
    address: string,
    origin: Origin,
  ): Promise<SignedIn>
  factors(who: Acting): Promise<FactorsView>
  proposeAuthenticator(who: Acting): Promise<NewAuthenticatorView>
  beginAuthenticator(who: Acting, code: string, origin: Origin): Promise<WithCookie<RecoveryView>>
  removeAuthenticator(who: Acting, origin: Origin): Promise<WithCookie<object>>
  offerPasskey(who: Acting): ReturnType<Passkeys['offer']>
  addPasskey(
    who: Acting,
    made: { name: string; answer: Parameters<Passkeys['examine']>[1] },
    origin: Origin,
  ): Promise<WithCookie<RecoveryView>>
  removePasskey(who: Acting, passkey: string, origin: Origin): Promise<WithCookie<object>>
  /** New recovery codes; the old ones are void. */
  makeRecovery(who: Acting, origin: Origin): Promise<RecoveryView>
  sessionsOf(who: Acting): Promise<OwnSessionView[]>
  /** Throws `missing` for a session that is not one's own. */
  endSession(who: Acting, session: string, origin: Origin): Promise<void>
  endOthers(who: Acting, origin: Origin): Promise<void>
  /** Takes all second factors from somebody who lost them; their sessions end. */
  clearFactors(who: Acting, account: string, origin: Origin): Promise<AccountView>
  /** With which the person's browser encrypts what they typed: nobody else is given it, nor a locked session. */
  draftKey(who: Acting): string
}

/** Whoever changes what opens the account proved who they are not longer ago than this. */
const CONFIRMED_MS = 10 * 60_000
const MINUTE_MS = 60_000

export function openOwn(parts: {
  db: Database
  clock: Clock
  journal: Journal
  sites: Sites
  people: People
  passwords: Passwords
  sessions: Sessions
  proofs: Proofs
  authenticator: Authenticator
  passkeys: Passkeys
  recovery: Recovery
  key: FactorKey
  changeable: Administration['changeable']
  config: Pick<Settings, 'accounts'>
}): Own {
  const { db, clock, journal, people, passwords, sessions, proofs, authenticator, passkeys, recovery } = parts
  const policy = parts.config.accounts

  const enrolledNow = async (account: string) => {
    const has = await proofs.factorsOf(account)
    return has.authenticator || has.passkeys
  }
  const row = async (who: Acting) =>
    (await sessions.row(who.session.id)) ?? fail('unauthenticated', SIGN_IN_REFUSALS.again)

  /** What opens an account is changed only by who has just proved to own it, with the second factor there is. */
  const demandProven = async (who: Acting) => {
    const { confirmed_at, factor_at } = await row(who)
    const now = clock.now()
    if (!isFresh(confirmed_at, now, CONFIRMED_MS)) fail('confirmation-required', PROOF_REFUSALS.confirm)
    if (
      (await enrolledNow(who.account.id)) &&
      !isFresh(factor_at, now, policy.secondFactorFreshMinutes * MINUTE_MS)
    )
      fail('second-factor-required', PROOF_REFUSALS.factorFirst)
  }

  const note = (tx: Tx, who: Acting, type: string, body: object, origin: Origin) =>
    journal.append(
      tx,
      { type, site: who.membership.site, ids: { account: who.account.id }, body: body as never },
      origin,
    )

  const goOn = async (who: Acting, proven: Proven): Promise<SignedIn> => {
    const secret = await db.write(tx => sessions.rotate(tx, who.session.id, proven))
    return { secret, who: await sessions.get(secret) }
  }

  /** A first second factor comes with recovery codes. */
  const codesWithFirst = async (tx: Tx, who: Acting, had: boolean, origin: Origin): Promise<RecoveryView> => {
    if (had) return {}
    const codes = await recovery.make(tx, who.account.id)
    await note(tx, who, 'recovery-codes-made', {}, origin)
    return { codes }
  }

  /** Codes without a factor they stand in for would be a second password. */
  const codesWithoutLast = async (tx: Tx, account: string) => {
    const sql = tx.sql<AccountTables>()
    const app = await sql
      .selectFrom('authenticators')
      .select('account')
      .where('account', '=', account)
      .where('secret', 'is not', null)
      .executeTakeFirst()
    const key = await sql
      .selectFrom('passkeys')
      .select('id')
      .where('account', '=', account)
      .executeTakeFirst()
    if (app === undefined && key === undefined) await recovery.remove(tx, account)
  }

  return {
    lockView: async who => {
      const { name, email, language, id } = who.account
      const host = passkeys.host()
      const has = await proofs.factorsOf(id)
      return {
        id,
        locked: who.session.held === 'locked',
        name,
        email,
        language,
        passkeys: has.passkeys && host !== null,
        ...(host === null ? {} : { passkeyHost: host }),
      }
    },
    lock: who => db.write(tx => sessions.lock(tx, who.session.id)),
    unlock: async (who, { password, passkey }, address) => {
      const proven = await proofs.prove(who, { password, passkey }, { address, at: 'unlock' })
      return goOn(who, proven)
    },
    prove: async (who, proof, address) => goOn(who, await proofs.prove(who, proof, { address, at: 'proof' })),
    reauthenticate: async (who, proof, address = 'here') => {
      const { confirmed_at, factor_at } = await row(who)
      const wants = signatureWants({
        enrolled: await enrolledNow(who.account.id),
        confirmedAt: confirmed_at,
        shownAt: factor_at,
        now: clock.now(),
        signatureFreshMs: policy.signatureFreshMinutes * MINUTE_MS,
        factorFreshMs: policy.secondFactorFreshMinutes * MINUTE_MS,
      })
      const path = 'reauthentication.'
      const given = proof.password !== undefined || proof.code !== undefined || proof.passkey !== undefined
      const proven =
        given || wants.confirmation ? await proofs.prove(who, proof, { address, at: 'signature', path }) : {}
      const missing = wants.confirmation && proven.confirmed !== true ? 'password' : 'code'
      if (missing === 'password' || (wants.factor && proven.factor !== true))
        throw new Failure(
          'invalid',
          missing === 'password' ? PROOF_REFUSALS.noPassword : PROOF_REFUSALS.noCode,
          [{ path: `${path}${missing}`, message: 'missing' }],
        )
      await db.write(tx => sessions.prove(tx, who.session.id, proven))
    },
    standing: async who => {
      const { confirmed_at, factor_at } = await row(who)
      const enrolled = await enrolledNow(who.account.id)
      const host = passkeys.host()
      return {
        secondFactor: {
          enrolled,
          due: who.session.factorDue === true,
          required: policy.secondFactor === 'required',
        },
        signature: signatureWants({
          enrolled,
          confirmedAt: confirmed_at,
          shownAt: factor_at,
          now: clock.now(),
          signatureFreshMs: policy.signatureFreshMinutes * MINUTE_MS,
          factorFreshMs: policy.secondFactorFreshMinutes * MINUTE_MS,
        }),
        ...(host === null ? {} : { passkeyHost: host }),
      }
    },

    setPassword: async (who, { now, next }, address, origin) => {
      await proofs.prove(who, { password: now }, { address, at: 'proof' })
      const hashed = await passwords.hash(next, who.account)
      const secret = await db.write(async tx => {
        await people.update(tx, who.account.id, { password: hashed })
        await sessions.passwordChanged(tx, who.session.id)
        // Whoever knew the old one is out.
        const ended = await sessions.endAll(tx, { account: who.account.id, except: who.session.id })
        await note(tx, who, 'password-changed', { sessions: ended.length }, origin)
        return sessions.rotate(tx, who.session.id, { confirmed: true })
      })
      return { secret, who: await sessions.get(secret) }
    },

    factors: async who => {
      const app = await authenticator.since(who.account.id)
      const host = passkeys.host()
      return {
        ...(app === null ? {} : { authenticatorSince: isoAt(app) }),
        passkeys: (await passkeys.list(who.account.id)).map(passkeyView),
        recoveryLeft: await recovery.remaining(who.account.id),
        ...(host === null ? {} : { passkeyHost: host }),
      }
    },
    proposeAuthenticator: async who => {
      await demandProven(who)
      return authenticator.propose(who.account)
    },
    beginAuthenticator: async (who, code, origin) => {
      await demandProven(who)
      const had = await enrolledNow(who.account.id)
      return db.write(async tx => {
        if (!(await authenticator.begin(tx, who.account.id, code.replace(/\s/g, ''))))
          throw new Failure('invalid', PROOF_REFUSALS.code, [{ path: 'code', message: 'not right' }])
        await note(tx, who, 'second-factor-added', { factor: 'authenticator' }, origin)
        const made = await codesWithFirst(tx, who, had, origin)
        return { ...made, cookie: await sessions.rotate(tx, who.session.id, { factor: true }) }
      })
    },
    removeAuthenticator: async (who, origin) => {
      await demandProven(who)
      return db.write(async tx => {
        if (!(await authenticator.remove(tx, who.account.id))) fail('missing', 'There is no authenticator.')
        await codesWithoutLast(tx, who.account.id)
        await note(tx, who, 'second-factor-removed', { factor: 'authenticator' }, origin)
        return { cookie: await sessions.rotate(tx, who.session.id) }
      })
    },
    offerPasskey: async who => {
      await demandProven(who)
      return passkeys.offer(who.account)
    },
    addPasskey: async (who, { name, answer }, origin) => {
      await demandProven(who)
      const had = await enrolledNow(who.account.id)
      const made = await passkeys.examine(who.account.id, answer)
      return db.write(async tx => {
        await passkeys.keep(tx, who.account.id, name, made)
        await note(tx, who, 'second-factor-added', { factor: 'passkey', name }, origin)
        const codes = await codesWithFirst(tx, who, had, origin)
        return {
          ...codes,
          cookie: await sessions.rotate(tx, who.session.id, { confirmed: true, factor: true }),
        }
      })
    },
    removePasskey: async (who, id, origin) => {
      await demandProven(who)
      return db.write(async tx => {
        const gone = await passkeys.remove(tx, who.account.id, id)
        if (gone === undefined) return fail('missing', 'There is no such passkey.')
        await codesWithoutLast(tx, who.account.id)
        await note(tx, who, 'second-factor-removed', { factor: 'passkey', name: gone.name }, origin)
        return { cookie: await sessions.rotate(tx, who.session.id) }
      })
    },
    makeRecovery: async (who, origin) => {
      await demandProven(who)
      if (!(await enrolledNow(who.account.id))) fail('conflict', PROOF_REFUSALS.recovery)
      return db.write(async tx => {
        const codes = await recovery.make(tx, who.account.id)
        await note(tx, who, 'recovery-codes-made', {}, origin)
        return { codes }
      })
    },

    sessionsOf: async who => {
      const names = new Map((await parts.sites.sites()).map(({ id, name }) => [id, name]))
      const held = new Map((await people.memberships([who.account.id])).map(one => [one.id, one]))
      return (await sessions.list(who.account.id)).flatMap(one => {
        const membership: MembershipRow | undefined = held.get(one.membership)
        if (membership === undefined) return []
        return {
          id: one.id,
          current: one.id === who.session.id,
          since: isoAt(one.created_at),
          lastUsedAt: isoAt(one.seen_at),
          endsAt: isoAt(one.ends_at),
          ...(one.address === null ? {} : { address: one.address }),
          ...deviceOf(one.agent),
          role: membership.role,
          siteName: names.get(membership.site) ?? membership.site,
          locked: one.locked_at !== null,
        }
      })
    },
    endSession: async (who, id, origin) => {
      const found = await sessions.row(id)
      if (found === undefined || found.account !== who.account.id)
        fail('missing', 'There is no such session.')
      await db.write(async tx => {
        await sessions.end(tx, id)
        await note(tx, who, 'session-ended', { sessions: 1 }, origin)
      })
    },
    endOthers: (who, origin) =>
      db.write(async tx => {
        const ended = await sessions.endAll(tx, { account: who.account.id, except: who.session.id })
        if (ended.length > 0) await note(tx, who, 'session-ended', { sessions: ended.length }, origin)
      }),

    clearFactors: async (who, id, origin) => {
      const { view } = await parts.changeable(who, id)
      await db.write(async tx => {
        const had = await authenticator.remove(tx, id)
        const gone = await passkeys.removeAll(tx, id)
        await recovery.remove(tx, id)
        if (!had && gone.length === 0) fail('conflict', PROOF_REFUSALS.none)
        // Whoever has the telephone that was lost is out at once.
        await sessions.endAll(tx, { account: id })
        const body = { authenticator: had, passkeys: gone.length }
        const { site } = who.membership
        await journal.append(tx, { type: 'second-factor-removed', site, ids: { account: id }, body }, origin)
      })
      return { ...view, secondFactor: false }
    },
    draftKey: who => parts.key.digest('drafts', who.account.id).toString('base64'),
  }
}

function passkeyView({
  id,
  name,
  created_at,
  used_at,
  backed_up,
}: Awaited<ReturnType<Passkeys['list']>>[number]): PasskeyView {
  return {
    id,
    name,
    createdAt: isoAt(created_at),
    ...(used_at === null ? {} : { usedAt: isoAt(used_at) }),
    backedUp: backed_up === 1,
  }
}
