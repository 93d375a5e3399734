import { z } from 'zod'
import { listOf, nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { alarmSchema, alertSchema, callSchema, letterSchema, mailSchema, noticeSchema } from './answers.js'
import type { Notifications } from './notifications.js'

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(100).optional(),
})
const idParams = z.object({ id: z.string().max(64) })
const note = z.string().trim().max(1000)

/** A GET changes nothing here: mail scanners and link previews follow links too. */
export function notificationRoutes({ notifications }: { notifications: Notifications }): Route[] {
  const { alarms, alerts, calls } = notifications
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
      params: idParams,
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
      path: '/api/alerts',
      summary: 'Open questions of the acts the person may see, with their ladders.',
      action: 'request.see',
      query: page,
      answer: listOf(alertSchema),
      run: ({ who, query }) => alerts.open(who, query),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id/alerts',
      summary: 'Every alert of one request: who was told, how, when, and what came of it.',
      action: 'request.see',
      params: idParams,
      answer: listOf(alertSchema),
      run: async ({ who, params }) => ({ items: await notifications.ofAct(who, params.id) }),
    }),
    route({
      method: 'POST',
      path: '/api/alerts/:id/acknowledge',
      summary: 'A named person takes care of it: its ladder stops.',
      action: 'alert.acknowledge',
      params: idParams,
      body: z.object({ note: note.min(1) }),
      answer: alertSchema,
      run: ({ who, params, body, origin }) => alerts.acknowledge(who, params.id, body.note, origin),
    }),
    route({
      method: 'GET',
      path: '/api/alarms',
      summary: 'What rings for the person now; a locked session learns site, urgency and kind of each.',
      action: 'notice.see',
      even: 'locked',
      answer: listOf(alarmSchema),
      run: asked => alarms.ringing(asked),
    }),
    route({
      method: 'GET',
      path: '/api/alarms/:id',
      summary: 'One alarm the person was told of, by its alert; over, it says who took it.',
      action: 'notice.see',
      even: 'locked',
      params: idParams,
      answer: alarmSchema,
      run: asked => alarms.one(asked, asked.params.id),
    }),
    route({
      method: 'POST',
      path: '/api/alerts/:id/claim',
      summary: 'Claims the request an alarm rings for: by one tap, from a locked session too.',
      action: 'request.claim',
      even: 'locked',
      params: idParams,
      answer: alarmSchema,
      run: asked => alarms.claim(asked, asked.params.id),
    }),
    route({
      method: 'GET',
      path: '/api/calls',
      summary: 'Telephone calls that a person is to make, with the numbers.',
      action: 'call.record',
      answer: listOf(callSchema),
      run: ({ who }) => calls.open(who),
    }),
    route({
      method: 'POST',
      path: '/api/calls/:id/outcome',
      summary: 'What came of a call; reaching somebody ends the alert.',
      action: 'call.record',
      params: idParams,
      body: z.object({
        outcome: z.enum(['reached', 'no-answer', 'busy', 'wrong-number', 'other']),
        reached: z.string().trim().max(200).optional(),
        note: note.optional(),
      }),
      answer: callSchema,
      run: ({ who, params, body, origin }) => calls.record(who, params.id, body, origin),
    }),
    route({
      method: 'GET',
      path: '/api/letters',
      summary: 'Every letter the node sends, in both languages, made of examples.',
      action: 'letter.see',
      answer: listOf(letterSchema),
      run: () => ({ items: notifications.letters() }),
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
