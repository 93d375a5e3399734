import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Acting } from '../http/acting.js'
import { openSignInLimiter } from '../http/limiter.js'
import type { Authenticate } from '../http/server.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import { type Administration, openAdministration } from './administration.js'
import { openAuthenticator } from './authenticator.js'
import { openBreached } from './breached.js'
import { openFactorKey } from './factor-key.js'
import { type Own, openOwn } from './own.js'
import { openPasskeys, type Passkeys } from './passkeys.js'
import { openPasswordReset, type PasswordReset } from './password-reset.js'
import { openPasswords } from './passwords.js'
import { openPeople, type People } from './people.js'
import { openProofs } from './proofs.js'
import { openRecovery } from './recovery.js'
import { relyingParty } from './rules.js'
import type { AccountTables } from './schema.js'
import { openSessions } from './sessions.js'
import { openSignIn, type SignIn } from './sign-in.js'
import { openTokens, type Tokens } from './tokens.js'
import type { Language } from './view.js'

export interface Accounts extends Administration, SignIn, PasswordReset, Own {
  passkeys: Pick<Passkeys, 'ask'>
  /** What programs show instead of a password. */
  tokens: Tokens
  /** Tells of tokens that end soon, now and every hour. Gives the way to stop. */
  watchTokens(): Promise<() => void>
  /** For the HTTP kit: who a request's cookie, or bearer token, stands for. */
  authenticate: Authenticate
  /** Called when a session ended or changed hands. */
  onSessionEnd(listener: (session: string) => void): () => void
  /** Active people with this role at one of these sites. */
  members: People['members']
  /** The same with those who are still to come. */
  staff: People['staff']
  /** Of anybody who ever had an account. */
  nameOf(account: string): Promise<string | undefined>
  /** An active person by the email they sign in with. */
  byEmail(email: string): Promise<{ id: string; name: string } | undefined>
  /** How to reach a person; undefined when there is none. A disabled account is not reached. */
  contact(
    account: string,
  ): Promise<
    | { name: string; email: string; language: Language; state: 'active' | 'invited'; phone?: string }
    | undefined
  >
  /** Everybody signs in again; gives how many sessions ended. */
  endEverySession(origin: Origin): Promise<number>
  /** Sets the person's own language. */
  setLanguage(who: Acting, language: Language, origin: Origin): Promise<void>
  /** Sets the person's own telephone; null where they want none known. */
  setPhone(tx: Tx, who: Acting, phone: string | null, origin: Origin): Promise<void>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export function openAccounts(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  sites: Sites
  links: Links
  config: Pick<Settings, 'http' | 'sessions' | 'node' | 'links' | 'accounts' | 'admin'>
  /** Where the node keeps its private keys. */
  keysFolder: string
  /** The address people type, without a slash at the end: passkeys belong to its host name. */
  publicUrl(): string
  onTrouble(what: string, thrown: unknown): void
}): Accounts {
  const { db, clock, ids, journal, sites, links, config } = options
  const limiter = openSignInLimiter(config.http)
  const key = openFactorKey(options.keysFolder)
  const passwords = openPasswords(config.http, openBreached(config.accounts.breachedPasswordsFile))
  const people = openPeople({ db, clock, ids, journal })
  const sessions = openSessions({ db, clock, ids, sites, limits: config.sessions, policy: config.accounts })
  const tokens = openTokens({ db, clock, ids, journal, sites, config, onEnd: sessions.tellEnd })
  const factors = {
    authenticator: openAuthenticator({ db, clock, key, issuer: config.node.name }),
    recovery: openRecovery({ db, clock, ids, key }),
    passkeys: openPasskeys({
      db,
      clock,
      ids,
      nodeName: config.node.name,
      party: () => relyingParty(options.publicUrl()),
    }),
  }
  const proofs = openProofs({ db, journal, people, passwords, limiter, ...factors })
  const parts = {
    db,
    clock,
    ids,
    journal,
    sites,
    people,
    passwords,
    sessions,
    tokens,
    links,
    proofs,
    ...factors,
  }

  const invitationMs = config.sessions.linkHours * HOUR_MS
  const administration = openAdministration({
    ...parts,
    invitationMs,
    timeZone: config.node.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  })
  const { changeable } = administration

  return {
    ...administration,
    ...openPasswordReset({
      ...parts,
      limiter,
      changeable,
      invitationMs,
      resetMs: config.links.resetMinutes * MINUTE_MS,
    }),
    ...openSignIn({ ...parts, limiter, config, onTrouble: options.onTrouble }),
    ...openOwn({ ...parts, key, changeable, config }),
    passkeys: factors.passkeys,
    tokens,
    watchTokens: async () => {
      await tokens.warn()
      const again = () => {
        tokens.warn().catch(thrown => options.onTrouble('tokens-not-watched', thrown))
      }
      const end = () => administration.endOver()
      await end()
      const timers = [
        setInterval(again, HOUR_MS),
        setInterval(() => {
          end().catch(thrown => options.onTrouble('memberships-not-ended', thrown))
        }, MINUTE_MS),
      ]
      for (const timer of timers) timer.unref()
      return () => {
        for (const timer of timers) clearInterval(timer)
      }
    },
    authenticate: async ({ cookie, bearer, address, touch }) => {
      if (bearer !== undefined) return tokens.find(bearer, address)
      return cookie === undefined ? null : sessions.find(cookie, { touch })
    },
    onSessionEnd: sessions.onEnd,
    endEverySession: origin =>
      db.write(async tx => {
        const open = await tx
          .sql<AccountTables>()
          .selectFrom('sessions')
          .select('account')
          .distinct()
          .where('ended_at', 'is', null)
          .execute()
        let ended = 0
        for (const { account } of open) ended += (await sessions.endAll(tx, { account })).length
        await journal.append(tx, { type: 'sessions-ended', site: null, ids: {}, body: { ended } }, origin)
        return ended
      }),
    members: people.members,
    staff: people.staff,
    nameOf: async account => (await people.byId(account))?.name,
    byEmail: async email => {
      const account = await people.byEmail(email.trim().toLowerCase())
      return account?.state === 'active' ? { id: account.id, name: account.name } : undefined
    },
    contact: async account => {
      const row = await people.byId(account)
      return row === undefined || row.state === 'disabled'
        ? undefined
        : {
            name: row.name,
            email: row.email,
            language: row.language,
            state: row.state,
            ...(row.phone === null ? {} : { phone: row.phone }),
          }
    },
    setPhone: async (tx, { account, membership }, phone, origin) => {
      const body = { now: { phone }, before: { phone: account.phone ?? null } }
      await people.update(tx, account.id, { phone })
      await journal.append(
        tx,
        { type: 'account-changed', site: membership.site, ids: { account: account.id }, body },
        origin,
      )
    },
    setLanguage: async ({ account, membership }, language, origin) => {
      const body = { now: { language }, before: { language: account.language } }
      const ids = { account: account.id }
      await db.write(async tx => {
        await people.update(tx, account.id, { language })
        await journal.append(tx, { type: 'account-changed', site: membership.site, ids, body }, origin)
      })
    },
  }
}
