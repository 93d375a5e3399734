import { z } from 'zod'
import { demand } from '../accounts/permissions.js'
import type { Action } from '../accounts/view.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Archive } from './archive.js'
import type { Sealing } from './seal/sealing.js'
import type { SealView } from './view.js'

const params = z.object({ request: z.string().max(64) })

/** The parts of `ActIndex` a caller can rely on; the whole of it leaves. */
const indexSchema = z.looseObject({
  format: z.literal('relais-act/1'),
  request: z.string(),
  reference: z.string(),
  assembledAt: z.string(),
})

/** The record of an act. Reading it is an entry of the journal, like every other act on it. */
const sealView = z.object({
  part: z.int(),
  seq: z.int(),
  volume: z.int(),
  manifest: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  at: z.string(),
}) satisfies z.ZodType<SealView>

export function archiveRoutes({ archive, sealing }: { archive: Archive; sealing: Sealing }): Route[] {
  /** What the person may not see does not exist for them. */
  const granted = async (who: Acting, action: Action, act: string): Promise<string> => {
    const known = await archive.known(act)
    if (known === undefined) {
      const gone = await archive.gone(act)
      if (gone !== undefined) demand(who, action, { site: gone.site })
      fail('missing', gone?.sentence ?? 'There is no such thing.')
    }
    demand(who, action, known.standing)
    return known.record.id
  }

  return [
    route({
      method: 'GET',
      path: '/api/archive/acts/:request',
      summary: 'The index of the record of one act.',
      action: 'archive.read',
      params,
      answer: indexSchema,
      run: async ({ who, params, origin }) => ({
        ...(await archive.read(await granted(who, 'archive.read', params.request), origin)),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/archive/acts/:request/bundle.zip',
      summary: 'The record of one act as a folder that can be checked without this program.',
      action: 'archive.export',
      params,
      answer: produces('application/zip'),
      run: async ({ who, params, origin }) => {
        const { filename, bytes } = await archive.bundle(
          await granted(who, 'archive.export', params.request),
          origin,
        )
        return stream({ type: 'application/zip', body: bytes, length: bytes.length, filename })
      },
    }),
    route({
      method: 'GET',
      path: '/api/archive/acts/:request/sealed',
      summary: 'The sealed parts of the record of one act.',
      action: 'archive.read',
      params,
      answer: z.object({ items: z.array(sealView) }),
      run: async ({ who, params }) => ({
        items: await sealing.parts(await granted(who, 'archive.read', params.request)),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/archive/acts/:request/sealed/:part/bundle.zip',
      summary: 'One sealed part, byte for byte as it was sealed.',
      action: 'archive.export',
      params: params.extend({ part: z.coerce.number().int().min(1) }),
      answer: produces('application/zip'),
      run: async ({ who, params, origin }) => {
        const act = await granted(who, 'archive.export', params.request)
        const { bundle, reference, manifest } = await sealing.part(act, params.part)
        await archive.given(act, { part: params.part, manifest }, origin)
        const filename = `act-${reference.replace(/[^A-Za-z0-9-]/g, '_')}-${params.part}.zip`
        return stream({ type: 'application/zip', body: bundle, length: bundle.length, filename })
      },
    }),
  ]
}
