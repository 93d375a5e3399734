import { z } from 'zod'
import { allows, demand } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Peers } from '../peers/peers.js'
import { noPeer } from '../peers/rules.js'
import { leftOutBy } from './leave-out.js'
import { presetSchema } from './preset.js'
import type { Presets } from './presets.js'
import type { ImportRecord, ImportRows } from './rows.js'
import type { PresetInput, PresetTrialView } from './view.js'

const id = z.string().trim().min(1).max(64)
const view = presetSchema.extend({ revision: z.int() })
const trial = z.object({
  discs: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      files: z.int(),
      modalities: z.array(z.string()),
    }),
  ),
  disc: z.string().nullable(),
  series: z.array(
    z.object({
      SeriesInstanceUID: z.string(),
      SeriesNumber: z.string(),
      SeriesDescription: z.string(),
      StudyDescription: z.string(),
      Modality: z.string(),
      images: z.int(),
      kind: z.enum(['captures', 'presentations', 'icons']).optional(),
      leftOut: z.boolean(),
      leftOutBy: z
        .object({ rule: z.enum(['kind', 'modality', 'description']), value: z.string() })
        .optional(),
    }),
  ),
})

/** Discs a trial offers: the latest of the site. */
const DISCS_MAX = 20
const ROWS_MAX = 100

/** What each desk does with discs, over HTTP. */
export function presetRoutes(options: {
  db: Database
  presets: Presets
  peers: Pick<Peers, 'find'>
  rows: ImportRows
}): Route[] {
  const { db, presets, peers, rows } = options
  const params = z.object({ id })

  /** A destination that is new must be one this person knows of; what others chose before stays. */
  const demandKnown = (who: Acting, preset: PresetInput, before: readonly string[]) => {
    const foreign = preset.to.filter(peer => {
      const site = peers.find(peer)?.site
      return !before.includes(peer) && (site === undefined || !allows(who, 'peer.see', { site }))
    })
    if (foreign.length > 0)
      throw new Failure(
        'invalid',
        { fr: 'Le préréglage ne convient pas.', en: 'The preset does not fit.' },
        foreign.map(noPeer),
      )
  }

  return [
    route({
      method: 'GET',
      path: '/api/presets',
      summary: 'What each desk of the site does with discs.',
      action: 'preset.see',
      answer: z.object({ items: z.array(view) }),
      run: async ({ who }) => ({
        items: await presets.list(who.membership.everySite === true ? undefined : who.membership.site),
      }),
    }),
    route({
      method: 'PUT',
      path: '/api/presets/:id',
      summary: 'Makes or changes a preset; 409 when somebody changed it since `revision` (0: it is new).',
      action: 'preset.change',
      params,
      body: presetSchema.extend({ revision: z.int().min(0).optional() }),
      answer: view,
      run: async ({ params: asked, body, who, origin }) => {
        if (asked.id !== body.id)
          fail('invalid', {
            fr: 'Le nom du préréglage diffère entre l’adresse et le contenu.',
            en: 'The preset’s name in the address and in the body differ.',
          })
        demand(who, 'preset.change', { site: body.site })
        const { revision, ...said } = body
        const preset = said as PresetInput
        const old = await presets.find(preset.id)
        if (old !== undefined) demand(who, 'preset.change', { site: old.site })
        demandKnown(who, preset, old?.to ?? [])
        await db.write(tx => presets.put(tx, preset, origin, revision))
        return (await presets.find(preset.id)) ?? fail('missing', 'There is no such preset.')
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/presets/:id',
      summary: 'Removes a preset; discs that were imported with it keep its name.',
      action: 'preset.change',
      params,
      query: z.object({ revision: z.coerce.number().int().min(1).optional() }),
      answer: nothing,
      run: async ({ params: asked, query, who, origin }) => {
        const old = (await presets.find(asked.id)) ?? fail('missing', 'There is no such preset.')
        demand(who, 'preset.change', { site: old.site }, 'There is no such preset.')
        await db.write(tx => presets.remove(tx, asked.id, origin, query.revision))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/presets/trial',
      summary: 'What rules would leave out of a disc that was read already, and why. Names nobody.',
      action: 'preset.change',
      body: z.object({ site: id, leaveOut: presetSchema.shape.leaveOut, disc: id.optional() }),
      answer: trial,
      run: async ({ body, who }): Promise<PresetTrialView> => {
        demand(who, 'preset.change', { site: body.site })
        const known = await discsOf(body.site)
        const disc = body.disc === undefined ? known[0] : known.find(each => each.record.id === body.disc)
        if (body.disc !== undefined && disc === undefined) return fail('missing', 'There is no such disc.')
        return {
          discs: known.map(({ record, studies }) => ({
            id: record.id,
            at: isoAt(record.created_at),
            files: record.files,
            modalities: [...new Set(studies.flatMap(({ Modalities }) => Modalities))],
          })),
          disc: disc?.record.id ?? null,
          series: (disc?.studies ?? []).flatMap(({ StudyDescription, series }) =>
            series.map(({ sample: _sample, leftOutBy: _before, leftOut: _was, ...said }) => {
              const why = leftOutBy(said, body.leaveOut)
              return {
                ...said,
                StudyDescription,
                leftOut: why !== undefined,
                ...(why === undefined ? {} : { leftOutBy: why }),
              }
            }),
          ),
        }
      },
    }),
  ]

  async function discsOf(site: string) {
    const records = (await rows.list({ site, limit: ROWS_MAX })).filter(isRead).slice(0, DISCS_MAX)
    const found = await Promise.all(
      records.map(async record => ({ record, studies: await rows.studies(record.id) })),
    )
    return found.filter(({ studies }) => studies.length > 0)
  }
}

/** What is on it is known, whatever became of it. */
function isRead({ inventoried_at }: ImportRecord): boolean {
  return inventoried_at !== null
}
