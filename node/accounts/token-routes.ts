import { z } from 'zod'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Settings } from '../settings.js'
import { role } from './account.js'
import type { Accounts } from './accounts.js'
import { newToken, rotation } from './token.js'
import type { NewTokenView, TokenView } from './view.js'

const tokenView = z
  .object({
    id: z.string(),
    name: z.string(),
    site: z.string(),
    siteName: z.string(),
    role,
    rights: z.array(z.string()),
    madeBy: z.string(),
    mine: z.boolean(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().optional(),
    lastUsedFrom: z.string().optional(),
    expiresSoon: z.boolean(),
    rotatedAt: z.iso.datetime().optional(),
    oldSecret: z.object({ until: z.iso.datetime(), lastUsedAt: z.iso.datetime().optional() }).optional(),
    state: z.enum(['active', 'expired', 'revoked']),
  })
  .meta({ id: 'Token' }) satisfies z.ZodType<TokenView>
const newTokenView = tokenView
  .extend({ token: z.string() })
  .meta({ id: 'NewToken' }) satisfies z.ZodType<NewTokenView>

/** Bearer tokens of programs. */
export function tokenRoutes({
  accounts: { tokens },
  config,
}: {
  accounts: Pick<Accounts, 'tokens'>
  config: Pick<Settings, 'sessions'>
}): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/tokens',
      summary: 'Makes a bearer token for a program, with some of the person’s rights; it is shown this once.',
      action: 'token.create',
      body: newToken(config.sessions.tokenDays),
      answer: newTokenView,
      status: 201,
      secret: true,
      run: ({ who, body, origin }) => tokens.make(who, body, origin),
    }),
    route({
      method: 'GET',
      path: '/api/tokens',
      summary: 'The tokens the person made, and those of the sites whose accounts they keep.',
      action: 'token.create',
      also: ['token.revoke'],
      answer: listOf(tokenView),
      run: async ({ who }) => ({ items: await tokens.list(who) }),
    }),
    route({
      method: 'POST',
      path: '/api/tokens/:id/rotation',
      summary:
        'Gives a token another secret, shown this once; the earlier one works for `overlapHours` more, then ends by itself.',
      action: 'token.create',
      also: ['token.revoke'],
      params: z.object({ id: z.string().max(64) }),
      body: rotation(config.sessions.tokenDays),
      answer: newTokenView,
      secret: true,
      run: ({ who, params, body, origin }) => tokens.rotate(who, params.id, body, origin),
    }),
    route({
      method: 'DELETE',
      path: '/api/tokens/:id',
      summary: 'Revokes a token: it opens nothing any more, and its live connections end.',
      action: 'token.create',
      also: ['token.revoke'],
      params: z.object({ id: z.string().max(64) }),
      answer: tokenView,
      run: ({ who, params, origin }) => tokens.revoke(who, params.id, origin),
    }),
  ]
}
