import { z } from 'zod'
import { allows, may } from '../accounts/permissions.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Peers } from '../peers/peers.js'
import { transferRow } from '../studies/answers.js'
import type { Studies } from '../studies/studies.js'
import type { TransferRow } from '../studies/view.js'
import { definite } from './definite.js'
import type { Flows } from './flows.js'
import type { SiteNames } from './study-routes.js'
import { transferView } from './transfer-views.js'
import type { Transfer, Transfers } from './transfers.js'

const text = z.string().trim().min(1).max(200)
/** Tried again by one press: the oldest first, the others by the next one. */
const RETRIED_MAX = 500

export interface TransferViews {
  of(transfer: Transfer, who: Acting): Promise<TransferRow>
}

/** A transfer as one person may see it. */
export function openTransferViews(options: {
  studies: Studies
  peers: Pick<Peers, 'find'>
  sites: SiteNames
  flows: Flows
}): TransferViews {
  const { studies, peers, sites, flows } = options
  return {
    of: async (transfer, who) => {
      const study = (await studies.byId(transfer.study)) ?? fail('internal', 'A transfer without its study.')
      const standing = await studies.standing(study.id, study.site)
      const peerSite = peers.find(transfer.peer)?.site ?? ''
      return transferView(transfer, {
        study,
        peerSite: sites.site(peerSite)?.name ?? peerSite,
        named: allows(who, 'study.see', standing),
        mayRetry: allows(who, 'transfer.retry', standing),
        mayCancel: allows(who, 'transfer.cancel', standing),
        rate: flows.rateOf(transfer.id),
      })
    },
  }
}

