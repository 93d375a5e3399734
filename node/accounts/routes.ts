import { z } from 'zod'
import { listOf, nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Settings } from '../settings.js'
import {
  accountChange,
  email,
  language,
  newAccount,
  password,
  personName,
  role,
  validity,
} from './account.js'
import type { Accounts } from './accounts.js'
import { ownRoutes, replacedBy } from './own-routes.js'
import { type Call, permissionTable } from './permissions.js'
import { membershipView, openSessionAnswers, sessionView } from './session-answer.js'
import { tokenRoutes } from './token-routes.js'
import type { AccountView, PermissionView } from './view.js'

const shownOnce = z.object({ path: z.string(), expiresAt: z.iso.datetime() })
const accountView = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    language,
    phone: z.string().optional(),
    state: z.enum(['active', 'invited', 'disabled']),
    memberships: z.array(membershipView),
    lastSignInAt: z.iso.datetime().optional(),
    invitation: shownOnce.optional(),
    reset: shownOnce.optional(),
    secondFactor: z.boolean(),
  })
  .meta({ id: 'Account' }) satisfies z.ZodType<AccountView>
const relations = z.array(z.enum(['own', 'party', 'former', 'foreign']))
const permissionView = z.object({
  action: z.string(),
  roles: z.partialRecord(role, relations),
  programs: z.boolean(),
  calls: z.array(z.string()),
  secondFactor: z.boolean(),
}) satisfies z.ZodType<PermissionView>

export function accountRoutes(options: {
  accounts: Accounts
  /** Everything the interface answers to, with what each asks. */
  calls(): readonly Call[]
  config: Pick<Settings, 'http' | 'sessions'>
}): Route[] {
  return [
    ...sessionRoutes(options),
    ...ownRoutes(options),
    ...administrationRoutes(options),
    ...tokenRoutes(options),
  ]
}

