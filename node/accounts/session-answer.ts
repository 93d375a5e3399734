import type { Context } from 'koa'
import { z } from 'zod'
import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import { isSecure, sessionCookie } from '../http/cookie.js'
import type { Settings } from '../settings.js'
import { language, role } from './account.js'
import type { Accounts } from './accounts.js'
import { actions, mayTry } from './permissions.js'
import type { SignedIn } from './sign-in.js'
import type { SessionView } from './view.js'

export const membershipView = z.object({
  id: z.string(),
  site: z.string(),
  siteName: z.string(),
  role,
  active: z.boolean(),
  from: z.iso.date().optional(),
  until: z.iso.date().optional(),
})

export const sessionView = z
  .object({
    account: z.object({
      id: z.string(),
      email: z.string(),
      name: z.string(),
      role,
      site: z.string(),
      language,
      phone: z.string().optional(),
    }),
    memberships: z.array(membershipView),
    actions: z.array(z.string()),
    endsAt: z.iso.datetime(),
    locksAfterSeconds: z.int(),
    secondFactor: z.object({ enrolled: z.boolean(), due: z.boolean(), required: z.boolean() }),
    signature: z.object({ confirmation: z.boolean(), factor: z.boolean() }),
    passkeyHost: z.string().optional(),
    changePassword: z.boolean().optional(),
  })
  .meta({ id: 'Session' }) satisfies z.ZodType<SessionView>

/** What the calls about a session answer, and the cookie they set. */
export function openSessionAnswers({
  accounts,
  config,
}: {
  accounts: Pick<Accounts, 'membershipsOf' | 'standing'>
  config: Pick<Settings, 'http' | 'sessions'>
}) {
  const secure = isSecure(config.http)
  const maxAgeSeconds = config.sessions.endHours * 3600
  const setCookie = (ctx: Context, secret: string | null) =>
    ctx.set('Set-Cookie', sessionCookie(secret, { secure, maxAgeSeconds }))
  const view = async (who: Acting): Promise<SessionView> => {
    const { account, membership, session } = who
    const { id, name, phone } = account
    return {
      account: {
        id,
        email: account.email,
        name,
        role: membership.role,
        site: membership.site,
        language: account.language,
        ...(phone === undefined ? {} : { phone }),
      },
      memberships: await accounts.membershipsOf(who),
      actions: actions.filter(action => mayTry(who, action)),
      endsAt: isoAt(session.endsAt),
      locksAfterSeconds: config.sessions.idleMinutes * 60,
      ...(await accounts.standing(who)),
      ...(session.held === 'password' ? { changePassword: true } : {}),
    }
  }
  return {
    setCookie,
    view,
    begun: (ctx: Context, { secret, who }: SignedIn): Promise<SessionView> => {
      setCookie(ctx, secret)
      return view(who)
    },
  }
}
