import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { dimseStatus } from '../dicom/network/status.js'
import { openTranscoder } from '../dicom/transcoder.js'
import { reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Followers } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import type { Objects } from '../objects/objects.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Certificates } from '../peers/certificates/keeper.js'
import type { Peers } from '../peers/peers.js'
import { openReceiverLink, type ReceiverLink, type ReceiverPorts } from '../peers/receiver-link.js'
import type { ReceiverSettings } from '../peers/wire.js'
import type { Sites } from '../sites/sites.js'
import type { Conflicts } from '../studies/conflicts.js'
import { QUIET_MS, type Receive } from '../studies/receive.js'
import type { Studies } from '../studies/studies.js'
import { answerQuery } from './answering.js'
import { awaitingFollower } from './awaiting.js'
import { type ClosedSites, openClosedSites, stoppedBy } from './closed-sites.js'
import { askingHandler, overdueHandler } from './commitment-asking.js'
import { relayOverdueHandler, reportingHandler } from './commitment-reporting.js'
import { openCommitmentRequests } from './commitment-requests.js'
import { openCommitments } from './commitments.js'
import { countingHandler } from './counting.js'
import { openDoor } from './door.js'
import { type Flows, openFlows } from './flows.js'
import { routingFollower } from './follow.js'
import { forwardingHandler } from './forwarding.js'
import { openGiving } from './giving.js'
import { openQueryRecord } from './queried.js'
import { openRejecting, type Rejecting } from './rejecting.js'
import { releasingFollower, releasingHandler } from './releasing.js'
import { openRetrievals, type Retrievals, retrievalLane } from './retrievals.js'
import { retrievingHandler } from './retrieving.js'
import { openRoutesBook, type RoutesBook } from './routes-book.js'
import type { Stopped } from './rules.js'
import { sendingHandler } from './sending.js'
import type { SiteNames } from './study-routes.js'
import { laneOf, openTransfers, type Transfers } from './transfers.js'

export interface Exchange {
  link: ReceiverLink
  routes: RoutesBook
  transfers: Transfers
  retrievals: Retrievals
  flows: Flows
  rejecting: Rejecting
  closedSites: ClosedSites
  /** What rests because its site is closed. */
  stopped: Stopped
  /** In which the hours of routes are read. */
  timeZone: string
  /** Starts the receiver; gives its ports. Rejects with a sentence when one is taken. */
  start(): Promise<ReceiverPorts>
  /** No image comes in and none goes out after this. */
  close(): Promise<void>
}

