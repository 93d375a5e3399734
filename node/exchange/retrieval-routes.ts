import { z } from 'zod'
import { allows, type Standing } from '../accounts/permissions.js'
import type { Database } from '../database.js'
import { fail, refuse } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { priorities } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import type { Studies } from '../studies/studies.js'
import { definite } from './definite.js'
import { noPart } from './part.js'
import { retrievalRow, retrievalView, wantedStudy } from './retrieval-views.js'
import type { Retrieval, Retrievals } from './retrievals.js'
import { searchKeys, searchView } from './search-answers.js'
import type { Searches } from './searches.js'
import type { SiteNames } from './study-routes.js'

const text = z.string().trim().min(1).max(200)
const uid = z.string().regex(/^[0-9.]{1,64}$/)

/** A request for which something is fetched, as far as the acting person may see it; injected, see `study-routes.ts`. */
export type RequestStanding = (request: string, who: Acting) => Promise<Standing | undefined>

/** Looking for studies in several PACS at once, and fetching them. */
export function retrievalRoutes(options: {
  db: Database
  peers: Peers
  studies: Studies
  retrievals: Retrievals
  searches: Searches
  sites: SiteNames
  requestStanding: RequestStanding
  /** Sites that are part of what a retrieval was made for. */
  partiesOf(retrieval: string): Promise<readonly string[]>
}): Route[] {
  const { db, peers, studies, retrievals, searches, sites, requestStanding, partiesOf } = options
  const nameOf = (site: string) => sites.site(site)?.name ?? site

  const standingOf = async (row: Retrieval): Promise<Standing> => {
    const study = (await studies.byUid(row.study_uid)).find(each => each.site === row.site)
    const { parties = [] } =
      study === undefined ? { parties: [] } : await studies.standing(study.id, study.site)
    return { site: row.site, parties: [...parties, ...(await partiesOf(row.id))] }
  }
  const viewOf = async (row: Retrieval, who: Acting) => {
    const standing = await standingOf(row)
    return retrievalView(row, {
      siteName: nameOf(row.site),
      named: allows(who, 'study.see', standing),
      mayDecide: allows(who, 'study.retrieve', standing),
      forwards: await retrievals.forwards(row.id),
    })
  }
  const decidable = async (id: string, who: Acting) => {
    const row = await retrievals.get(id)
    if (row === undefined || !allows(who, 'study.retrieve', await standingOf(row)))
      fail('missing', 'There is no such retrieval.')
    return row
  }
  /** Where a person looks: their own site, and the site of a request they are part of. */
  const reach = async (site: string, request: string | undefined, who: Acting): Promise<Standing> => {
    const of = request === undefined ? undefined : await requestStanding(request, who)
    if (request !== undefined && of === undefined) fail('missing', 'There is no such request.')
    return of?.site === site ? of : { site }
  }

  return [
    route({
      method: 'POST',
      path: '/api/searches',
      summary: 'Asks several PACS at once; what they answer is read while the slow ones still work.',
      action: 'study.search',
      body: z.object({
        /** The person’s own site, or that of the request. */
        site: text,
        request: text.optional(),
        /** Only these; all of the site where left out. */
        peers: z.array(text).min(1).max(64).optional(),
        ...searchKeys,
      }),
      answer: searchView,
      status: 201,
      run: async ({ body: { site, request, peers: only, ...keys }, who }) => {
        if (!allows(who, 'study.search', await reach(site, request, who)))
          fail('missing', 'There is no such site.')
        if (Object.values(definite(keys)).length === 0)
          fail('invalid', {
            fr: 'Dites au moins une chose à chercher : un nom, un numéro, une date.',
            en: 'Say at least one thing to look for: a name, a number, a date.',
          })
        const asked = peers
          .list()
          .filter(
            peer => peer.site === site && peer.may.includes('find') && only?.includes(peer.id) !== false,
          )
        return searches.begin({
          owner: who.account.id,
          site,
          issuer: sites.site(site)?.issuer ?? '',
          peers: asked,
          keys: definite(keys),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/api/searches/:id',
      summary: 'What the PACS have answered so far; each says how it ended.',
      action: 'study.search',
      params: z.object({ id: text }),
      answer: searchView,
      run: ({ params, who }) => searches.view(params.id, who.account.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/searches/:id',
      summary: 'Gives a search up: PACS that still work are told so.',
      action: 'study.search',
      params: z.object({ id: text }),
      answer: z.object({ id: z.string() }),
      run: ({ params, who }) => searches.giveUp(params.id, who.account.id),
    }),
    route({
      method: 'POST',
      path: '/api/retrievals',
      summary: 'Fetches a study or a series from a PACS, and sends it on where that is asked for.',
      action: 'study.retrieve',
      body: z.object({
        peer: text,
        StudyInstanceUID: uid,
        SeriesInstanceUID: uid.optional(),
        /** Another PACS it goes on to. */
        to: text.optional(),
        request: text.optional(),
        wanted: wantedStudy.default({}),
      }),
      answer: retrievalRow,
      status: 201,
      run: async ({ body, who, origin }) => {
        const peer = peers.find(body.peer)
        if (peer === undefined) fail('missing', 'There is no such peer.')
        const standing = await reach(peer.site, body.request, who)
        if (!allows(who, 'study.retrieve', standing)) fail('missing', 'There is no such peer.')
        const to = body.to === undefined ? undefined : peers.find(body.to)
        if (body.to !== undefined) {
          if (to === undefined) fail('missing', 'There is no such peer.')
          if (to.id === peer.id)
            refuse(
              'invalid',
              {
                fr: 'Il vient de là : un examen n’y retourne pas.',
                en: 'It comes from there: a study does not go back.',
              },
              'to',
            )
          // Images leave only to sites that are part of the act.
          if (to.site !== peer.site && standing.parties?.includes(to.site) !== true) noPart(who, to)
        }
        const id = await db.write(tx =>
          retrievals.want(
            tx,
            {
              site: peer.site,
              peer: peer.id,
              study: body.StudyInstanceUID,
              series: body.SeriesInstanceUID ?? '',
              cause: `manual:${who.account.id}`,
              priority: priorities.urgent,
              wanted: definite(body.wanted),
              ...(to === undefined ? {} : { to: to.id }),
            },
            origin,
          ),
        )
        return viewOf((await retrievals.get(id)) as Retrieval, who)
      },
    }),
    route({
      method: 'GET',
      path: '/api/retrievals',
      summary: 'What is fetched from other PACS, newest first.',
      action: 'transfer.see',
      query: z.object({
        state: z.string().max(100).optional(),
        peer: text.optional(),
        study: uid.optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.string().max(200).optional(),
      }),
      answer: listOf(retrievalRow),
      run: async ({ query: { state, peer, study, limit, after }, who }) => {
        const { site, everySite } = who.membership
        const found = await retrievals.list({
          limit: limit + 1,
          // Of one study: whoever may see it, whosever it is.
          ...(everySite === true || study !== undefined ? {} : { site }),
          ...definite({ peer, after, study }),
          ...(state === undefined ? {} : { states: state.split(',') }),
        })
        const page = found.slice(0, limit)
        const seen = await Promise.all(
          page.map(async row => (allows(who, 'transfer.see', await standingOf(row)) ? [row] : [])),
        )
        const last = found.length > limit ? page.at(-1) : undefined
        return {
          items: await Promise.all(seen.flat().map(row => viewOf(row, who))),
          ...(last === undefined ? {} : { next: `${last.queued_at}:${last.id}` }),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/retrievals/:id',
      summary: 'One retrieval, with what the PACS counted.',
      action: 'transfer.see',
      params: z.object({ id: text }),
      answer: retrievalRow,
      run: async ({ params, who }) => {
        const row = await retrievals.get(params.id)
        if (row === undefined || !allows(who, 'transfer.see', await standingOf(row)))
          fail('missing', 'There is no such retrieval.')
        return viewOf(row, who)
      },
    }),
    route({
      method: 'POST',
      path: '/api/retrievals/:id/retry',
      summary: 'Asks the PACS again now.',
      action: 'study.retrieve',
      params: z.object({ id: text }),
      answer: retrievalRow,
      run: async ({ params, who, origin }) => {
        await decidable(params.id, who)
        await db.write(tx => retrievals.retry(tx, params.id, origin))
        return viewOf((await retrievals.get(params.id)) as Retrieval, who)
      },
    }),
    route({
      method: 'POST',
      path: '/api/retrievals/:id/cancel',
      summary: 'Gives a retrieval up, with a reason; the PACS is told to stop.',
      action: 'study.retrieve',
      params: z.object({ id: text }),
      body: z.object({ reason: z.string().trim().min(1).max(500) }),
      answer: retrievalRow,
      run: async ({ params, body, who, origin }) => {
        await decidable(params.id, who)
        await db.write(tx => retrievals.cancel(tx, params.id, body.reason, origin))
        return viewOf((await retrievals.get(params.id)) as Retrieval, who)
      },
    }),
  ]
}
