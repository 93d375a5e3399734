import { z } from 'zod'
import { allows, demand } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { SecondOpinion } from '../dicom/native.js'
import { fail, refuse } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { seenIn } from '../http/revision.js'
import { type Route as HttpRoute, route } from '../http/route.js'
import type { Journal } from '../journal/journal.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Certificates } from '../peers/certificates/keeper.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { testPeer } from './doctor.js'
import { peerView } from './peer-views.js'
import type { RoutesBook } from './routes-book.js'
import type { SiteNames } from './study-routes.js'
import { laneOf } from './transfers.js'

const id = z.string().trim().min(1).max(64)
const service = z.enum(['echo', 'store', 'find', 'move', 'get', 'commit'])
const NO_PEER = 'There is no such peer.'
const peerInput = z.object({
  id,
  site: id,
  aeTitles: z.array(z.string().max(16)).min(1).max(16),
  host: z.string().trim().min(1).max(253),
  port: z.int().min(1).max(65_535),
  callUs: z.string().min(1).max(16),
  from: z.array(z.string().max(64)).min(1).max(32),
  tls: z.enum(['none', 'server', 'mutual']),
  certificate: z.string().max(100).nullable(),
  nextCertificate: z.string().max(100).nullable().optional(),
  may: z.array(service).max(6),
  associations: z.int().min(1).max(32),
  commitment: z.enum(['relay', 'keeper']).default('relay'),
})
const revision = z.string().max(64)
const peerAnswer = peerInput.extend({
  stopped: z.literal(true).optional(),
  revision,
  siteName: z.string(),
  lastSeenAt: z.string().optional(),
  health: z.enum(['up', 'down', 'unknown']),
  healthReason: z.string().optional(),
  queued: z.int(),
})
const peerTest = z.object({
  steps: z.array(
    z.object({
      step: z.enum(['tcp', 'tls', 'association', 'echo', 'find', 'store', 'second-opinion']),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      ms: z.int(),
      code: z.string(),
      detail: z.string(),
      cause: z.string().optional(),
      remedy: z.string().optional(),
    }),
  ),
  passed: z.boolean(),
  left: z.object({ sopInstanceUID: z.string(), patientId: z.string() }).optional(),
  ours: z.object({
    aeTitle: z.string(),
    address: z.string().optional(),
    port: z.int(),
    tls: z.enum(['none', 'server', 'mutual']),
    fingerprint: z.string().optional(),
  }),
  advice: z.string(),
  letter: z.string().optional(),
})
/** Peers over HTTP. A site's people see and change their own; the node's operator all. */
export function peerRoutes(options: {
  db: Database
  clock: Clock
  journal: Journal
  peers: Peers
  routes: RoutesBook
  outbox: Outbox
  link: ReceiverLink
  secondOpinion: SecondOpinion
  certificates: Certificates
  sites: SiteNames
}): HttpRoute[] {
  const { db, clock, journal, peers, routes, outbox, link, secondOpinion, certificates, sites } = options

  const viewOf = async (peer: Peer) =>
    peerView(peer, {
      peers,
      siteName: sites.site(peer.site)?.name ?? peer.site,
      now: clock.now(),
      waiting: await outbox.open({ lane: laneOf(peer.id) }),
      absent: outbox.isHeld(laneOf(peer.id)),
    })
  const own = (peerId: string, who: Acting, action: 'peer.see' | 'peer.change' | 'peer.test'): Peer => {
    const peer = peers.find(peerId) ?? fail('missing', NO_PEER)
    demand(who, action, { site: peer.site }, NO_PEER)
    return peer
  }

  return [
    route({
      method: 'GET',
      path: '/api/peers',
      summary: 'The registered DICOM nodes of the sites the person keeps.',
      action: 'peer.see',
      answer: listOf(peerAnswer),
      run: async ({ who }) => ({
        items: await Promise.all(
          peers
            .list()
            .filter(peer => allows(who, 'peer.see', { site: peer.site }))
            .map(viewOf),
        ),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/peers',
      summary: 'Registers a DICOM node.',
      action: 'peer.change',
      body: peerInput,
      answer: peerAnswer,
      status: 201,
      run: async ({ body, who, origin }) => {
        demand(who, 'peer.change', { site: body.site })
        if (sites.site(body.site) === undefined)
          refuse('invalid', { fr: 'Ce site n’existe pas.', en: 'There is no such site.' }, 'site')
        if (peers.find(body.id) !== undefined)
          fail('conflict', {
            fr: `Un correspondant nommé « ${body.id} » existe déjà.`,
            en: `A peer named "${body.id}" exists already.`,
          })
        await db.write(tx => peers.put(tx, body, origin))
        return viewOf(body)
      },
    }),
    route({
      method: 'PUT',
      path: '/api/peers/:id',
      summary:
        'Changes a DICOM node; 409 when somebody changed it since `revision` (412 when since `If-Match`).',
      action: 'peer.change',
      params: z.object({ id }),
      body: peerInput.extend({ revision: revision.optional() }),
      answer: peerAnswer,
      run: async ({ params, body: { revision: known, ...body }, who, origin, headers }) => {
        own(params.id, who, 'peer.change')
        if (body.id !== params.id)
          refuse(
            'invalid',
            { fr: 'Le nom d’un correspondant ne change pas.', en: 'The name of a peer does not change.' },
            'id',
          )
        await db.write(tx => peers.put(tx, body, origin, seenIn(headers, known)))
        return viewOf(body)
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/peers/:id',
      summary: 'Removes a DICOM node; what was sent and received stays in the journal.',
      action: 'peer.change',
      params: z.object({ id }),
      query: z.object({ revision: revision.optional() }),
      answer: z.object({ id }),
      run: async ({ params, query, who, origin, headers }) => {
        own(params.id, who, 'peer.change')
        if (routes.list().some(each => each.to.includes(params.id)))
          fail('conflict', {
            fr: 'Une route y mène encore : changez-la ou retirez-la d’abord.',
            en: 'A route still leads there: change or remove it first.',
          })
        await db.write(tx => peers.remove(tx, params.id, origin, seenIn(headers, query.revision)))
        return { id: params.id }
      },
    }),
    route({
      method: 'POST',
      path: '/api/peers/:id/test',
      summary: 'Tests the connection step by step, with cause and remedy in plain words.',
      action: 'peer.test',
      params: z.object({ id }),
      body: z.object({ object: z.boolean().default(false) }),
      answer: peerTest,
      run: async ({ params, body, who, origin }) => {
        const peer = own(params.id, who, 'peer.test')
        const { language } = who.account
        const result = await testPeer({
          ...{ peer, link, secondOpinion, certificates, clock, language },
          object: body.object,
        })
        if (result.passed) peers.seen(peer.id)
        const failed = result.passed ? undefined : result.steps.find(step => step.outcome === 'failed')
        await db.write(tx =>
          journal.append(
            tx,
            {
              type: 'peer-tested',
              site: peer.site,
              ids: { peer: peer.id },
              // What is left at somebody else's is written down here.
              body: { passed: result.passed, failed: failed?.code, left: result.left?.sopInstanceUID },
            },
            origin,
          ),
        )
        if (result.passed) outbox.release(laneOf(peer.id))
        return result
      },
    }),
  ]
}
