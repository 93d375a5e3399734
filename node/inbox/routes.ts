import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'koa'
import { z } from 'zod'
import { language } from '../accounts/account.js'
import { fail } from '../errors.js'
import { listOf } from '../http/answer.js'
import { isSecure, sessionCookie, sessionSecret } from '../http/cookie.js'
import { openFailureLimiter, openSignInLimiter } from '../http/limiter.js'
import { type Route, route } from '../http/route.js'
import type { Mount } from '../http/server.js'
import { senderForm } from '../imports/answers.js'
import type { Settings } from '../settings.js'
import { type Arriving, INBOX_UPLOADS_PATH } from './arriving.js'
import { agreement, inboxForm, newInbox } from './form.js'
import type { Inboxes } from './inboxes.js'
import type { InboxRow } from './schema.js'
import type { InboxPage, InboxView, NewInboxView } from './view.js'

const inboxView = z
  .object({
    id: z.string(),
    site: z.string(),
    siteName: z.string(),
    state: z.enum(['waiting', 'opened', 'arriving', 'handed-over', 'revoked', 'expired', 'guessed']),
    recipient: z.string(),
    email: z.string().optional(),
    phone: z.string().optional(),
    purpose: z.string(),
    language,
    preset: z.string().nullable(),
    withCode: z.boolean(),
    bytesMax: z.int(),
    by: z.string(),
    madeAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    openings: z.array(z.object({ at: z.iso.datetime(), address: z.string(), userAgent: z.string() })),
    form: senderForm.optional(),
    import: z.string().optional(),
    handedOverAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Inbox' }) satisfies z.ZodType<InboxView>
const newInboxView = inboxView.extend({
  path: z.string(),
  code: z.string().optional(),
}) satisfies z.ZodType<NewInboxView>
const pageView = z
  .object({
    siteName: z.string(),
    recipient: z.string(),
    purpose: z.string(),
    by: z.string(),
    bytesMax: z.int(),
    endsAt: z.iso.datetime(),
    state: z.enum(['form', 'files', 'handed-over', 'closed']),
    form: senderForm.optional(),
    upload: z.object({ name: z.string(), bytes: z.int(), there: z.int() }).optional(),
    receipt: z
      .object({ number: z.string(), at: z.iso.datetime(), name: z.string(), bytes: z.int() })
      .optional(),
  })
  .meta({ id: 'InboxPage' }) satisfies z.ZodType<InboxPage>

/** Longer than any inbox and its grace: the inbox itself says when a visit is over. */
const VISIT_SECONDS = 90 * 24 * 3600

interface InboxDoor {
  inboxes: Inboxes
  arriving: Arriving
  config: Pick<Settings, 'http'>
}

/** Desks make inboxes; whoever was sent a link opens one, without an account. */
export function inboxRoutes({ inboxes, config }: InboxDoor): Route[] {
  const secure = isSecure(config.http)
  const limiter = openSignInLimiter(config.http)
  const visited = async (ctx: Context): Promise<InboxRow> =>
    (await inboxes.visited(sessionSecret(ctx.headers, secure, 'relais-inbox'))) ??
    fail('missing', 'Open the link again.')
  const params = z.object({ id: z.string().max(64) })

  return [
    route({
      method: 'GET',
      path: '/api/inboxes',
      summary: 'Links by which outside clinics send images to the site, newest first, with who opened them.',
      action: 'inbox.see',
      query: z.object({
        site: z.string().max(63).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.string().max(100).optional(),
      }),
      answer: listOf(inboxView),
      run: ({ who, query: { site, limit, after } }) =>
        inboxes.list(who, {
          limit,
          ...(site === undefined ? {} : { site }),
          ...(after === undefined ? {} : { after }),
        }),
    }),
    route({
      method: 'POST',
      path: '/api/inboxes',
      summary: 'Makes a link for an outside clinic; link and code are in this answer and nowhere afterwards.',
      action: 'inbox.make',
      body: newInbox,
      answer: newInboxView,
      status: 201,
      secret: true,
      run: ({ who, body, origin }) => inboxes.make(who, body, origin),
    }),
    route({
      method: 'POST',
      path: '/api/inboxes/:id/revoke',
      summary: 'Nothing more is taken by this link, from the next byte on.',
      action: 'inbox.make',
      params,
      answer: inboxView,
      run: ({ who, params: { id }, origin }) => inboxes.revoke(who, id, origin),
    }),
    route({
      method: 'POST',
      path: '/api/inbox/open',
      summary:
        'A person opens the link they were sent; the answer sets a cookie for this inbox alone. 401 is the same for every link that opens nothing.',
      action: 'public',
      body: z.object({ token: z.string().max(100), code: z.string().trim().max(20).optional() }),
      answer: pageView,
      bodyMaxBytes: 4096,
      run: async ({ body: { token, code }, address, headers, ctx }) => {
        await limiter.attempt('inbox', address)
        const { visit, inbox } = await inboxes.open({
          token,
          ...(code === undefined ? {} : { code }),
          by: { address, userAgent: headers['user-agent'], origin: { by: 'system', part: 'inbox' } },
        })
        await limiter.succeeded('inbox', address)
        ctx.set(
          'Set-Cookie',
          sessionCookie(visit, { secure, maxAgeSeconds: VISIT_SECONDS, kind: 'relais-inbox' }),
        )
        return inboxes.page(inbox)
      },
    }),
    route({
      method: 'GET',
      path: '/api/inbox',
      summary: 'The inbox somebody was let into: what is asked of them, and how far they are.',
      action: 'public',
      answer: pageView,
      run: async ({ ctx }) => inboxes.page(await visited(ctx)),
    }),
    route({
      method: 'PUT',
      path: '/api/inbox/form',
      summary: 'Who sends the images, of whom, and why; before any file.',
      action: 'public',
      body: z.strictObject({ form: inboxForm, agreed: agreement }),
      answer: pageView,
      bodyMaxBytes: 16_384,
      run: async ({ body, ctx }) => {
        const inbox = await visited(ctx)
        const { patient, ...form } = body.form
        const { birthDate, sex, ...names } = patient
        await inboxes.fill(inbox, {
          ...form,
          patient: {
            ...names,
            ...(birthDate === undefined ? {} : { birthDate }),
            ...(sex === undefined ? {} : { sex }),
          },
        })
        return inboxes.page(await visited(ctx))
      },
    }),
  ]
}

/** Files of somebody who was let in, by the tus protocol. */
export function inboxMount({ inboxes, arriving, config }: InboxDoor): Mount {
  const secure = isSecure(config.http)
  const failures = openFailureLimiter(config.http.signInsPerAddressPerMinute)
  return {
    prefix: INBOX_UPLOADS_PATH,
    action: 'public',
    handle: async (request: IncomingMessage, response: ServerResponse, address: string) => {
      const inbox = await inboxes.visited(sessionSecret(request.headers, secure, 'relais-inbox'))
      if (inbox !== undefined) return arriving.handle(request, response, inbox)
      const status = await failures.failed(address).then(
        () => 401,
        () => 429,
      )
      response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' })
      response.end('Open the link again.')
    },
  }
}
