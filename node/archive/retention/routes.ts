import { z } from 'zod'
import { demand } from '../../accounts/permissions.js'
import type { Action } from '../../accounts/view.js'
import { fail } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import { Bytes, produces } from '../../http/answer.js'
import { type Route, route } from '../../http/route.js'
import type { Settings } from '../../settings.js'
import type { Archive } from '../archive.js'
import type { ClocksView, MarkView, PolicyView, RetentionActView, RetentionView } from '../view.js'
import type { KeptAct, Marks } from './marks.js'
import { type Retention, retentionCsv } from './retention.js'

const REASON_MAX = 1000
export const id = z.string().max(64)
export const reason = z.string().trim().min(1).max(REASON_MAX)
const hold = z.enum(['claim', 'hold', 'open-act', 'open-critical', 'open-recall', 'sending', 'promised'])

const markView = z.object({
  id,
  kind: z.enum(['death', 'claim', 'hold']),
  of: z.enum(['patient', 'act']),
  site: z.string(),
  reference: z.string(),
  day: z.string().optional(),
  reason: z.string(),
  at: z.string(),
  by: z.string(),
  released: z.object({ at: z.string(), by: z.string(), reason: z.string() }).optional(),
}) satisfies z.ZodType<MarkView>

const actView = z.object({
  request: z.string(),
  reference: z.string(),
  site: z.string(),
  lastContact: z.string(),
  from: z.string(),
  because: z.string(),
  holds: z.array(hold),
  died: z.string().optional(),
  images: z.int(),
  imagesFrom: z.string().optional(),
  imageHolds: z.array(hold).optional(),
  promised: z.int().optional(),
  marks: z.array(markView),
  proposals: z.array(z.object({ id, what: z.enum(['act', 'images']), state: z.string() })),
}) satisfies z.ZodType<RetentionActView>

const retentionView = z.object({
  year: z.int(),
  acts: z.int(),
  held: z.int(),
  images: z.int(),
  counts: z.array(z.object({ site: z.string(), year: z.int(), acts: z.int(), held: z.int() })),
  items: z.array(actView),
  more: z.boolean(),
}) satisfies z.ZodType<RetentionView>

const policyView = z.object({
  site: z.string(),
  recordYears: z.int(),
  imageYears: z.int(),
  reason: z.string().optional(),
  at: z.string().optional(),
  by: z.string().optional(),
}) satisfies z.ZodType<PolicyView>

const clocksView = z.object({
  items: z.array(policyView),
  uploads: z.object({ keptDays: z.int(), abandonedHours: z.int() }),
  papersDays: z.int(),
}) satisfies z.ZodType<ClocksView>

const year = z.object({ year: z.coerce.number().int().min(2000).max(2200) })

/** The site whose acts a list may speak of; undefined for the node's own people: all of them. */
export const reach = ({ membership }: Acting) => (membership.everySite === true ? undefined : membership.site)

/** The act of that id or reference, where the person may do that to it; what they may not see is missing. */
export async function keptAct(
  archive: Pick<Archive, 'known'>,
  who: Acting,
  action: Action,
  act: string,
): Promise<KeptAct> {
  const known = await archive.known(act)
  if (known === undefined) fail('missing', 'There is no such thing.')
  const { id: request, reference, site } = known.record
  demand(who, action, known.standing)
  return { id: request, reference, site }
}

/** How long records and images are kept, what a named person says about it, and what would be destroyed when. */
export function retentionRoutes({
  archive,
  retention,
  marks,
  config,
}: {
  archive: Pick<Archive, 'known'>
  retention: Retention
  marks: Marks
  config: Pick<Settings, 'imports' | 'downtime'>
}): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/archive/retention',
      summary:
        'What would be destroyed by the end of a year (CSP R.1112-7), by site and year, and what holds each act.',
      action: 'retention.see',
      query: year.partial(),
      answer: retentionView,
      run: ({ who, query }) =>
        retention.dueInYear(query.year ?? Number(retention.today().slice(0, 4)), reach(who)),
    }),
    route({
      method: 'GET',
      path: '/api/archive/retention.csv',
      summary: 'The same list as CSV.',
      action: 'retention.see',
      query: year,
      answer: produces('text/csv; charset=utf-8'),
      run: async ({ who, query }) =>
        new Bytes({
          type: 'text/csv; charset=utf-8',
          body: retentionCsv(await retention.dueInYear(query.year, reach(who))),
          filename: `relais-retention-${query.year}.csv`,
        }),
    }),
    route({
      method: 'GET',
      path: '/api/archive/retention/acts/:act',
      summary: 'How long one act is kept, by its reference, and what holds it.',
      action: 'retention.see',
      params: z.object({ act: id }),
      answer: actView,
      run: async ({ who, params }) => {
        const { id: request } = await keptAct(archive, who, 'retention.see', params.act)
        return (await retention.ofAct(request)) ?? fail('missing', 'There is no such thing.')
      },
    }),
    route({
      method: 'GET',
      path: '/api/archive/retention/marks',
      summary: 'Deaths, claims and legal holds that were recorded, newest first.',
      action: 'retention.see',
      answer: z.object({ items: z.array(markView) }),
      run: async ({ who }) => ({ items: await marks.list(reach(who)) }),
    }),
    route({
      method: 'POST',
      path: '/api/archive/retention/marks',
      summary: 'Records a death, a claim or a legal hold, on the patient of an act or on that act alone.',
      action: 'retention.mark',
      body: z.object({
        act: id,
        kind: z.enum(['death', 'claim', 'hold']),
        of: z.enum(['patient', 'act']).default('patient'),
        day: z.string().max(10).optional(),
        reason,
      }),
      answer: markView,
      status: 201,
      run: async ({ who, body: { act, ...mark }, origin }) =>
        marks.record(who, await keptAct(archive, who, 'retention.mark', act), mark, origin),
    }),
    route({
      method: 'POST',
      path: '/api/archive/retention/marks/:id/release',
      summary: 'Releases it, with a reason; it stays on record.',
      action: 'retention.mark',
      params: z.object({ id }),
      body: z.object({ reason }),
      answer: markView,
      run: async ({ who, params, body, origin }) => {
        const mark = await marks.one(params.id)
        if (mark === undefined) fail('missing', 'There is no such thing.')
        demand(who, 'retention.mark', { site: mark.site })
        return marks.release(who, params.id, body.reason, origin)
      },
    }),
    route({
      method: 'GET',
      path: '/api/archive/retention/policies',
      summary: 'Every clock: records and images by site, uploads, papers for a breakdown.',
      action: 'retention.see',
      answer: clocksView,
      run: async ({ who }) => ({
        items: await marks.policies(reach(who)),
        uploads: {
          keptDays: config.imports.keptDays,
          abandonedHours: config.imports.abandonedHours,
        },
        papersDays: config.downtime.keptDays,
      }),
    }),
    route({
      method: 'PUT',
      path: '/api/archive/retention/policies/:site',
      summary:
        'How long a site keeps: never less than the law for records; its images may have a shorter clock.',
      action: 'retention.mark',
      params: z.object({ site: id }),
      body: z.object({
        recordYears: z.int().min(20).max(100),
        imageYears: z.int().min(1).max(100),
        reason,
      }),
      answer: policyView,
      run: async ({ who, params, body, origin }) => {
        demand(who, 'retention.mark', { site: params.site })
        return marks.setPolicy(who, params.site, body, origin)
      },
    }),
  ]
}
