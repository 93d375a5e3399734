import { z } from 'zod'
import { phone } from '../accounts/account.js'
import { nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { reachSchema } from './answers.js'
import type { Notifications } from './notifications.js'

const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
const channel = z.enum(['screen', 'email', 'push', 'telephone'])
const isTimeZone = (name: string) => Intl.supportedValuesOf('timeZone').includes(name) || name === 'UTC'
const base64url = z.string().regex(/^[\w-]+={0,2}$/)

/** How people are reached: their own to say, and to try. */
export function reachRoutes({ notifications }: { notifications: Notifications }): Route[] {
  const { trials } = notifications
  return [
    route({
      method: 'GET',
      path: '/api/reach',
      summary: 'How the person is reached, and what came of the last trial of each channel.',
      action: 'notice.see',
      answer: reachSchema,
      run: ({ who }) => trials.view(who),
    }),
    route({
      method: 'PUT',
      path: '/api/reach',
      summary:
        'Sets telephone, letters about routine readings, whether what is urgent rings, and quiet hours, which never hold an emergency.',
      action: 'notice.see',
      body: z.object({
        telephone: phone.nullable().optional(),
        routineLetters: z.boolean(),
        urgentRings: z.boolean().default(false),
        quiet: z
          .object({
            from: hour,
            to: hour,
            timeZone: z.string().max(64).refine(isTimeZone, { message: 'is no time zone known here' }),
          })
          .optional(),
      }),
      answer: reachSchema,
      run: ({ who, body, origin }) => trials.wish(who, body, origin),
    }),
    route({
      method: 'POST',
      path: '/api/reach/devices',
      summary: 'This browser wants to be woken (Push API).',
      action: 'notice.see',
      body: z.object({
        endpoint: z.string().max(2000),
        keys: z.object({ p256dh: base64url.max(200), auth: base64url.max(100) }),
        name: z.string().trim().min(1).max(100),
        /** The address it had before. */
        replaces: z.string().max(2000).optional(),
      }),
      answer: z.object({ id: z.string() }),
      status: 201,
      run: async ({ who, body, origin }) => ({ id: await trials.addDevice(who, body, origin) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/reach/devices/:id',
      summary: 'A browser is not woken any more.',
      action: 'notice.see',
      params: z.object({ id: z.string().max(64) }),
      answer: nothing,
      run: async ({ who, params, origin }) => {
        await trials.removeDevice(who, params.id, origin)
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/reach/tests',
      summary: 'Rings the person’s own channel, quiet hours or not.',
      action: 'notice.see',
      body: z.object({ channel }),
      answer: reachSchema,
      run: ({ who, body }) => trials.ring(who, body.channel),
    }),
    route({
      method: 'POST',
      path: '/api/reach/tests/:id/heard',
      summary: 'The person has heard or seen it.',
      action: 'notice.see',
      params: z.object({ id: z.string().max(64) }),
      answer: reachSchema,
      run: ({ who, params, origin }) => trials.heard(who, params.id, origin),
    }),
    route({
      method: 'POST',
      path: '/api/push/received',
      summary: 'A browser says that a message came, signed in or not; the proof came with the message.',
      action: 'public',
      body: z.object({
        notice: z.string().max(64),
        device: z.string().max(64),
        proof: z.string().max(64),
      }),
      answer: nothing,
      run: async ({ body }) => {
        await trials.received(body)
        return undefined
      },
    }),
  ]
}
