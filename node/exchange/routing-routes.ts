import { z } from 'zod'
import { allows, demand } from '../accounts/permissions.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { studyAttributes } from '../dicom/format/attributes.js'
import { readHeader } from '../dicom/format/header.js'
import { FILE_HEADER_MAX_BYTES, readFileHeader } from '../dicom/format/part10.js'
import { Failure, fail, refuse } from '../errors.js'
import { opensAt } from '../hours.js'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { revisionOf, seenIn } from '../http/revision.js'
import { type Route as HttpRoute, route } from '../http/route.js'
import type { Peers } from '../peers/peers.js'
import { noPeer } from '../peers/rules.js'
import type { RouteConditions, RouteView } from '../peers/view.js'
import type { Sites } from '../sites/sites.js'
import type { Studies } from '../studies/studies.js'
import { definite } from './definite.js'
import { routeAnswer, routeInput, routeOf } from './route-input.js'
import { type RoutesBook, unplaced } from './routes-book.js'
import { type Route, type Stopped, type StudyTraits, standingRoutes, verdicts } from './rules.js'
import { traitsOf } from './traits.js'
import type { Transfers } from './transfers.js'
import type { RouteTrialView } from './view.js'

const id = z.string().trim().min(1).max(64)
const revision = z.string().max(64)
/** Of a file only its header is looked at: a browser sends no more than this. */
const TRIED_BYTES_MAX = 1024 * 1024
const BASE64_MAX = Math.ceil(TRIED_BYTES_MAX / 3) * 4

const names = z.array(z.string().trim().min(1).max(64)).max(64).default([])
const tried = z.object({
  site: id.optional(),
  peer: id.optional(),
  modality: names,
  bodyPart: names,
  description: z.string().max(400).default(''),
  urgency: z.enum(['emergency', 'urgent', 'routine']).optional(),
  /** The reading site a request asks, where there is one. */
  reading: id.optional(),
  /** The beginning of a DICOM file, base64: what is typed goes before what stands in it. */
  file: z.base64().max(BASE64_MAX).optional(),
})
const texts = z.array(z.string())
const trial = z.object({
  study: z.object({
    site: z.string(),
    sources: texts,
    modalities: texts,
    bodyParts: texts,
    descriptions: texts,
    urgency: z.string().optional(),
    requests: z.array(z.object({ reading: z.string(), contracts: texts })),
  }),
  verdicts: z.array(
    z.object({
      route: z.string(),
      enabled: z.boolean(),
      checks: z.array(
        z.object({
          condition: z.enum(['site', 'peer', 'modality', 'bodyPart', 'description', 'urgency', 'request']),
          holds: z.boolean(),
          wanted: texts,
          found: texts,
        }),
      ),
      fires: z.boolean(),
      to: texts,
      withheld: z.array(
        z.object({
          peer: z.string(),
          because: z.enum(['came-from-there', 'already-there', 'earlier-route']),
          route: z.string().optional(),
        }),
      ),
      opensAt: z.string().optional(),
    }),
  ),
})

const NO_ROUTE = 'There is no such route.'

