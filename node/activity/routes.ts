import { Readable } from 'node:stream'
import { z } from 'zod'
import { produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Activity, ActivityQuery } from './activity.js'
import { activityCsv } from './csv.js'
import type { ActivityInterval, ActivityRow, ActivityTotals, ActivityView, IntervalView } from './view.js'

const interval = z.object({
  count: z.int(),
  medianMs: z.int(),
  p90Ms: z.int(),
}) satisfies z.ZodType<IntervalView>
const intervals = z.partialRecord(
  z.enum(['claimed', 'accepted', 'images', 'reported', 'seen']) satisfies z.ZodType<ActivityInterval>,
  interval,
)
const totals = z.object({
  requests: z.int(),
  acts: z.int(),
  refused: z.int(),
  cancelled: z.int(),
  expired: z.int(),
  enteredLater: z.int(),
  intervals,
}) satisfies z.ZodType<ActivityTotals>
const BY = ['site', 'group', 'radiologist', 'modality', 'kind', 'urgency', 'month', 'day', 'hour'] as const
const named = z.object({ id: z.string(), name: z.string() })
const view = z.object({
  from: z.string(),
  to: z.string(),
  timeZone: z.string(),
  by: z.enum(BY),
  total: totals,
  items: z.array(totals.extend({ key: z.string(), label: z.string() }) satisfies z.ZodType<ActivityRow>),
  hours: z.array(z.object({ hour: z.int(), requests: z.int(), reported: interval.optional() })),
  known: z.object({
    sites: z.array(named),
    groups: z.array(named),
    radiologists: z.array(named),
    modalities: z.array(z.string()),
  }),
}) satisfies z.ZodType<ActivityView>

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
const query = z.object({
  from: day.optional(),
  to: day.optional(),
  site: z.string().max(64).optional(),
  group: z.string().max(64).optional(),
  radiologist: z.string().max(64).optional(),
  modality: z.string().max(16).optional(),
  kind: z.enum(['reading', 'opinion']).optional(),
  urgency: z.enum(['emergency', 'urgent', 'routine']).optional(),
})

export function activityRoutes({ activity }: { activity: Activity }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/activity',
      summary:
        'Acts and delays (median, 90th percentile, to within a sixty-fourth) by site, group, radiologist …; days are of the submission, this month unless told.',
      action: 'activity.see',
      query: query.extend({ by: z.enum(BY).default('site') }),
      answer: view,
      run: ({ who, query }) => activity.read(who, query as ActivityQuery & { by: (typeof BY)[number] }),
    }),
    route({
      method: 'GET',
      path: '/api/activity.csv',
      summary: 'The acts themselves for invoicing, one a line: UTF-8 with its mark, semicolons in French.',
      action: 'activity.see',
      query: query.extend({ language: z.enum(['fr', 'en']).optional() }),
      answer: produces('text/csv; charset=utf-8'),
      run: async ({ who, query }) => {
        const { language = who.account.language, ...asked } = query
        const pages = activity.acts(who, asked as ActivityQuery)
        return stream({
          type: 'text/csv; charset=utf-8',
          body: Readable.from(activityCsv(pages, language, activity.timeZone)),
          filename: 'relais-activity.csv',
        })
      },
    }),
  ]
}