/** Transfers and what moves now, over HTTP. */
export function transferRoutes(options: {
  db: Database
  studies: Studies
  transfers: Transfers
  peers: Peers
  flows: Flows
  views: TransferViews
}): Route[] {
  const { db, studies, transfers, peers, flows, views } = options

  /** The transfer, for those who may see it: the study's site, its parties, and the destination's own site. */
  const seenTransfer = async (
    id: string,
    who: Acting,
    action: 'transfer.see' | 'transfer.retry' | 'transfer.cancel',
  ) => {
    const transfer = (await transfers.get(id)) ?? fail('missing', 'There is no such transfer.')
    const study = (await studies.byId(transfer.study)) ?? fail('internal', 'A transfer without its study.')
    const standing = await studies.standing(study.id, study.site)
    const peerSite = peers.find(transfer.peer)?.site
    const parties = [
      ...(standing.parties ?? []),
      ...(action === 'transfer.see' && peerSite !== undefined ? [peerSite] : []),
    ]
    if (!allows(who, action, { ...standing, parties })) fail('missing', 'There is no such transfer.')
    return transfer
  }

  return [
    route({
      method: 'GET',
      path: '/api/transfers',
      summary: 'Transfers, newest first.',
      action: 'transfer.see',
      query: z.object({
        state: z.string().max(100).optional(),
        peer: text.optional(),
        study: z
          .string()
          .regex(/^[0-9.]{1,64}$/)
          .optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.string().max(200).optional(),
      }),
      answer: listOf(transferRow),
      run: async ({ query: { state, peer, study, limit, after }, who }) => {
        const { role, site, everySite } = who.membership
        const found = await transfers.list({
          limit: limit + 1,
          ...(everySite === true && may(role, 'transfer.see', 'own')
            ? {}
            : {
                seenFrom: {
                  site,
                  own: may(role, 'transfer.see', 'own'),
                  party: may(role, 'transfer.see', 'party'),
                },
              }),
          ...definite({ peer, after }),
          ...(study === undefined ? {} : { study: (await studies.seen(study, who, 'study.see')).id }),
          ...(state === undefined ? {} : { states: state.split(',') }),
        })
        const last = found.length > limit ? found[limit - 1] : undefined
        return {
          items: await Promise.all(found.slice(0, limit).map(each => views.of(each, who))),
          ...(last === undefined ? {} : { next: `${last.queued_at}:${last.id}` }),
        }
      },
    }),
    route({
      method: 'POST',
      path: '/api/transfers/retry',
      summary: 'Tries everything that waits for a peer, or failed there, again now.',
      action: 'transfer.retry',
      body: z.object({ peer: text }),
      answer: z.object({ retried: z.int() }),
      run: async ({ body, who, origin }) => {
        const { site, everySite } = who.membership
        const found = await transfers.list({
          peer: body.peer,
          states: ['queued', 'failed'],
          limit: RETRIED_MAX,
          ...(everySite === true ? {} : { seenFrom: { site, own: true, party: true } }),
        })
        const mine: string[] = []
        for (const { id, study } of found) {
          const record = await studies.byId(study)
          if (record === undefined) continue
          if (allows(who, 'transfer.retry', await studies.standing(study, record.site))) mine.push(id)
        }
        if (mine.length === 0) fail('missing', 'Nothing of yours waits for this peer.')
        await db.write(async tx => {
          for (const id of mine.reverse()) await transfers.retry(tx, id, origin)
        })
        return { retried: mine.length }
      },
    }),
    route({
      method: 'POST',
      path: '/api/transfers/:id/retry',
      summary: 'Tries a transfer again now.',
      action: 'transfer.retry',
      params: z.object({ id: text }),
      answer: transferRow,
      run: async ({ params, who, origin }) => {
        await seenTransfer(params.id, who, 'transfer.retry')
        await db.write(tx => transfers.retry(tx, params.id, origin))
        return views.of((await transfers.get(params.id)) as Transfer, who)
      },
    }),
    route({
      method: 'POST',
      path: '/api/transfers/:id/cancel',
      summary: 'Gives a transfer up, with a reason.',
      action: 'transfer.cancel',
      params: z.object({ id: text }),
      body: z.object({ reason: z.string().trim().min(1).max(500) }),
      answer: transferRow,
      run: async ({ params, body, who, origin }) => {
        await seenTransfer(params.id, who, 'transfer.cancel')
        await db.write(tx => transfers.cancel(tx, params.id, body.reason, origin))
        return views.of((await transfers.get(params.id)) as Transfer, who)
      },
    }),
    route({
      method: 'GET',
      path: '/api/flows',
      summary: 'What moves now, by peer and direction.',
      action: 'peer.see',
      answer: listOf(
        z.object({
          peer: z.string(),
          direction: z.enum(['in', 'out']),
          studies: z.int(),
          instances: z.object({ moved: z.int(), of: z.int().optional() }),
          bytesPerSecond: z.int().optional(),
        }),
      ),
      run: async ({ who }) => {
        const sees = (id: string) => {
          const peer = peers.find(id)
          return peer !== undefined && allows(who, 'peer.see', { site: peer.site })
        }
        const leaving = (await transfers.moving()).filter(({ peer }) => sees(peer))
        const arriving = (await studies.arrivingFrom()).filter(({ source }) => sees(source))
        const out = new Map<string, typeof leaving>()
        for (const each of leaving) out.set(each.peer, [...(out.get(each.peer) ?? []), each])
        return {
          items: [
            ...arriving.map(({ source, studies: count, instances }) => ({
              peer: source,
              direction: 'in' as const,
              studies: count,
              instances: { moved: instances },
              ...definite({ bytesPerSecond: flows.rateOf(`in:${source}`) }),
            })),
            ...[...out].map(([peer, all]) => ({
              peer,
              direction: 'out' as const,
              studies: all.length,
              instances: {
                moved: all.reduce((sum, each) => sum + each.sent, 0),
                of: all.reduce((sum, each) => sum + each.total, 0),
              },
              ...definite({ bytesPerSecond: sumOf(all.map(({ id }) => flows.rateOf(id))) }),
            })),
          ],
        }
      },
    }),
  ]
}

function sumOf(rates: readonly (number | undefined)[]): number | undefined {
  const known = rates.filter(rate => rate !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0)
}
