import { z } from 'zod'
import { type Route, route } from '../../http/route.js'
import type { ChannelHealthView } from '../view.js'
import type { Health } from './health.js'

const channel = z.object({
  channel: z.enum(['screen', 'email', 'push', 'telephone', 'webhooks']),
  state: z.enum(['off', 'well', 'down', 'unknown']),
  unusable: z.string().optional(),
  checkedAt: z.string().optional(),
  downSince: z.string().optional(),
  reason: z.string().optional(),
  lastSuccessAt: z.string().optional(),
  lastFailure: z.object({ at: z.string(), reason: z.string() }).optional(),
  waiting: z.int(),
  oldestAt: z.string().optional(),
})
const channels = z.object({
  items: z.array(channel),
  dkim: z.object({ name: z.string(), value: z.string() }).optional(),
  escalation: z.object({
    state: z.enum(['running', 'stopped']),
    overdue: z.int(),
    since: z.string().optional(),
  }),
})

/** `webhooks`: how they fare, of all sites together. */
export function healthRoutes({
  health,
  webhooks,
}: {
  health: Health
  webhooks(): Promise<ChannelHealthView>
}): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/channels',
      summary: 'Whether people can be reached: each channel, and the ladder of alarms.',
      action: 'channel.see',
      answer: channels,
      run: async () => {
        const view = await health.view()
        return { ...view, items: [...view.items, await webhooks()] }
      },
    }),
    route({
      method: 'POST',
      path: '/api/channels/:channel/check',
      summary: 'Asks the far end of a channel now; nobody is told anything by it.',
      action: 'channel.check',
      params: z.object({ channel: z.enum(['email', 'push', 'telephone']) }),
      answer: channels,
      run: async ({ params }) => {
        const view = await health.check(params.channel)
        return { ...view, items: [...view.items, await webhooks()] }
      },
    }),
  ]
}
