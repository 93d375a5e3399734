import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { Failure } from '../errors.js'
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
import { openPasswordReset, type PasswordReset } from './password-reset.js'
import { openPasswords } from './passwords.js'
import { openPeople, type People } from './people.js'
import { openSessions } from './sessions.js'
import { openSignIn, type SignIn } from './sign-in.js'
import { openTokens, type Tokens } from './tokens.js'
import type { Language } from './view.js'

export interface Accounts extends Administration, SignIn, PasswordReset {
  /** What programs show instead of a password. */
  tokens: Tokens
  /** For the HTTP kit: who a request's cookie, or bearer token, stands for. */
  authenticate: Authenticate
  /** Called when a session ended or changed hands. */
  onSessionEnd(listener: (session: string) => void): () => void
  /**
   * Proves that the person at the screen is the one signed in, before a signature. Throws `invalid` (with the field
   * `reauthentication.password`) when the password is wrong, `too-many` after too many attempts.
   */
  reauthenticate(account: string, password: string, address?: string): Promise<void>
  /** Active people with this role at one of these sites. */
  members: People['members']
  /** An active person by the email they sign in with. */
  byEmail(email: string): Promise<{ id: string; name: string } | undefined>
  /** How to reach a person; undefined when there is none. A disabled account is not reached. */
  contact(
    account: string,
  ): Promise<
    | { name: string; email: string; language: Language; state: 'active' | 'invited'; phone?: string }
    | undefined
  >
  /** Sets the person's own language. */
  setLanguage(who: Acting, language: Language, origin: Origin): Promise<void>
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
  config: Pick<Settings, 'http' | 'sessions' | 'node' | 'links'>
}): Accounts {
  const { db, clock, ids, journal, sites, links, config } = options
  const limiter = openSignInLimiter(config.http)
  const passwords = openPasswords(config.http)
  const people = openPeople({ db, clock, ids, journal })
  const sessions = openSessions({ db, clock, ids, sites, limits: config.sessions })
  const tokens = openTokens({ db, clock, ids, journal, sites, config, onEnd: sessions.tellEnd })
  const parts = { db, clock, journal, sites, people, passwords, sessions, tokens, links }

  const invitationMs = config.sessions.linkHours * HOUR_MS
  const administration = openAdministration({ ...parts, invitationMs })

  return {
    ...administration,
    ...openPasswordReset({
      ...parts,
      limiter,
      changeable: administration.changeable,
      invitationMs,
      resetMs: config.links.resetMinutes * MINUTE_MS,
    }),
    ...openSignIn({ ...parts, limiter, config }),
    tokens,
    authenticate: async ({ cookie, bearer, address, touch }) => {
      if (bearer !== undefined) return tokens.find(bearer, address)
      return cookie === undefined ? null : sessions.find(cookie, { touch })
    },
    onSessionEnd: sessions.onEnd,
    reauthenticate: async (account, password, address = 'here') => {
      await limiter.attempt(account, address)
      const known = await people.byId(account)
      const right = await passwords.verify(known?.state === 'active' ? known.password : null, password)
      if (!right)
        throw new Failure('invalid', 'The password is not right.', [
          { path: 'reauthentication.password', message: 'not right' },
        ])
      await limiter.succeeded(account, address)
    },
    members: people.members,
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
