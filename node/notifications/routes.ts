import { z } from 'zod'
import { listOf, nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Notifications } from './notifications.js'

const noticeSchema = z.object({
  id: z.string(),
  kind: z.enum([
    'request-offered',
    'request-claimed',
    'report-signed',
    'transfer-failed',
    'request-changed',
    'certificate-expiring',
  ]),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
  siteName: z.string(),
  reference: z.string(),
  request: z.string().optional(),
  report: z.string().optional(),
  at: z.string(),
  readAt: z.string().optional(),
  channels: z.array(
    z.object({
      channel: z.enum(['screen', 'email']),
      state: z.enum(['queued', 'sent', 'failed', 'opened']),
      at: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
})
const mailSchema = z.object({
  id: z.string(),
  at: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
})
const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(100).optional(),
})

/** A GET changes nothing here: mail scanners and link previews follow links too. */
export function notificationRoutes({ notifications }: { notifications: Notifications }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/notices',
      summary: 'The person’s own notices: unread first, then the newest.',
      action: 'notice.see',
      query: page,
      answer: listOf(noticeSchema),
      run: ({ who, query }) => notifications.list(who, query),
    }),
    route({
      method: 'POST',
      path: '/api/notices/:id/read',
      summary: 'The person has read one notice.',
      action: 'notice.see',
      params: z.object({ id: z.string().max(64) }),
      answer: nothing,
      run: async ({ who, params, origin }) => {
        await notifications.read(who, params.id, origin)
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/notices/read',
      summary: 'The person has read all of them.',
      action: 'notice.see',
      answer: nothing,
      run: async ({ who, origin }) => {
        await notifications.readAll(who, origin)
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/notices/open',
      summary: 'The person follows the link of a letter; gives the page it leads to.',
      action: 'notice.see',
      body: z.object({ token: z.string().max(100) }),
      answer: z.object({ path: z.string() }),
      run: async ({ who, body, address, headers, origin }) => ({
        path: await notifications.follow(who, body.token, {
          address,
          userAgent: headers['user-agent'],
          origin,
        }),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/mailbox',
      summary: 'Letters kept in the node instead of being sent (demonstration).',
      action: 'session',
      query: page,
      answer: listOf(mailSchema),
      run: ({ query }) => notifications.mailbox(query),
    }),
  ]
}