function sessionRoutes({ accounts, config, calls }: Parameters<typeof accountRoutes>[0]): Route[] {
  const { begun, setCookie, view } = openSessionAnswers({ accounts, config })

  return [
    route({
      method: 'POST',
      path: '/api/session',
      summary:
        'Signs in; the answer sets the session cookie. 401 is the same whatever was wrong; where a second factor is set up and no code came along, it holds a challenge.',
      action: 'public',
      // Read loosely: a misfit must not tell an email that cannot exist from a wrong password.
      body: z.object({
        email: z.string().max(254).trim().toLowerCase(),
        password: z.string().max(1000),
        code: z.string().max(20).optional(),
      }),
      answer: sessionView,
      bodyMaxBytes: 4096,
      run: async ({ body, address, who, headers, ctx }) => {
        const from = { address, userAgent: headers['user-agent'], replaces: replacedBy(who) }
        return begun(ctx, await accounts.signIn({ ...body, ...from }))
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/first',
      summary: 'Uses a one-time link: the first operator, or an invited person setting their password.',
      action: 'public',
      body: z.object({ token: z.string().max(100), name: personName, email, password }),
      answer: sessionView,
      bodyMaxBytes: 4096,
      run: async ({ body, address, headers, ctx }) =>
        begun(ctx, await accounts.acceptLink({ ...body, address, userAgent: headers['user-agent'] })),
    }),
    route({
      method: 'POST',
      path: '/api/session/forgotten',
      summary: 'Asks for a letter with a link to set a new password; the same answer whoever asks for whom.',
      action: 'public',
      body: z.object({ email: z.string().max(254).trim().toLowerCase() }),
      answer: nothing,
      bodyMaxBytes: 4096,
      run: async ({ body, address }) => {
        await accounts.askReset({ email: body.email, address })
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/reset',
      summary: 'Sets a new password by the link of that letter; every session of the account ends.',
      action: 'public',
      body: z.object({ token: z.string().max(100), password }),
      answer: nothing,
      bodyMaxBytes: 4096,
      run: async ({ body, address, headers }) => {
        await accounts.resetPassword({ ...body, address, userAgent: headers['user-agent'] })
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/session',
      summary: 'Who is signed in, under which membership, and what they may attempt.',
      action: 'session',
      even: 'password',
      answer: sessionView,
      run: ({ who }) => view(who),
    }),
    route({
      method: 'DELETE',
      path: '/api/session',
      summary: 'Signs out; the session and its live connections end at once.',
      action: 'session',
      even: 'locked',
      answer: nothing,
      run: async ({ who, origin, ctx }) => {
        await accounts.signOut(who, origin)
        setCookie(ctx, null)
        // Images are not stored by the browser at all; whatever it kept all the same goes with the session.
        ctx.set('Clear-Site-Data', '"cache"')
        return undefined
      },
    }),
    route({
      method: 'PUT',
      path: '/api/session',
      summary: 'Acts under another membership of the same person.',
      action: 'session',
      body: z.object({ membership: z.string().max(64) }),
      answer: sessionView,
      run: async ({ who, body, origin, ctx }) =>
        begun(ctx, await accounts.switchTo(who, body.membership, origin)),
    }),
    route({
      method: 'PUT',
      path: '/api/session/language',
      summary: 'Sets the person’s own language.',
      action: 'session',
      even: 'password',
      body: z.object({ language }),
      answer: sessionView,
      run: async ({ who, body, origin }) => {
        await accounts.setLanguage(who, body.language, origin)
        return view({ ...who, account: { ...who.account, language: body.language } })
      },
    }),
    route({
      method: 'GET',
      path: '/api/permissions',
      summary: 'The permission table as it is enforced.',
      action: 'session',
      answer: listOf(permissionView),
      run: () => ({ items: permissionTable(calls()) }),
    }),
  ]
}

function administrationRoutes({ accounts }: Parameters<typeof accountRoutes>[0]): Route[] {
  const params = z.object({ id: z.string().max(64) })
  return [
    route({
      method: 'GET',
      path: '/api/accounts',
      summary: 'The accounts the person keeps: an administrator those of their site, an operator all.',
      action: 'account.see',
      query: z.object({
        q: z.string().trim().min(1).max(100).optional(),
        site: z.string().max(63).optional(),
        limit: z.coerce.number().int().min(1).max(500).optional(),
        after: z.string().max(64).optional(),
      }),
      answer: listOf(accountView),
      run: ({ who, query: { q, site, limit, after } }) =>
        accounts.list(who, {
          ...(q === undefined ? {} : { q }),
          ...(site === undefined ? {} : { site }),
          ...(limit === undefined ? {} : { limit }),
          ...(after === undefined ? {} : { after }),
        }),
    }),
    route({
      method: 'POST',
      path: '/api/accounts',
      summary:
        'Makes an account with its first membership; without a password, with an invitation shown once.',
      action: 'account.create',
      body: newAccount,
      answer: accountView,
      status: 201,
      run: ({ who, body, origin }) => accounts.create(who, body, origin),
    }),
    route({
      method: 'PUT',
      path: '/api/accounts/:id',
      summary: 'Changes name, language, telephone, state or password.',
      action: 'account.change',
      params,
      body: accountChange,
      answer: accountView,
      run: ({ who, params, body, origin }) => accounts.change(who, params.id, body, origin),
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/link',
      summary:
        'A new link for the person, also by letter: to set another password, or to come in where they have not yet.',
      action: 'account.change',
      params,
      answer: accountView,
      status: 201,
      secret: true,
      run: ({ who, params, origin }) => accounts.renewLink(who, params.id, origin),
    }),
    route({
      method: 'DELETE',
      path: '/api/accounts/:id/second-factor',
      summary: 'Takes all second factors from a person who lost them; their sessions end.',
      action: 'account.change',
      params,
      answer: accountView,
      run: ({ who, params, origin }) => accounts.clearFactors(who, params.id, origin),
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/memberships',
      summary:
        'Gives the person a role at a site, from a first day and until a last one where they are said.',
      action: 'account.change',
      params,
      body: validity.extend({ site: z.string().max(63), role }),
      answer: accountView,
      status: 201,
      run: ({ who, params, body, origin }) => accounts.grant(who, params.id, body, origin),
    }),
    route({
      method: 'PUT',
      path: '/api/accounts/:id/memberships/:membership',
      summary: 'Changes the first and the last day of a membership; null: open. What is not said stays.',
      action: 'account.change',
      params: params.extend({ membership: z.string().max(64) }),
      body: validity,
      answer: accountView,
      run: ({ who, params, body, origin }) =>
        accounts.setValidity(who, params.id, params.membership, body, origin),
    }),
    route({
      method: 'DELETE',
      path: '/api/accounts/:id/memberships/:membership',
      summary: 'Ends a membership; sessions under it end at once.',
      action: 'account.change',
      params: params.extend({ membership: z.string().max(64) }),
      answer: accountView,
      run: ({ who, params, origin }) => accounts.endMembership(who, params.id, params.membership, origin),
    }),
  ]
}