/** Routes over HTTP, and what they would do. A site's people see and change their own; the node's operator all. */
export function routingRoutes(options: {
  db: Database
  clock: Clock
  peers: Peers
  sites: Pick<Sites, 'contracts'>
  studies: Studies
  transfers: Transfers
  routes: RoutesBook
  stopped: Stopped
  timeZone: string
}): HttpRoute[] {
  const { db, clock, peers, sites, studies, transfers, routes, stopped, timeZone } = options

  const siteOf = ({ site, peer }: Pick<RouteConditions, 'site' | 'peer'>) =>
    site ?? (peer === undefined ? '' : (peers.find(peer)?.site ?? ''))
  const placed = (routeId: string): RouteView => routes.find(routeId) ?? fail('missing', NO_ROUTE)
  const shown = (route: RouteView) => ({
    ...route,
    revision: revisionOf(unplaced(route)),
    ...(route.enabled && standingRoutes([route], stopped)[0]?.enabled === false
      ? { stopped: true as const }
      : {}),
  })
  /** A destination is named by who sees it, or where a contract joins the two sites; else it is unknown. */
  const demandDestinations = async (who: Acting, { to, when }: Route, before: readonly string[] = []) => {
    const joined = (await sites.contracts()).filter(each => each.requesting === siteOf(when))
    const hidden = to.filter(peer => {
      const site = peers.find(peer)?.site
      if (site === undefined || before.includes(peer)) return false
      return !allows(who, 'peer.see', { site }) && !joined.some(({ reading }) => reading === site)
    })
    if (hidden.length > 0)
      throw new Failure(
        'invalid',
        { fr: 'La route ne convient pas.', en: 'The route does not fit.' },
        hidden.map(noPeer),
      )
  }
  const seenBy = (who: Acting) =>
    routes.list().filter(each => allows(who, 'route.see', { site: siteOf(each.when) }))

  const trialOf = (study: StudyTraits, who: Acting): RouteTrialView => {
    const { heldBy: _held, confirmedBy: _confirmed, ...shown } = study
    const now = clock.now()
    return {
      study: shown,
      verdicts: verdicts(study, standingRoutes(seenBy(who), stopped)).map(verdict => {
        const at = opensAt(routes.find(verdict.route)?.hours, now, timeZone)
        const waits = at > now && study.urgency !== 'emergency'
        return { ...verdict, ...(waits ? { opensAt: isoAt(at) } : {}) }
      }),
    }
  }

  return [
    route({
      method: 'GET',
      path: '/api/routes',
      summary: 'The routes, in order.',
      action: 'route.see',
      answer: listOf(routeAnswer),
      run: async ({ who }) => ({ items: seenBy(who).map(shown) }),
    }),
    route({
      method: 'POST',
      path: '/api/routes',
      summary: 'Adds a route at the end.',
      action: 'route.change',
      body: routeInput,
      answer: routeAnswer,
      status: 201,
      run: async ({ body, who, origin }) => {
        const given = routeOf(body)
        demand(who, 'route.change', { site: siteOf(given.when) })
        await demandDestinations(who, given)
        if (routes.find(body.id) !== undefined)
          fail('conflict', {
            fr: `Une route nommée « ${body.id} » existe déjà.`,
            en: `A route named "${body.id}" exists already.`,
          })
        await db.write(tx => routes.put(tx, given, origin))
        return shown(placed(body.id))
      },
    }),
    route({
      method: 'PUT',
      path: '/api/routes/:id',
      summary:
        'Changes a route, or switches it on or off; 409 when somebody changed it since `revision` (412: `If-Match`).',
      action: 'route.change',
      params: z.object({ id }),
      body: routeInput.extend({ revision: revision.optional() }),
      answer: routeAnswer,
      run: async ({ params, body: { revision: known, ...body }, who, origin, headers }) => {
        const given = routeOf({ ...body, id: params.id })
        demand(who, 'route.change', { site: siteOf(placed(params.id).when) }, NO_ROUTE)
        demand(who, 'route.change', { site: siteOf(given.when) })
        await demandDestinations(who, given, placed(params.id).to)
        await db.write(tx => routes.put(tx, given, origin, seenIn(headers, known)))
        return shown(placed(params.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/routes/order',
      summary: 'Puts these routes, in this order, into the places they hold together.',
      action: 'route.change',
      body: z.object({ ids: z.array(id).min(2).max(1000) }),
      answer: listOf(routeAnswer),
      run: async ({ body, who, origin }) => {
        for (const each of body.ids)
          demand(who, 'route.change', { site: siteOf(placed(each).when) }, NO_ROUTE)
        await db.write(tx => routes.order(tx, body.ids, origin))
        return { items: seenBy(who).map(shown) }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/routes/:id',
      summary: 'Removes a route.',
      action: 'route.change',
      params: z.object({ id }),
      query: z.object({ revision: revision.optional() }),
      answer: z.object({ id }),
      run: async ({ params, query, who, origin, headers }) => {
        demand(who, 'route.change', { site: siteOf(placed(params.id).when) }, NO_ROUTE)
        await db.write(tx => routes.remove(tx, params.id, origin, seenIn(headers, query.revision)))
        return { id: params.id }
      },
    }),
    route({
      method: 'POST',
      path: '/api/routes/trial',
      summary: 'Which routes a study would take, and why not the others. Nothing is sent, nothing is kept.',
      action: 'route.see',
      body: tried,
      answer: trial,
      bodyMaxBytes: BASE64_MAX + 64 * 1024,
      secret: true, // what is tried is kept nowhere, not even to answer twice
      run: async ({ body, who }) => {
        const read = body.file === undefined ? undefined : await inFile(Buffer.from(body.file, 'base64'))
        const brings = body.peer === undefined ? undefined : peers.find(body.peer)?.site
        const seen = brings !== undefined && allows(who, 'peer.see', { site: brings })
        const site = body.site ?? (seen ? brings : undefined)
        if (site === undefined)
          refuse(
            'invalid',
            {
              fr: 'Dites d’où vient l’examen : un site ou un correspondant.',
              en: 'Say where the study comes from: a site or a peer.',
            },
            'site',
          )
        const { reading } = body
        const contracts = reading === undefined ? [] : await sites.contracts()
        const descriptions = [body.description.trim(), ...(read?.descriptions ?? [])].filter(Boolean)
        return trialOf(
          definite({
            site,
            sources: body.peer === undefined ? [] : [body.peer],
            modalities: body.modality.length > 0 ? body.modality : (read?.modalities ?? []),
            bodyParts: body.bodyPart.length > 0 ? body.bodyPart : (read?.bodyParts ?? []),
            descriptions,
            urgency: body.urgency,
            requests:
              reading === undefined
                ? []
                : [
                    {
                      reading,
                      contracts: contracts
                        .filter(each => each.requesting === site && each.reading === reading)
                        .map(each => each.id),
                    },
                  ],
            heldBy: body.peer === undefined ? [] : [body.peer],
            confirmedBy: [],
          }) as StudyTraits,
          who,
        )
      },
    }),
    route({
      method: 'GET',
      path: '/api/routes/trial/:uid',
      summary: 'Which routes a study that is here would take if it came now. Nothing is sent.',
      action: 'route.see',
      also: ['study.see'],
      params: z.object({ uid: z.string().regex(/^[0-9.]{1,64}$/) }),
      answer: trial,
      run: async ({ params, who }) => {
        const study = await studies.seen(params.uid, who, 'study.see')
        const { traits } = await traitsOf(study, { studies, sites, transfers })
        return trialOf(traits, who)
      },
    }),
  ]
}

/** What the beginning of a file says of its study. */
async function inFile(
  bytes: Buffer,
): Promise<Pick<StudyTraits, 'modalities' | 'bodyParts' | 'descriptions'>> {
  const { datasetOffset, transferSyntaxUID } = readFileHeader(bytes.subarray(0, FILE_HEADER_MAX_BYTES))
  const attributes = studyAttributes(await readHeader(bytes, { datasetOffset, transferSyntaxUID }))
  const present = (...values: (string | undefined)[]) =>
    values.filter(value => value !== undefined && value !== '')
  return {
    modalities: present(attributes.Modality) as string[],
    bodyParts: present(attributes.BodyPartExamined) as string[],
    descriptions: present(
      attributes.StudyDescription ?? attributes.ProtocolName,
      attributes.SeriesDescription,
    ) as string[],
  }
}
