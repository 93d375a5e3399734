import { z } from 'zod'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Recalls } from './recalls.js'
import type { RecallView } from './view.js'

const PAGE_MAX = 200
const PAGE_USUAL = 50
const NOTE_MAX_CHARS = 500

const outcome = z.enum(['note-taken', 'removed', 'not-held', 'told', 'unreachable'])
const recall = z.object({
  id: z.string(),
  request: z.string(),
  reference: z.string(),
  siteName: z.string(),
  what: z.enum(['report', 'images', 'finding']),
  channel: z.enum(['pacs', 'person', 'link', 'telephone']),
  name: z.string(),
  state: z.enum(['noted', 'open', 'done']),
  reason: z.string().optional(),
  openedAt: z.string(),
  doneAt: z.string().optional(),
  outcome: outcome.optional(),
  by: z.string().optional(),
  note: z.string().optional(),
  mine: z.boolean(),
  may: z.array(outcome),
}) satisfies z.ZodType<RecallView>

/** What is left to take back of acts that were entered in error, over HTTP. */
export function recallRoutes({ recalls }: { recalls: Recalls }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/recalls',
      summary: 'Who still has something of an act that was entered in error, for a person to take back.',
      action: 'recall.see',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_USUAL),
        after: z.string().max(64).optional(),
      }),
      answer: listOf(recall),
      run: ({ who, query }) => recalls.open(who, query),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id/recalls',
      summary: 'Everybody who had received something of a request entered in error, and what came of it.',
      action: 'recall.see',
      params: z.object({ id: z.string().max(64) }),
      answer: listOf(recall),
      run: ({ who, params }) => recalls.ofRequest(who, params.id),
    }),
    route({
      method: 'POST',
      path: '/api/recalls/:id/outcome',
      summary:
        'What came of a recall: removed, told, not held there, or not to be reached, with what was tried.',
      action: 'recall.settle',
      params: z.object({ id: z.string().max(64) }),
      body: z.strictObject({ outcome, note: z.string().trim().max(NOTE_MAX_CHARS).optional() }),
      answer: recall,
      run: asked => recalls.settle(asked, asked.params.id, asked.body),
    }),
  ]
}
