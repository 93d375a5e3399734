import { z } from 'zod'
import { Bytes, produces } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Access } from './access.js'
import type { AccessRow, AccessView } from './view.js'

const row = z.object({
  seq: z.int(),
  at: z.string(),
  type: z.string(),
  screen: z.string().optional(),
  by: z.string(),
  role: z.string().optional(),
  bySite: z.string().optional(),
  address: z.string().optional(),
  right: z.string().optional(),
  as: z.string().optional(),
  of: z.string(),
}) satisfies z.ZodType<AccessRow>
const answer = z.object({
  patients: z.int(),
  items: z.array(row),
  next: z.string().optional(),
}) satisfies z.ZodType<AccessView>
const question = {
  q: z.string().trim().min(1).max(64),
  issuer: z.string().trim().min(1).max(64).optional(),
}

/** Who looked at what of a patient. A POST, since a patient's number has no place in an address. */
export function accessRoutes({ access }: { access: Access }): Route[] {
  const typed = ({ q, issuer }: { q: string; issuer?: string | undefined }) => ({
    q,
    ...(issuer === undefined ? {} : { issuer }),
  })
  return [
    route({
      method: 'POST',
      path: '/api/access',
      summary:
        'Who looked at what of a patient, newest first; by number, request or study. Asking is recorded.',
      action: 'access.read',
      body: z.object({ ...question, after: z.coerce.number().int().min(1).optional() }),
      secret: true,
      answer,
      run: ({ who, body, origin }) =>
        access.read(
          who,
          { ...typed(body), ...(body.after === undefined ? {} : { after: body.after }) },
          origin,
        ),
    }),
    route({
      method: 'POST',
      path: '/api/access/export',
      summary: 'The same as CSV, up to 10,000 rows. Asking is recorded.',
      action: 'access.read',
      body: z.object(question),
      secret: true,
      answer: produces('text/csv; charset=utf-8'),
      run: async ({ who, body, origin }) =>
        new Bytes({ type: 'text/csv; charset=utf-8', body: await access.export(who, typed(body), origin) }),
    }),
  ]
}
