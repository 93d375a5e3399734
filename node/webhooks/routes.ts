import { z } from 'zod'
import { listOf, nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { WEBHOOK_KINDS } from './rules.js'
import type { Webhooks } from './webhooks.js'

const kind = z.enum(WEBHOOK_KINDS)
const webhook = z.object({
  id: z.string(),
  site: z.string(),
  siteName: z.string(),
  name: z.string(),
  url: z.string(),
  kinds: z.array(kind),
  state: z.enum(['active', 'paused', 'ended']),
  gone: z.literal(true).optional(),
  since: z.string(),
  previousUntil: z.string().optional(),
  lastSuccessAt: z.string().optional(),
  lastFailure: z.object({ at: z.string(), reason: z.string() }).optional(),
  waiting: z.int(),
})
const withSecret = z.object({ webhook, secret: z.string() })
const delivery = z.object({
  id: z.string(),
  kind: z.enum([...WEBHOOK_KINDS, 'test']),
  at: z.string(),
  state: z.enum(['waiting', 'taken', 'failed']),
  attempts: z.int(),
  status: z.int().optional(),
  reason: z.string().optional(),
  settledAt: z.string().optional(),
})
const form = z.strictObject({
  name: z.string().trim().min(1).max(80),
  url: z.string().trim().min(1).max(2000),
  kinds: z.array(kind).min(1).max(WEBHOOK_KINDS.length),
})
const params = z.object({ id: z.string().max(64) })

export function webhookRoutes({ webhooks }: { webhooks: Webhooks }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/webhooks',
      summary: 'The webhooks of the person’s site, and how they fare.',
      action: 'webhook.see',
      answer: listOf(webhook),
      run: ({ who }) => webhooks.list(who),
    }),
    route({
      method: 'POST',
      path: '/api/webhooks',
      summary: 'A program is to be told of facts; the secret of its signatures is shown this once.',
      action: 'webhook.change',
      body: form.extend({ site: z.string().max(64).optional() }),
      answer: withSecret,
      status: 201,
      secret: true,
      run: ({ who, body, origin }) => webhooks.make(who, body, origin),
    }),
    route({
      method: 'PUT',
      path: '/api/webhooks/:id',
      summary: 'Its name, address and kinds of facts, and whether it is on.',
      action: 'webhook.change',
      params,
      body: form.extend({ active: z.boolean() }),
      answer: webhook,
      run: ({ who, params: { id }, body, origin }) => webhooks.change(who, id, body, origin),
    }),
    route({
      method: 'POST',
      path: '/api/webhooks/:id/rotate',
      summary: 'A new secret, shown this once; the one before signs beside it for a while.',
      action: 'webhook.change',
      params,
      answer: withSecret,
      secret: true,
      run: ({ who, params: { id }, origin }) => webhooks.rotate(who, id, origin),
    }),
    route({
      method: 'POST',
      path: '/api/webhooks/:id/test',
      summary: 'Sends a test to its address.',
      action: 'webhook.change',
      params,
      answer: nothing,
      run: async ({ who, params: { id }, origin }) => {
        await webhooks.test(who, id, origin)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/webhooks/:id',
      summary: 'Nothing more is sent there.',
      action: 'webhook.change',
      params,
      answer: nothing,
      run: async ({ who, params: { id }, origin }) => {
        await webhooks.end(who, id, origin)
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/webhooks/:id/deliveries',
      summary: 'The last deliveries and what became of them.',
      action: 'webhook.see',
      params,
      answer: listOf(delivery),
      run: ({ who, params: { id } }) => webhooks.deliveries(who, id),
    }),
  ]
}