/** Images in and out: the receiver, the routes, what is owed to peers, and the evidence of what arrived. */
export async function openExchange(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  log: Log
  followers: Followers
  outbox: Outbox
  objects: Objects
  peers: Peers
  studies: Studies
  conflicts: Conflicts
  receive: Receive
  certificates: Certificates
  sites: SiteNames
  contracts: Pick<Sites, 'contracts'>
  timeZone: string
  /** Where derived files stand while they are sent, and the native encoder works. */
  scratch: string
  receiver: Omit<ReceiverSettings, 'run'>
  commitment: { answerMs: number; relayMs: number; reportMs: number; waitMs: number }
  retrieval: { silenceMs: number; waitMs: number; atOncePerPeer: number }
  /** Something of a transfer moved; `site` owns the study, `destination` the peer's. */
  onProgress(transfer: string, site: string, destination: string): void
  /** Something moves to or from this peer. */
  onFlow(peer: string, site: string): void
}): Promise<Exchange> {
  const { db, journal, log, outbox, objects, peers, studies, receive, certificates, receiver } = options
  const routes = await openRoutesBook({ db, journal, peers })
  const closedSites = openClosedSites({ db, journal, peers, routes })
  const stopped = stoppedBy(peers, site => options.sites.site(site)?.closed === true)
  const transfers = openTransfers(options)
  const flows = openFlows(options.clock)
  const transcoder = openTranscoder({ folder: options.scratch })
  const commitments = openCommitments({ ...options, ...options.commitment, transfers })
  const requests = openCommitmentRequests({ ...options, ...options.commitment })
  const link = openReceiverLink({
    settings: receiver,
    runOf: start => `${journal.boot.slice(0, 16)}${start}`,
    snapshot: peers.snapshot(),
    tls: certificates.material(),
    clock: options.clock,
  })
  const rejecting = openRejecting({ ...options, transfers })
  const retrievals = await openRetrievals(options)
  const { handler: retrieving, watches } = retrievingHandler({
    ...options,
    ...options.retrieval,
    link,
    retrievals,
    onProgress: (retrieval, site) => options.onProgress(retrieval, site, site),
  })
  const door = openDoor({
    ...options,
    retrievals,
    watches,
    rejecting,
    onArrived: (peer, bytes) => {
      flows.add(`in:${peer.id}`, { instances: 1, bytes })
      options.onFlow(peer.id, peer.site)
    },
  })
  const giving = openGiving(options)
  const queried = openQueryRecord(options)
  let settling: NodeJS.Timeout | undefined

  const widen = () => {
    for (const peer of peers.list()) outbox.widen(retrievalLane(peer.id), options.retrieval.atOncePerPeer)
  }
  for (const peer of peers.list()) outbox.widen(laneOf(peer.id), 1)
  widen()
  peers.onChange(snapshot => {
    widen()
    link.snapshot(snapshot)
  })
  certificates.onChange(material => link.renew(material))
  outbox.handle(
    'send-study',
    sendingHandler({
      ...{ ...options, transfers, link, commitments, routes, transcoder },
      onProgress: (transfer, site, peer, moved) => {
        flows.add(transfer, moved)
        options.onProgress(transfer, site, peer.site)
        options.onFlow(peer.id, peer.site)
      },
    }),
  )
  outbox.handle('ask-commitment', askingHandler({ ...options, ...options.commitment, link, commitments }))
  outbox.handle('commitment-overdue', overdueHandler({ commitments, transfers }))
  outbox.handle('report-commitment', reportingHandler({ ...options, ...options.commitment, link, requests }))
  outbox.handle('commitment-relay-overdue', relayOverdueHandler(requests))
  options.followers.add(requests.follower)
  outbox.handle('spread-rejection', rejecting.handler)
  options.followers.add(rejecting.follower)
  outbox.handle('count-study', countingHandler({ db, peers, studies, transfers, link }))
  outbox.handle('retrieve-study', retrieving)
  outbox.handle('forward-study', forwardingHandler({ peers, studies, transfers, retrievals }))
  options.followers.add(
    routingFollower({
      clock: options.clock,
      studies,
      sites: options.contracts,
      routes,
      stopped,
      transfers,
      peers,
      outbox,
      retrievals,
    }),
  )
  options.followers.add(closedSites.follower)
  options.followers.add(awaitingFollower({ peers, retrievals }))
  outbox.handle('release-withheld', releasingHandler({ ...options, transfers }))
  options.followers.add(releasingFollower({ transfers, outbox }))

  return {
    link,
    routes,
    transfers,
    retrievals,
    flows,
    rejecting,
    closedSites,
    stopped,
    timeZone: options.timeZone,
    start: async () => {
      // What a crash left half sent, and open, ended with it.
      await rm(join(options.scratch, 'transcoded'), { recursive: true, force: true })
      await receive.settleQuiet(0)
      const ports = await link.start({
        receipts: door.receipts,
        door: door.event,
        word: word => {
          const peer = peers.find(word.peer)
          // Removed from the network while it spoke.
          if (peer === undefined) return Promise.resolve({ status: dimseStatus.notAuthorised })
          if (word.kind === 'request') return requests.requested(word, peer)
          return commitments.answered(word, peer.site)
        },
        listening: (bound, boundTls) => {
          log.info('dicom-listening', { port: bound })
          log.info('dicom-tls-listening', { port: boundTls })
        },
        certificate: seen => {
          certificates
            .seen(seen)
            .catch(thrown => log.error('certificate-not-kept', { reason: reasonOf(thrown) }, thrown))
        },
        query: async function* (query) {
          await queried(query)
          yield* answerQuery(query, { db, peers, studies })
        },
        retrieve: giving,
        ended: run => {
          objects
            .sweepRun(run)
            .then(sweptCount => log.info('leftovers-removed', { sweptCount }))
            .catch(thrown => log.error('leftovers-not-removed', { reason: reasonOf(thrown) }, thrown))
        },
        trouble: reason => log.warn('receiver-trouble', { reason }),
      })
      settling = setInterval(() => {
        receive
          .settleQuiet()
          .catch(thrown => log.error('arrival-not-settled', { reason: reasonOf(thrown) }, thrown))
        peers.flush().catch(thrown => log.error('peers-not-saved', { reason: reasonOf(thrown) }, thrown))
      }, QUIET_MS / 3)
      return ports
    },
    close: async () => {
      clearInterval(settling)
      transcoder.close()
      await link.close()
      await door.close()
      await receive.settleQuiet(0)
      await peers.flush()
    },
  }
}
