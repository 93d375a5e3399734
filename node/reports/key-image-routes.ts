import { z } from 'zod'
import { produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { reportSchema } from './answers.js'
import type { Reports } from './reports.js'

const uid = z.string().regex(/^[0-9.]{1,64}$/)
const frame = z.int().min(1).max(1_000_000)
const idParams = z.object({ id: z.string().max(64) })
const WINDOW_MAX = 1_000_000

/** Images that a reader marks for who asked. */
export function keyImageRoutes(reports: Reports): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/reports/:id/key-images',
      summary:
        'Marks an image of the act as a key image, as it is shown; again, with another window, replaces it.',
      action: 'report.write',
      params: idParams,
      body: z.object({
        StudyInstanceUID: uid,
        SOPInstanceUID: uid,
        frame: frame.optional(),
        window: z
          .object({
            center: z.int().min(-WINDOW_MAX).max(WINDOW_MAX),
            width: z.int().min(1).max(WINDOW_MAX),
          })
          .optional(),
      }),
      answer: reportSchema,
      run: asked => reports.keyImages.mark(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'DELETE',
      path: '/api/reports/:id/key-images/:image',
      summary: 'It is no key image any more.',
      action: 'report.write',
      params: idParams.extend({ image: uid }),
      query: z.object({ frame: z.coerce.number().pipe(frame).optional() }),
      answer: reportSchema,
      run: asked =>
        reports.keyImages.unmark(asked, asked.params.id, {
          SOPInstanceUID: asked.params.image,
          frame: asked.query.frame,
        }),
    }),
    route({
      method: 'GET',
      path: '/api/reports/:id/key-images/:picture',
      summary: 'The picture of a key image of a signed version.',
      action: 'report.read',
      params: idParams.extend({ picture: z.string().regex(/^[0-9a-f]{64}$/) }),
      answer: produces('image/jpeg'),
      run: async asked => {
        const { id, picture } = asked.params
        const body = await reports.keyImages.given(asked, id, picture)
        return stream({ type: 'image/jpeg', body, length: body.length, etag: picture })
      },
    }),
  ]
}
