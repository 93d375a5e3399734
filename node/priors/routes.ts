import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import { retrievalRow, retrievalView } from '../exchange/retrieval-views.js'
import type { Retrievals } from '../exchange/retrievals.js'
import { searchView } from '../exchange/search-answers.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Acting } from '../http/acting.js'
import { type Route, route } from '../http/route.js'
import type { Ids } from '../ids.js'
import type { Requests } from '../requests/requests.js'
import type { Priors } from './priors.js'
import type { PriorsView } from './view.js'

const id = z.string().trim().min(1).max(64)
const uid = z.string().regex(/^[0-9.]{1,64}$/)

const reason = z.union([
  z.object({ code: z.enum(['same-region', 'near-region']), region: z.string() }),
  z.object({ code: z.enum(['same-modality', 'comparable-modality']), modality: z.string() }),
  z.object({ code: z.enum(['same-side', 'other-side']) }),
  z.object({ code: z.enum(['recent', 'old']), months: z.int() }),
])
const answer = z.object({
  state: z.enum(['never', 'searching', 'done']),
  searchedAt: z.string().optional(),
  peers: searchView.shape.peers,
  items: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      peer: z.string(),
      StudyDate: z.string(),
      StudyDescription: z.string(),
      ModalitiesInStudy: z.array(z.string()),
      instances: z.int().optional(),
      score: z.int(),
      why: z.array(reason),
      chosen: z.boolean(),
      here: z.boolean(),
      retrieval: retrievalRow.optional(),
    }),
  ),
  may: z.array(z.enum(['search', 'fetch'])),
})

/** Earlier studies of a request's patient over HTTP. */
export function priorRoutes(options: {
  db: Database
  ids: Ids
  priors: Priors
  retrievals: Retrievals
  requests: Pick<Requests, 'known'>
  sites: SiteNames
}): Route[] {
  const { db, ids, priors, retrievals, requests, sites } = options

  const seen = async (request: string, who: Acting, action: 'study.see' | 'study.retrieve') => {
    const known = await requests.known(request)
    // Who took part and does no more sees what was then, and images arrive now.
    if (known === undefined || !allows(who, 'study.see', known.standing))
      fail('missing', 'There is no such request.')
    if (!allows(who, action, known.standing))
      fail('forbidden', {
        fr: 'Votre fonction ne permet pas de faire venir des antériorités.',
        en: 'Your role may not fetch priors.',
      })
    return known
  }
  const viewOf = async (request: string, who: Acting): Promise<PriorsView> => {
    const known = await seen(request, who, 'study.see')
    const may = allows(who, 'study.retrieve', known.standing)
    const view = await priors.view(request, async retrieval => {
      const row = await retrievals.get(retrieval)
      return (
        row &&
        retrievalView(row, {
          siteName: sites.site(row.site)?.name ?? row.site,
          named: true,
          mayDecide: may,
          forwards: [],
        })
      )
    })
    return { ...view, may: may ? ['search', 'fetch'] : [] }
  }

  return [
    route({
      method: 'GET',
      path: '/api/requests/:id/priors',
      summary: 'Earlier studies of the patient: why each is worth comparing, and where it stands.',
      action: 'study.see',
      params: z.object({ id }),
      answer,
      run: ({ params, who }) => viewOf(params.id, who),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/priors',
      summary: 'Asks all PACS of the site for earlier studies now; the best are fetched.',
      action: 'study.retrieve',
      params: z.object({ id }),
      answer,
      run: async ({ params, who }) => {
        const known = await seen(params.id, who, 'study.retrieve')
        await db.write(tx => priors.seek(tx, params.id, ids.next('ask'), known.record.site))
        return viewOf(params.id, who)
      },
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/priors/:uid',
      summary: 'Fetches one earlier study.',
      action: 'study.retrieve',
      params: z.object({ id, uid }),
      answer,
      run: async ({ params, who, origin }) => {
        await seen(params.id, who, 'study.retrieve')
        const fetched = await db.write(tx =>
          priors.fetch(tx, params.id, params.uid, `manual:${who.account.id}`, origin),
        )
        if (!fetched) fail('missing', 'There is no such earlier study.')
        return viewOf(params.id, who)
      },
    }),
  ]
}
