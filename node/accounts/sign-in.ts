import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { SignInLimiter } from '../http/limiter.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Link, Links } from '../links/links.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import type { Passwords } from './passwords.js'
import type { AccountRow, MembershipRow, People } from './people.js'
import type { Sessions } from './sessions.js'

export interface SignedIn {
  /** For the cookie; it is kept nowhere else. */
  secret: string
  who: Acting
}

export interface SignIn {
  /**
   * Throws `unauthenticated`, in the same words and about the same time whatever was wrong, or `too-many`.
   * `replaces` is the session the browser had until now: it ends, so that nobody can be signed in to another's.
   */
  signIn(asked: {
    email: string
    password: string
    address: string
    replaces: Acting | null
  }): Promise<SignedIn>
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

export function openSignIn(parts: {
  db: Database
  clock: Clock
  journal: Journal
  sites: Sites
  people: People
  passwords: Passwords
  sessions: Sessions
  links: Links
  limiter: SignInLimiter
  config: Pick<Settings, 'node' | 'sessions'>
}): SignIn {
  const { db, clock, journal, people, passwords, sessions, links, limiter, config } = parts

  const begin = async (
    account: AccountRow,
    membership: MembershipRow,
    address: string,
    replaces: Acting | null,
  ) => {
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
      const begun = await sessions.begin(tx, { account: account.id, membership: membership.id })
      const ids = { account: account.id, membership: membership.id, session: begun.id }
      await journal.append(tx, { type: 'signed-in', site: membership.site, ids, body: {} }, origin)
      return begun
    })
    return { secret, who: await sessions.get(secret) }
  }

  const refuse = async (reason: string, account: AccountRow | undefined, address: string): Promise<never> => {
    // What was typed as an email is not kept: it may be a password in the wrong field.
    const ids: Record<string, string> = account === undefined ? {} : { account: account.id }
    await db.write(tx =>
      journal.append(
        tx,
        { type: 'sign-in-refused', site: null, ids, body: { reason, address } },
        { by: 'system', part: 'accounts' },
      ),
    )
    return fail('unauthenticated', 'The email or the password is not right.')
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
    signIn: async ({ email, password, address, replaces }) => {
      await limiter.attempt(email, address)
      const account = await people.byEmail(email)
      const right = await passwords.verify(account?.password ?? null, password)
      if (account === undefined) return refuse('unknown-account', account, address)
      if (!right) return refuse('wrong-password', account, address)
      if (account.state !== 'active') return refuse('not-active', account, address)
      const memberships = await people.memberships([account.id])
      const last = await sessions.lastMembership(account.id)
      const membership = memberships.find(({ id }) => id === last) ?? memberships[0]
      if (membership === undefined) return refuse('no-membership', account, address)
      await limiter.succeeded(email, address)
      return begin(account, membership, address, replaces)
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
        const rotated = await sessions.rotate(tx, who.session.id, membership.id)
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
        password: await passwords.hash(password),
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
      if (account === undefined)
        return fail('unauthenticated', 'The account has changed. Ask for a new link.')
      const hashed = await passwords.hash(password)
      if (link.purpose === 'first-operator' && (await people.hasOperator()))
        fail('conflict', 'The node has an operator already.')
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
        return fail('unauthenticated', 'The account has no membership any more.')
      return begin(row, membership, address, null)
    },
  }
}
