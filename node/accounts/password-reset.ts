import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { SignInLimiter } from '../http/limiter.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Administration } from './administration.js'
import type { Passwords } from './passwords.js'
import type { People } from './people.js'
import type { Sessions } from './sessions.js'
import type { AccountView } from './view.js'
import { ACCOUNT_REFUSALS } from './words.js'

/** Who forgot their password gets a letter; what they have besides it, a second factor, stays asked for. */
export interface PasswordReset {
  /**
   * Somebody at the sign-in screen says they are this person. The same work and no answer, whoever it is: the letter is
   * owed afterwards, where there is an active account. Throws `too-many`.
   */
  askReset(asked: { email: string; address: string }): Promise<void>
  /**
   * An administrator's word: a letter goes out, and the link is in the answer, once. For a person who never came in it
   * is their invitation anew. Throws `missing`, `forbidden`, `conflict` for a disabled account.
   */
  renewLink(who: Acting, account: string, origin: Origin): Promise<AccountView>
  /** Throws `unauthenticated`, the same for every link that opens nothing. */
  resetPassword(asked: {
    token: string
    password: string
    address: string
    userAgent: string | undefined
  }): Promise<void>
}

const SYSTEM: Origin = { by: 'system', part: 'accounts' }

export function openPasswordReset(parts: {
  db: Database
  clock: Clock
  journal: Journal
  people: People
  passwords: Passwords
  sessions: Sessions
  links: Links
  limiter: SignInLimiter
  changeable: Administration['changeable']
  invitationMs: number
  resetMs: number
}): PasswordReset {
  const { db, journal, people, passwords, sessions, links, limiter } = parts

  return {
    askReset: async ({ email, address }) => {
      await limiter.attempt(`forgotten ${email}`, address)
      const account = await people.byEmail(email)
      const active = account?.state === 'active' ? account : undefined
      // One fact either way: an account that does not exist costs the same time as one that does.
      await db.write(tx =>
        journal.append(
          tx,
          {
            type: 'password-reset-asked',
            site: null,
            ids: active === undefined ? {} : { account: active.id },
            body: {
              address,
              ...(active === undefined
                ? { reason: account === undefined ? 'unknown-account' : 'not-active' }
                : {}),
            },
          },
          SYSTEM,
        ),
      )
    },

    renewLink: async (who, id, origin) => {
      const { row, view } = await parts.changeable(who, id)
      if (row.state === 'disabled') fail('conflict', ACCOUNT_REFUSALS.disabled)
      const isInvited = row.state === 'invited'
      const site = who.membership.site
      const link = await db.write(async tx => {
        await journal.append(
          tx,
          {
            type: isInvited ? 'invitation-renewed' : 'password-reset-asked',
            site,
            ids: { account: id },
            body: {},
          },
          origin,
        )
        return links.make(
          tx,
          {
            purpose: isInvited ? 'invitation' : 'password-reset',
            subject: id,
            site,
            validMs: isInvited ? parts.invitationMs : parts.resetMs,
          },
          origin,
        )
      })
      const path = `/${isInvited ? 'first' : 'reset'}#token=${link.secret}`
      const shown = { path, expiresAt: isoAt(link.expiresAt) }
      return { ...view, ...(isInvited ? { invitation: shown } : { reset: shown }) }
    },

    resetPassword: async ({ token, password, address, userAgent }) => {
      await limiter.attempt('password reset', address)
      const link = await links.open({
        secret: token,
        purpose: 'password-reset',
        by: { address, userAgent, origin: SYSTEM },
        accepts: async ({ subject }) => (await people.byId(subject))?.state === 'active',
      })
      const hashed = await passwords.hash(password, await people.byId(link.subject))
      await db.write(async tx => {
        await links.use(tx, link, SYSTEM)
        await people.update(tx, link.subject, { password: hashed })
        // Whoever knew the old password is out at once.
        const ended = await sessions.endAll(tx, { account: link.subject })
        await journal.append(
          tx,
          {
            type: 'password-reset',
            site: null,
            ids: { account: link.subject, link: link.id },
            body: { address, sessions: ended.length },
          },
          SYSTEM,
        )
      })
      await limiter.succeeded('password reset', address)
    },
  }
}
