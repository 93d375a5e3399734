import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { Refusal } from '../http/failures.js'
import type { SignInLimiter } from '../http/limiter.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Link, Links } from '../links/links.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import type { PasskeyAnswer, Passkeys } from './passkeys.js'
import type { Passwords } from './passwords.js'
import { openPending } from './pending.js'
import type { AccountRow, MembershipRow, People } from './people.js'
import type { FactorUsed, Proof, Proofs } from './proofs.js'
import type { Sessions } from './sessions.js'
import { SIGN_IN_REFUSALS } from './words.js'

export interface SignedIn {
  /** For the cookie; it is kept nowhere else. */
  secret: string
  who: Acting
}

/** Where somebody comes from. */
export interface From {
  address: string
  /** The browser's User-Agent. */
  userAgent?: string | undefined
  /** The session the browser had until now: it ends, so that nobody can be signed in to another's. */
  replaces: Acting | null
}

export interface SignIn {
  /**
   * Throws `unauthenticated`, in the same words and about the same time whatever was wrong, or `too-many`; and
   * `second-factor-required`, with a `challenge` and the `factors` that answer it, where the account has one and no
   * `code` came along.
   */
  signIn(asked: { email: string; password: string; code?: string | undefined } & From): Promise<SignedIn>
  /** Answers such a challenge, with a code or a passkey. After a few wrong answers the password is asked again. */
  showFactor(asked: { challenge: string; proof: Omit<Proof, 'password'> } & From): Promise<SignedIn>
  /** A passkey as the whole sign-in: the device has verified its owner. */
  signInByPasskey(asked: { passkey: PasskeyAnswer } & From): Promise<SignedIn>
  signOut(who: Acting, origin: Origin): Promise<void>
  /** Acts under another membership of the same person; the cookie changes. Throws `missing`. */
  switchTo(who: Acting, membership: string, origin: Origin): Promise<SignedIn>
  /** A link for the first operator, `/first#token=…`; null when there is an operator already. */
  firstOperatorLink(): Promise<{ path: string; expiresAt: number } | null>
  /** Makes the first operator unless there is one. Gives whether it did. */
  ensureOperator(account: { email: string; password: string }): Promise<boolean>
  /** Uses a one-time link: the first operator names themselves, an invited person sets their password. */
  acceptLink(asked: {
    token: string
    name: string
    email: string
    password: string
    address: string
    userAgent: string | undefined
  }): Promise<SignedIn>
}

/** The site of those who run the node, made with the first of them. */
const NODE_SITE = 'node'
const HOUR_MS = 3_600_000
const CHALLENGE_MINUTES = 5
const CHALLENGE_TRIES = 5
const CHALLENGES_MAX = 10_000

/** Whose password was right, and who may come in once the second factor is shown too. */
interface HalfWay {
  account: string
  changePassword: boolean
  triesLeft: number
}

