import { z } from 'zod'
import { fail } from '../errors.js'
import { listOf, produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { PAPER_BYTES_MAX } from '../objects/paper.js'
import type { Imports } from './imports.js'
import type { Looks } from './looks.js'

const SIZES = { small: { width: 128, height: 128 }, large: { width: 1024, height: 1024 } } as const
const QUALITY = 85
/** Of one series: more are not scrolled through by hand. */
const PICTURES_MAX = 5000

const PAPER_TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  jpeg: 'image/jpeg',
  png: 'image/png',
}
/** No script, no request, no form, no plug-in, no origin of ours. */
const PAPER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; sandbox"

/** What is on a disc, to be looked at before anything is decided; kept nowhere. */
export function importPictureRoutes({ imports, looks }: { imports: Imports; looks: Looks }): Route[] {
  const fileNumber = z.coerce.number().int().min(1).max(10_000_000)
  const id = z.string().trim().min(1).max(64)
  return [
    route({
      method: 'GET',
      path: '/api/imports/:id/series/:series/pictures',
      summary: 'The images of a series of a disc, in their order.',
      action: 'import.see',
      params: z.object({ id, series: z.string().regex(/^[0-9.]{1,64}$/) }),
      answer: listOf(z.object({ number: z.int(), InstanceNumber: z.int().optional(), frames: z.int() })),
      run: async ({ params, who }) => {
        const record = await imports.seen(who, params.id)
        const files = await imports.rows.pictures(record.id, params.series, PICTURES_MAX)
        return {
          items: files.map(({ number, instance_number: place, frames }) => ({
            number,
            frames: frames ?? 1,
            ...(place === null ? {} : { InstanceNumber: place }),
          })),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports/:id/files/:number/picture',
      summary:
        'A file of a disc as a picture, in its own window, also while the rest of the disc is on its way.',
      action: 'import.see',
      params: z.object({ id, number: fileNumber }),
      query: z.object({
        size: z.enum(['small', 'large']).default('small'),
        frame: z.coerce.number().int().min(1).max(1_000_000).optional(),
      }),
      answer: produces('image/jpeg'),
      run: async ({ params, query, who, ctx }) => {
        ctx.set('Cache-Control', 'no-store')
        const record = await imports.seen(who, params.id)
        const file = await imports.rows.file(record.id, params.number)
        if (file?.sha256 === undefined || file.sha256 === null || file.kind !== 'dicom')
          return fail('missing', 'There is no such image on this disc.')
        if (record.cleaned === 1) return fail('missing', 'The bytes of this disc are not kept any more.')
        const { frame, size } = query
        const body = await looks.draw(
          { id: record.id, path: record.path, growing: record.state === 'uploading' },
          { number: file.number, sha256: file.sha256, ...(frame === undefined ? {} : { frame }) },
          { type: 'image/jpeg', quality: QUALITY, viewport: SIZES[size] },
        )
        return stream({ type: 'image/jpeg', body, length: body.length })
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports/:id/files/:number/paper',
      summary: 'A PDF or a picture of a disc as it is, to be read before it is taken.',
      action: 'import.see',
      params: z.object({ id, number: fileNumber }),
      answer: produces('application/pdf'),
      run: async ({ params, who, ctx }) => {
        ctx.set('Cache-Control', 'no-store')
        const record = await imports.seen(who, params.id)
        const file = await imports.rows.file(record.id, params.number)
        const type = PAPER_TYPES[file?.kind ?? '']
        if (file?.sha256 == null || file.paper === null || type === undefined)
          return fail('missing', 'There is no such paper on this disc.')
        if (record.cleaned === 1) return fail('missing', 'The bytes of this disc are not kept any more.')
        const disc = { id: record.id, path: record.path, growing: record.state === 'uploading' }
        const body = await looks.bring(disc, { number: file.number, sha256: file.sha256 }, PAPER_BYTES_MAX)
        // Whatever it says of itself, it is shown as this and may do nothing.
        ctx.set('Content-Security-Policy', PAPER_POLICY)
        ctx.set('X-Content-Type-Options', 'nosniff')
        ctx.set('Content-Disposition', `inline; filename="${file.kind}-${file.number}"`)
        return stream({ type, body, length: body.length })
      },
    }),
  ]
}
