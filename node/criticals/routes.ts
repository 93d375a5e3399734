import { z } from 'zod'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Criticals } from './criticals.js'
import type { CriticalView } from './view.js'

const TEXT_MAX_CHARS = 4000
const NAME_MAX_CHARS = 200
const PAGE_MAX = 200
const PAGE_USUAL = 50

const text = (max: number) => z.string().trim().min(1).max(max)
const idParams = z.object({ id: z.string().max(64) })
const moment = z.iso.datetime({ offset: true })

/** Who was told, when, how, and whether they read it back. */
const called = z.object({
  receiver: text(NAME_MAX_CHARS),
  role: text(NAME_MAX_CHARS),
  at: moment,
  method: text(60),
  readBack: z.boolean(),
})

const callView = z.object({
  receiver: z.string(),
  role: z.string(),
  at: z.string(),
  method: z.string(),
  readBack: z.boolean(),
  by: z.string(),
  recordedAt: z.string(),
})

export const criticalSchema = z.object({
  id: z.string(),
  request: z.string(),
  reference: z.string(),
  siteName: z.string(),
  class: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  state: z.enum(['notifying', 'acknowledged', 'closed']),
  finding: z.string(),
  foundAt: z.string(),
  raisedAt: z.string(),
  radiologist: z.object({ name: z.string(), role: z.string() }),
  patient: z.object({
    family: z.string(),
    given: z.string(),
    birthDate: z.string(),
    sex: z.enum(['F', 'M', 'O', 'U']),
  }),
  exam: z.object({ modality: z.string(), region: z.string(), laterality: z.string().optional() }),
  callback: z.object({ name: z.string(), phone: z.string(), service: z.string().optional() }),
  report: z.string().optional(),
  calls: z.array(callView),
  acknowledged: callView.optional(),
  closedAt: z.string().optional(),
  closedBy: z.string().optional(),
  note: z.string().optional(),
  may: z.array(z.enum(['acknowledge', 'close'])),
}) satisfies z.ZodType<CriticalView>

export function criticalRoutes({ criticals }: { criticals: Criticals }): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/requests/:id/critical',
      summary:
        'Raises a critical finding, with or without a report; `called` where somebody was told already.',
      action: 'critical.raise',
      params: idParams,
      body: z.object({
        class: z.union([z.literal(1), z.literal(2), z.literal(3)]),
        finding: text(TEXT_MAX_CHARS),
        foundAt: moment,
        called: called.optional(),
      }),
      answer: criticalSchema,
      status: 201,
      run: asked => criticals.raise(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id/criticals',
      summary: 'The critical findings of a request, oldest first.',
      action: 'critical.see',
      params: idParams,
      answer: listOf(criticalSchema),
      run: asked => criticals.ofRequest(asked, asked.params.id),
    }),
    route({
      method: 'GET',
      path: '/api/criticals',
      summary:
        'Critical findings that are not closed, or those of one state: the gravest first, then the oldest.',
      action: 'critical.see',
      query: z.object({
        state: z.enum(['notifying', 'acknowledged', 'closed']).optional(),
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_USUAL),
        after: z.string().max(64).optional(),
      }),
      answer: listOf(criticalSchema),
      run: asked => criticals.list(asked, asked.query),
    }),
    route({
      method: 'GET',
      path: '/api/criticals/:id',
      summary: 'One critical finding. Opening it acknowledges nothing.',
      action: 'critical.see',
      params: idParams,
      answer: criticalSchema,
      run: asked => criticals.view(asked, asked.params.id),
    }),
    route({
      method: 'POST',
      path: '/api/criticals/:id/acknowledge',
      summary: 'A person was told; with read-back it is acknowledged and its ladder ends.',
      action: 'critical.acknowledge',
      params: idParams,
      body: called,
      answer: criticalSchema,
      run: asked => criticals.acknowledge(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'POST',
      path: '/api/criticals/:id/close',
      summary: 'Closes an acknowledged critical finding. Nothing else closes one.',
      action: 'critical.close',
      params: idParams,
      body: z.object({ note: text(TEXT_MAX_CHARS).optional() }),
      answer: criticalSchema,
      run: asked => criticals.close(asked, asked.params.id, asked.body.note),
    }),
  ]
}