export function openSignIn(parts: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  sites: Sites
  people: People
  passwords: Passwords
  sessions: Sessions
  links: Links
  proofs: Proofs
  passkeys: Passkeys
  limiter: SignInLimiter
  config: Pick<Settings, 'node' | 'sessions' | 'admin'>
  onTrouble(what: string, thrown: unknown): void
}): SignIn {
  const { db, clock, journal, people, passwords, sessions, links, proofs, passkeys, limiter, config } = parts
  const halfWay = openPending<HalfWay>({ clock, minutes: CHALLENGE_MINUTES, max: CHALLENGES_MAX })

  const begin = async (
    account: AccountRow,
    membership: MembershipRow,
    { address, userAgent, replaces }: From,
    shown: { by: 'password' | 'passkey'; factor?: FactorUsed; changePassword?: boolean } = { by: 'password' },
  ) => {
    const { by, factor, changePassword = false } = shown
    const origin: Origin = {
      by: 'account',
      account: account.id,
      name: account.name,
      role: membership.role,
      site: membership.site,
      membership: membership.id,
      address,
    }
    const { secret } = await db.write(async tx => {
      if (replaces !== null) await sessions.end(tx, replaces.session.id)
      await people.update(tx, account.id, { last_sign_in_at: clock.now() })
      const begun = await sessions.begin(tx, {
        account: account.id,
        membership: membership.id,
        address,
        userAgent,
        changePassword,
        confirmed: true,
        factor: factor !== undefined,
      })
      const ids = { account: account.id, membership: membership.id, session: begun.id }
      const body = { by, ...(factor === undefined ? {} : { factor }) }
      await journal.append(tx, { type: 'signed-in', site: membership.site, ids, body }, origin)
      return begun
    })
    return { secret, who: await sessions.get(secret) }
  }

  const refuse = async (reason: string, account: AccountRow | undefined, address: string): Promise<never> => {
    await proofs.refused(reason, account?.id ?? null, address)
    return fail('unauthenticated', SIGN_IN_REFUSALS.wrong)
  }

  /** The membership the person acts under first: the one of last time, where they still have it. */
  const usual = async (account: AccountRow): Promise<MembershipRow | undefined> => {
    const memberships = await people.memberships([account.id])
    const last = await sessions.lastMembership(account.id)
    return memberships.find(({ id }) => id === last) ?? memberships[0]
  }

  /** A right password that anybody would try; what the configuration says is the operator's own business. */
  const mustChange = async (email: string, password: string): Promise<boolean> => {
    if (email === config.admin.email?.trim().toLowerCase() && password === config.admin.password) return false
    try {
      return await passwords.isKnown(password)
    } catch (thrown) {
      // A list that cannot be read keeps nobody out: that the password is right was seen.
      parts.onTrouble('stolen-passwords-unread', thrown)
      return false
    }
  }

  const challenge = async (account: AccountRow, changePassword: boolean): Promise<never> => {
    const has = await proofs.factorsOf(account.id)
    const secret = parts.ids.secret()
    halfWay.put(secret, { account: account.id, changePassword, triesLeft: CHALLENGE_TRIES })
    const usable = has.passkeys && passkeys.host() !== null
    throw new Refusal(401, 'second-factor-required', SIGN_IN_REFUSALS.factor, {
      challenge: secret,
      factors: [...(has.authenticator ? ['authenticator'] : []), ...(usable ? ['passkey'] : []), 'recovery'],
      ...(usable ? { passkey: await passkeys.ask(account.id) } : {}),
    })
  }

  const makeOperator = async (
    tx: Tx,
    account: { email: string; name: string; password: string },
    known: SiteView | undefined,
  ) => {
    const origin: Origin = { by: 'system', part: 'accounts' }
    const site = known ?? { id: NODE_SITE, name: config.node.name, kind: 'operator' as const }
    await parts.sites.apply(tx, { sites: [site] }, origin)
    const { email, name, password } = account
    const { language } = config.node
    const id = await people.insert(tx, { email, name, language, phone: null, password, state: 'active' })
    const body = { email, name, role: 'operator' }
    await journal.append(tx, { type: 'account-created', site: site.id, ids: { account: id }, body }, origin)
    await people.grant(tx, { account: id, site: site.id, role: 'operator' }, origin)
    return id
  }

  const nodeSite = async (): Promise<SiteView | undefined> =>
    (await parts.sites.sites()).find(site => site.kind === 'operator')

  const acceptInvitation = async (tx: Tx, account: AccountRow, name: string, password: string) => {
    const origin: Origin = { by: 'system', part: 'accounts' }
    await people.update(tx, account.id, { name, password, state: 'active' })
    await journal.append(
      tx,
      {
        type: 'account-changed',
        site: null,
        ids: { account: account.id },
        body: { now: { name, state: 'active' } },
      },
      origin,
    )
  }

  /** Whose an invitation is; null for the first operator's link, undefined where it is another's. */
  const invited = async (link: Link, email: string): Promise<AccountRow | null | undefined> => {
    if (link.purpose === 'first-operator') return null
    const account = await people.byId(link.subject)
    return account?.email === email && account.state === 'invited' ? account : undefined
  }

  return {
    signIn: async ({ email, password, code, ...from }) => {
      const { address } = from
      await limiter.attempt(email, address)
      const account = await people.byEmail(email)
      const right = await passwords.verify(account?.password ?? null, password)
      if (account === undefined) return refuse('unknown-account', account, address)
      if (!right) return refuse('wrong-password', account, address)
      if (account.state !== 'active') return refuse('not-active', account, address)
      const membership = await usual(account)
      if (membership === undefined) return refuse('no-membership', account, address)
      const changePassword = await mustChange(email, password)
      const has = await proofs.factorsOf(account.id)
      let factor: FactorUsed | undefined
      if (has.authenticator || has.passkeys) {
        if (code === undefined) return challenge(account, changePassword)
        factor = (await proofs.code(account.id, code)) ?? (await refuse('wrong-code', account, address))
      }
      await limiter.succeeded(email, address)
      return begin(account, membership, from, {
        by: 'password',
        ...(factor === undefined ? {} : { factor }),
        changePassword,
      })
    },

    showFactor: async ({ challenge: secret, proof, ...from }) => {
      const half = halfWay.get(secret)
      const account = half === undefined ? undefined : await people.byId(half.account)
      if (half === undefined || account?.state !== 'active')
        return fail('unauthenticated', SIGN_IN_REFUSALS.late)
      half.triesLeft--
      if (half.triesLeft === 0) halfWay.take(secret)
      const shown =
        proof.passkey === undefined
          ? { used: await proofs.code(account.id, proof.code ?? ''), reason: 'wrong-code' }
          : await passkeys
              .check(proof.passkey, account.id)
              .then(({ reason }) => ({ used: reason === undefined ? ('passkey' as const) : null, reason }))
      if (shown.used === null) {
        await proofs.refused(shown.reason ?? 'wrong-code', account.id, from.address)
        return fail('unauthenticated', SIGN_IN_REFUSALS.wrongFactor)
      }
      // Of two answers at the same time, one comes in.
      if (halfWay.take(secret) === undefined && half.triesLeft > 0)
        return fail('unauthenticated', SIGN_IN_REFUSALS.answered)
      const membership = await usual(account)
      if (membership === undefined) return refuse('no-membership', account, from.address)
      await limiter.succeeded(account.email, from.address)
      const { changePassword } = half
      return begin(account, membership, from, { by: 'password', factor: shown.used, changePassword })
    },

    signInByPasskey: async ({ passkey, ...from }) => {
      const { address } = from
      await limiter.attempt(`passkey ${passkey.id}`, address)
      const found = await passkeys.check(passkey, null)
      const account = found.account === null ? undefined : await people.byId(found.account)
      if (found.reason !== undefined || account?.state !== 'active') {
        await proofs.refused(found.reason ?? 'not-active', account?.id ?? null, address)
        return fail('unauthenticated', SIGN_IN_REFUSALS.strangeKey)
      }
      const membership = await usual(account)
      if (membership === undefined) return refuse('no-membership', account, address)
      await limiter.succeeded(`passkey ${passkey.id}`, address)
      return begin(account, membership, from, { by: 'passkey', factor: 'passkey' })
    },

    signOut: (who, origin) =>
      db.write(async tx => {
        await sessions.end(tx, who.session.id)
        const ids = { account: who.account.id, session: who.session.id }
        await journal.append(tx, { type: 'signed-out', site: who.membership.site, ids, body: {} }, origin)
      }),

    switchTo: async (who, wanted, origin) => {
      const membership = (await people.memberships([who.account.id])).find(({ id }) => id === wanted)
      if (membership === undefined) return fail('missing', 'You have no such membership.')
      const secret = await db.write(async tx => {
        const rotated = await sessions.rotate(tx, who.session.id, { membership: membership.id })
        const ids = { account: who.account.id, membership: membership.id, session: who.session.id }
        const body = { from: who.membership.id, role: membership.role }
        await journal.append(tx, { type: 'membership-switched', site: membership.site, ids, body }, origin)
        return rotated
      })
      return { secret, who: await sessions.get(secret) }
    },

    firstOperatorLink: async () => {
      if (await people.hasOperator()) return null
      const { secret, expiresAt } = await db.write(async tx => {
        const origin: Origin = { by: 'system', part: 'accounts' }
        const of = { purpose: 'first-operator', subject: '' } as const
        // Whoever starts the program has the newest one in sight.
        await links.close(tx, of, 'replaced', origin)
        return links.make(tx, { ...of, site: null, validMs: config.sessions.linkHours * HOUR_MS }, origin)
      })
      return { path: `/first#token=${secret}`, expiresAt }
    },

    ensureOperator: async ({ email, password }) => {
      if (await people.hasOperator()) return false
      const account = {
        email: email.trim().toLowerCase(),
        name: config.node.name,
        password: await passwords.hashAsGiven(password),
      }
      const site = await nodeSite()
      await db.write(tx => makeOperator(tx, account, site))
      return true
    },

    acceptLink: async ({ token, name, email, password, address, userAgent }) => {
      await limiter.attempt('one-time link', address)
      const origin: Origin = { by: 'system', part: 'accounts' }
      const link = await links.open({
        secret: token,
        purpose: ['first-operator', 'invitation'],
        by: { address, userAgent, origin },
        accepts: async found => (await invited(found, email)) !== undefined,
      })
      const account = await invited(link, email)
      if (account === undefined) return fail('unauthenticated', SIGN_IN_REFUSALS.changed)
      const hashed = await passwords.hash(password, {
        email,
        name,
        language: account?.language ?? config.node.language,
      })
      if (link.purpose === 'first-operator' && (await people.hasOperator()))
        fail('conflict', SIGN_IN_REFUSALS.operator)
      const site = await nodeSite()
      const id = await db.write(async tx => {
        await links.use(tx, link, origin)
        if (account === null) return makeOperator(tx, { email, name, password: hashed }, site)
        await acceptInvitation(tx, account, name, hashed)
        return account.id
      })
      await limiter.succeeded('one-time link', address)
      const [membership] = await people.memberships([id])
      const row = await people.byId(id)
      if (row === undefined || membership === undefined)
        return fail('unauthenticated', SIGN_IN_REFUSALS.noMembership)
      return begin(row, membership, { address, userAgent, replaces: null })
    },
  }
}
