import { z } from 'zod'
import { type Route, route } from '../http/route.js'
import { alertKind } from '../notifications/answers.js'
import { REQUEST_STATES } from '../requests/lifecycle.js'
import type { Board } from './board.js'
import type { HandOver } from './hand-over.js'
import type { BoardCard, BoardColumn, BoardView, HandOverItem, HandOverView } from './view.js'

const presence = z.enum(['reading', 'online', 'away', 'offline'])
const card = z.object({
  id: z.string(),
  reference: z.string(),
  state: z.enum(REQUEST_STATES),
  kind: z.enum(['reading', 'opinion']),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
  modality: z.string(),
  siteName: z.string(),
  group: z.string().optional(),
  groupName: z.string().optional(),
  holder: z.object({ id: z.string(), name: z.string() }).optional(),
  due: z.object({ at: z.string(), for: z.enum(['claim', 'decision', 'report', 'acknowledge']) }).optional(),
  wave: z.object({ wave: z.int(), of: z.int(), nextAt: z.string().optional() }).optional(),
  rung: z
    .object({
      kind: alertKind,
      nextAt: z.string().optional(),
      call: z.boolean(),
    })
    .optional(),
  by: z.enum(['offer', 'reroute']).optional(),
}) satisfies z.ZodType<BoardCard>
const column = z.object({
  key: z.string(),
  label: z.string(),
  total: z.int(),
  late: z.int(),
  near: z.int(),
  group: z.string().optional(),
  presence: presence.optional(),
  duty: z
    .object({
      kind: z.enum(['on-site', 'on-call', 'second-line']),
      until: z.string(),
      alarm: z.enum(['heard', 'unheard', 'untaken']),
    })
    .optional(),
  cards: z.array(card),
}) satisfies z.ZodType<BoardColumn>
const view = z.object({
  by: z.enum(['reader', 'site']),
  at: z.string(),
  total: z.int(),
  counted: z.int(),
  late: z.int(),
  near: z.int(),
  columns: z.array(column),
  groups: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      readers: z.array(z.object({ account: z.string(), name: z.string(), presence })),
    }),
  ),
}) satisfies z.ZodType<BoardView>

const item = z.object({
  id: z.string(),
  reference: z.string(),
  state: z.enum(REQUEST_STATES),
  kind: z.enum(['reading', 'opinion']),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
  modality: z.string(),
  region: z.string(),
  siteName: z.string(),
  due: z.object({ at: z.string(), for: z.enum(['claim', 'decision', 'report', 'acknowledge']) }).optional(),
  patient: z.object({ family: z.string(), given: z.string() }),
  what: z.array(z.enum(['draft', 'preliminary', 'ask', 'critical', 'claimed'])),
  to: z
    .object({ account: z.string(), name: z.string(), at: z.string(), reason: z.string().optional() })
    .optional(),
}) satisfies z.ZodType<HandOverItem>
const handedOver = z.object({
  items: z.array(item),
  forMe: z.array(item.extend({ by: z.string() })),
  colleagues: z.array(z.object({ account: z.string(), name: z.string(), presence, onDuty: z.boolean() })),
  endsAt: z.string().optional(),
}) satisfies z.ZodType<HandOverView>

export function boardRoutes({ board, handOver }: { board: Board; handOver: HandOver }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/board',
      summary:
        'All open acts with their clocks, by reader or by site, as those who may give them to others see them.',
      action: 'request.offer',
      query: z.object({ by: z.enum(['reader', 'site']).default('reader') }),
      answer: view,
      run: ({ who, query }) => board(who, query.by),
    }),
    route({
      method: 'GET',
      path: '/api/hand-over',
      summary:
        'What a reader has open and whom it is handed to, what colleagues hand to them, and who could take it.',
      action: 'request.hand-over',
      answer: handedOver,
      run: asked => handOver(asked),
    }),
  ]
}
