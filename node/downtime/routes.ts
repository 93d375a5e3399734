import { z } from 'zod'
import { demand } from '../accounts/permissions.js'
import { fail } from '../errors.js'
import { produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Downtime } from './downtime.js'
import type { DowntimeView } from './view.js'

const NO_PAPER = 'There is no such paper.'

const view = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      site: z.string(),
      day: z.string(),
      kind: z.enum(['forms', 'duty']),
      file: z.string(),
      bytes: z.int(),
      pages: z.int(),
      madeAt: z.string(),
      numbers: z.object({ first: z.string(), last: z.string(), count: z.int(), entered: z.int() }).optional(),
    }),
  ),
  nextAt: z.string().optional(),
  keptDays: z.int(),
}) satisfies z.ZodType<DowntimeView>

export function downtimeRoutes({ downtime }: { downtime: Downtime }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/downtime',
      summary:
        'Papers for a breakdown of one’s own site: blank numbered forms and the duty list, newest first.',
      action: 'downtime.see',
      answer: view,
      run: ({ who }) => downtime.list(who.membership.site),
    }),
    route({
      method: 'POST',
      path: '/api/downtime',
      summary: 'Makes today’s papers of one’s own site, where the night has not made them.',
      action: 'downtime.make',
      answer: view,
      run: async ({ who }) => {
        await downtime.makeNow(who.membership.site)
        return downtime.list(who.membership.site)
      },
    }),
    route({
      method: 'GET',
      path: '/api/downtime/:id/pdf',
      summary: 'One of these papers.',
      action: 'downtime.see',
      params: z.object({ id: z.string().max(64) }),
      answer: produces('application/pdf'),
      run: async ({ who, params }) => {
        const paper = await downtime.paper(params.id)
        demand(who, 'downtime.see', { site: paper?.site ?? '' }, NO_PAPER)
        const bytes = paper === undefined ? undefined : downtime.bytesOf(paper)
        if (paper === undefined || bytes === undefined) fail('missing', NO_PAPER)
        return stream({
          type: 'application/pdf',
          body: bytes,
          filename: paper.file,
          length: bytes.length,
          etag: paper.sha256,
        })
      },
    }),
  ]
}
