import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { type Route, route } from '../http/route.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { certificate, studyAnswer, studyList, studySearch, transferRow } from '../studies/answers.js'
import { isListed, mayLeave } from '../studies/leaving.js'
import type { Rejections } from '../studies/rejections.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import type { StudyRow } from '../studies/view.js'
import { gapView, studyRowView } from '../studies/views.js'
import { certificateOf } from './certificate.js'
import { definite } from './definite.js'
import { noPart } from './part.js'
import { priorityOf } from './rules.js'
import { searchKeys } from './search-answers.js'
import { type SearchBounds, searchPacs } from './searching.js'
import { nothingToSend } from './send-words.js'
import type { TransferViews } from './transfer-routes.js'
import type { Transfer, Transfers } from './transfers.js'

const text = z.string().trim().min(1).max(200)
const uid = z.string().regex(/^[0-9.]{1,64}$/)
const page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(200).optional(),
}

/** Sites as this edge needs them. */
export interface SiteNames {
  /** Name and issuer by id, and whether it is closed; undefined for a site nobody registered. */
  site(id: string): { name: string; issuer: string; closed?: boolean } | undefined
}

/** Requests that name a study, as those who may see it know them; injected, since requests stand beside exchange. */
export type RequestsOfStudy = (
  uid: string,
  site: string,
  who: Acting,
) => Promise<{ id: string; reference: string; state: string }[]>

/** Studies and their transfers over HTTP. */
export function studyRoutes(options: {
  db: Database
  clock: Clock
  studies: Studies
  transfers: Transfers
  journal: Pick<Journal, 'head'>
  peers: Peers
  link: ReceiverLink
  sites: SiteNames
  requestsOf: RequestsOfStudy
  bounds: SearchBounds
  rejections: Pick<Rejections, 'withdrawnIn'>
  views: TransferViews
}): Route[] {
  const {
    db,
    clock,
    studies,
    transfers,
    journal,
    peers,
    link,
    sites,
    requestsOf,
    bounds,
    views,
    rejections,
  } = options
  const nameOf = (site: string) => sites.site(site)?.name ?? site

  const rowsOf = async (page: readonly StudyRecord[]): Promise<StudyRow[]> => {
    const ids = page.map(({ id }) => id)
    const [series, progress, others] = await Promise.all([
      studies.seriesCounts(ids),
      transfers.progressOfAll(ids),
      studies.otherIdentities(page.filter(study => study.others > 0).map(({ id }) => id)),
    ])
    return page.map(study =>
      studyRowView(
        study,
        {
          series: series.get(study.id) ?? 0,
          siteName: nameOf(study.site),
          confirmed: progress.get(study.id)?.confirmed,
          others: others.get(study.id) ?? [],
        },
        clock.now(),
      ),
    )
  }

  return [
    route({
      method: 'GET',
      path: '/api/studies',
      summary: 'Studies the person may see, newest first.',
      action: 'study.see',
      query: z.object({
        q: z.string().max(200).optional(),
        site: text.optional(),
        modality: text.optional(),
        ...page,
      }),
      answer: studyList,
      run: async ({ query, who }) => {
        const { items, next } = await studies.list(definite(query), who, 'study.see')
        return { items: await rowsOf(items), ...(next === undefined ? {} : { next }) }
      },
    }),
    route({
      method: 'GET',
      path: '/api/studies/search',
      summary: "Asks a site's PACS by C-FIND; each PACS says whether it answered.",
      action: 'study.search',
      query: z.object({
        site: text,
        ...searchKeys,
      }),
      answer: studySearch,
      run: async ({ query: { site, ...keys }, who }) => {
        if (!allows(who, 'study.search', { site })) fail('missing', 'There is no such site.')
        if (Object.values(definite(keys)).length === 0)
          fail('invalid', {
            fr: 'Dites au moins une chose à chercher : un nom, un numéro, une date.',
            en: 'Say at least one thing to look for: a name, a number, a date.',
          })
        const issuer = sites.site(site)?.issuer ?? ''
        return searchPacs({ peers, studies, link, who, site, issuer, keys: definite(keys), bounds })
      },
    }),
    route({
      method: 'GET',
      path: '/api/studies/:uid',
      summary: 'One study: series, origin, completeness, transfers, requests.',
      action: 'study.see',
      params: z.object({ uid }),
      answer: studyAnswer,
      run: async ({ params, who }) => {
        const study = await studies.seen(params.uid, who, 'study.see')
        const series = await studies.series(study.id)
        const withdrawn = await rejections.withdrawnIn(study.id)
        const arrivals = await studies.arrivals(study.id)
        const sent = await transfers.list({ study: study.id, limit: 200 })
        return {
          ...((await rowsOf([study]))[0] as StudyRow),
          seriesList: series.map(one => ({
            SeriesInstanceUID: one.uid,
            SeriesNumber: one.number === null ? '' : String(one.number),
            SeriesDescription: one.description,
            Modality: one.modality,
            BodyPartExamined: one.body_part,
            instances: one.instances,
            withdrawn: withdrawn.get(one.id) ?? 0,
          })),
          gaps: (await studies.gaps(study.id)).map(gapView),
          // What we made ourselves came from nobody.
          origins: arrivals
            .filter(({ made_here }) => made_here === 0)
            .map(arrival => ({
              peer: arrival.source,
              callingAETitle: arrival.calling,
              instances: arrival.instances,
              at: isoAt(arrival.first_at),
            })),
          transfers: await Promise.all(sent.map(each => views.of(each, who))),
          requests: await requestsOf(study.uid, study.site, who),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/studies/:uid/certificate',
      summary:
        'Certificate of completeness: what was expected, what came, what is missing, what is confirmed where.',
      action: 'study.see',
      params: z.object({ uid }),
      answer: certificate,
      run: async ({ params, who }) => {
        const study = await studies.seen(params.uid, who, 'study.see')
        const [row] = await rowsOf([study])
        return certificateOf(study, row as StudyRow, {
          studies,
          transfers,
          siteOfPeer: peer => nameOf(peers.find(peer)?.site ?? ''),
          now: clock.now(),
          journal: await journal.head(),
        })
      },
    }),
    route({
      method: 'POST',
      path: '/api/studies/:uid/send',
      summary: 'Sends a study to a peer now.',
      action: 'study.send',
      params: z.object({ uid }),
      body: z.object({ peer: text }),
      answer: transferRow,
      status: 201,
      run: async ({ params, body, who, origin }) => {
        const study = await studies.seen(params.uid, who, 'study.send')
        const peer = peers.find(body.peer) ?? fail('missing', 'There is no such peer.')
        const standing = await studies.standing(study.id, study.site)
        // Images leave only to sites that are part of the act.
        if (peer.site !== study.site && standing.parties?.includes(peer.site) !== true) noPart(who, peer)
        const instances = (await studies.instances(study.id)).filter(
          instance =>
            mayLeave(instance) && isListed(instance) && (!instance.madeHere || peer.site === study.site),
        )
        const owed = await db.write(tx =>
          transfers.owe(
            tx,
            {
              study: study.id,
              site: study.site,
              peer: peer.id,
              cause: `manual:${who.account.id}`,
              priority: priorityOf(study.urgency),
              instances: instances.map(instance => instance.id),
            },
            origin,
          ),
        )
        if (owed.transfer === undefined)
          fail('conflict', nothingToSend(owed.because, peer.id, who.account.language))
        return views.of((await transfers.get(owed.transfer)) as Transfer, who)
      },
    }),
  ]
}
