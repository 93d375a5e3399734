import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { dimseStatus, refusalOf } from '../dicom/network/status.js'
import { SOPClass } from '../dicom/uids.js'
import { reasonOf } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { DoorEvent, Receipt, ReceiptAnswer } from '../peers/wire.js'
import type { Receive, Reception } from '../studies/receive.js'
import { commitmentLane } from './commitments.js'
import type { Rejecting } from './rejecting.js'
import { type Retrievals, retrievalLane } from './retrievals.js'
import type { Watches } from './retrieving.js'
import type { SiteNames } from './study-routes.js'
import { laneOf } from './transfers.js'

/** What one address does wrong is one entry of the journal a minute: nobody fills it by knocking. */
const WRONGS_EVERY_MS = 60_000
/** Addresses told apart within that minute. */
const WRONG_ADDRESSES_MAX = 1000

export interface Door {
  receipts(receipts: Receipt[]): Promise<ReceiptAnswer[]>
  event(event: DoorEvent): void
  /** Journals who was refused and who broke the protocol; called by a timer and at the end. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** What the node does with what happens at the network's door. */
export function openDoor(options: {
  db: Database
  clock: Clock
  journal: Journal
  log: Log
  peers: Peers
  outbox: Outbox
  receive: Receive
  sites: SiteNames
  retrievals: Retrievals
  watches: Watches
  rejecting: Rejecting
  /** An image of a peer is here. */
  onArrived(peer: Peer, bytes: number): void
}): Door {
  const { db, journal, log, peers, outbox, receive, sites, retrievals, watches, rejecting, onArrived } =
    options
  const wrongs = new Map<string, { count: number; last: DoorEvent }>()
  const endings = new Set<Promise<void>>()

  const flush = async () => {
    const all = [...wrongs.values()]
    wrongs.clear()
    if (all.length === 0) return
    await db.write(async tx => {
      for (const { count, last } of all)
        await journal.append(
          tx,
          {
            type: last.kind === 'refused' ? 'peer-refused' : 'association-broken',
            site: null,
            ids: {},
            body: {
              address: last.address,
              peer: last.peer,
              callingAETitle: last.callingAETitle,
              calledAETitle: last.calledAETitle,
              reason: last.reason,
              count,
            },
          },
          { by: 'system', part: 'receiver' },
        )
    })
  }
  const timer = setInterval(() => {
    flush().catch(thrown => log.error('wrongs-not-journaled', {}, thrown))
  }, WRONGS_EVERY_MS)
  timer.unref()

  const note = (event: DoorEvent) => {
    const key = `${event.kind} ${event.address}`
    const known = wrongs.get(key)
    if (known === undefined && wrongs.size >= WRONG_ADDRESSES_MAX) return
    wrongs.set(key, { count: (known?.count ?? 0) + 1, last: event })
  }

  return {
    // Each gets its own word: one that failed must not take the file of another that was committed.
    receipts: receipts =>
      Promise.all(
        receipts.map(async receipt => {
          try {
            return await commit(receipt)
          } catch (thrown) {
            log.error('receipt-not-committed', { reason: reasonOf(thrown) }, thrown)
            // The sender keeps its object and may come again (PS3.4 Table B.2-1).
            return { id: receipt.id, status: dimseStatus.outOfResources, discard: true }
          }
        }),
      ),
    event: event => {
      switch (event.kind) {
        case 'admitted': {
          if (event.peer === undefined) return
          peers.seen(event.peer)
          // It is there: what waits for it need not wait longer.
          const { peer } = event
          for (const lane of [laneOf(peer), commitmentLane(peer), retrievalLane(peer)]) outbox.release(lane)
          changeOver(event.peer, event.certificate)
          return
        }
        case 'refused':
          log.warn('association-refused', { address: event.address, reason: event.reason ?? '' })
          note(event)
          return
        case 'released':
        case 'aborted': {
          if (event.kind === 'aborted') {
            log.warn('association-aborted', { address: event.address, reason: event.reason ?? '' })
            if (event.by === 'us') note(event)
          }
          // Whoever never became an association brought nothing that could be settled.
          if (event.peer === undefined) return
          const ending = receive
            .ended(event.association)
            .catch(thrown => log.error('arrival-not-settled', { reason: reasonOf(thrown) }, thrown))
            .finally(() => endings.delete(ending))
          endings.add(ending)
          return
        }
        case 'fault':
          log.error('receiver-fault', { reason: event.reason ?? '' })
      }
    },
    flush,
    close: async () => {
      clearInterval(timer)
      await Promise.all(endings)
      await flush()
    },
  }

  /** A peer that calls with the certificate it was to change to has changed: the old one counts no more. */
  function changeOver(id: string, certificate: string | undefined): void {
    const peer = peers.find(id)
    if (peer === undefined || certificate === undefined || peer.nextCertificate !== certificate) return
    const changed = { ...peer, certificate, nextCertificate: null }
    db.write(tx => peers.put(tx, changed, { by: 'system', part: 'receiver' })).catch(thrown =>
      log.error('certificate-not-changed', { peer: id, reason: reasonOf(thrown) }, thrown),
    )
  }

  async function commit(receipt: Receipt): Promise<ReceiptAnswer> {
    const peer = peers.find(receipt.origin.peer)
    // Removed from the network while it was sending.
    if (peer === undefined) return { id: receipt.id, status: dimseStatus.notAuthorised, discard: true }
    const retrieval = await bringing(receipt, peer)
    // A C-GET brings what was asked for; anything else has no right to come this way.
    if (receipt.origin.retrieval !== undefined && retrieval === undefined)
      return { id: receipt.id, status: dimseStatus.notAuthorised, discard: true }
    const reception = await receive.receive({
      object: { ...receipt.object, mediaType: 'application/dicom' },
      sopClassUID: receipt.sopClassUID,
      attributes: receipt.attributes,
      source: {
        id: peer.id,
        site: peer.site,
        issuer: sites.site(peer.site)?.issuer ?? peer.site,
        madeHere: false,
        association: receipt.origin.association,
        callingAETitle: receipt.origin.callingAETitle,
        calledAETitle: receipt.origin.calledAETitle,
        address: receipt.origin.address,
      },
    })
    if (retrieval !== undefined) watches.heard(retrieval)
    if (reception.result !== 'failed') onArrived(peer, receipt.object.bytes)
    const answer = { id: receipt.id, ...answerTo(reception) }
    try {
      await understand(receipt, peer, reception)
      return answer
    } catch (thrown) {
      log.error('rejection-not-understood', { reason: reasonOf(thrown) }, thrown)
      // Its row stands, so its file stays; the sender comes again with it, and then it is understood.
      return { ...answer, status: dimseStatus.outOfResources }
    }
  }

  /** A rejection note withdraws what it names before its sender hears that it was taken. */
  async function understand(receipt: Receipt, peer: Peer, { result }: Reception): Promise<void> {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = receipt.attributes
    const { callingAETitle, address } = receipt.origin
    const origin: Origin = { by: 'peer', peer: peer.id, site: peer.site, callingAETitle, address }
    if (result === 'duplicate' || result === 'beside')
      await rejecting.cameAgain({ site: peer.site, StudyInstanceUID, SOPInstanceUID }, origin)
    if (receipt.sopClassUID !== SOPClass.KeyObjectSelectionDocumentStorage) return
    if (result === 'stored' || result === 'duplicate')
      await rejecting.noted(
        {
          place: receipt.object,
          ...{ site: peer.site, source: peer.id, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID },
        },
        origin,
      )
  }

  /** The retrieval of ours that this is a part of, if any: known before its row is, so that no route fires for it. */
  async function bringing({ origin, attributes }: Receipt, peer: Peer): Promise<string | undefined> {
    const { moveOriginator, retrieval, association } = origin
    const isOurs =
      moveOriginator !== undefined &&
      peers.list().some(each => each.site === peer.site && each.callUs === moveOriginator.aeTitle)
    const study = attributes.StudyInstanceUID
    if (retrieval === undefined && !isOurs && !retrievals.awaits(study)) return undefined
    return retrievals.bringing({
      association,
      site: peer.site,
      peer: peer.id,
      study,
      ...(retrieval === undefined ? {} : { retrieval }),
      ...(isOurs ? { messageId: moveOriginator.messageId } : {}),
    })
  }
}

/** The DIMSE status for what became of an object, and whether its new file is superfluous. */
function answerTo(reception: Reception): Omit<ReceiptAnswer, 'id'> {
  switch (reception.result) {
    case 'stored':
      return { status: dimseStatus.success }
    case 'duplicate':
      return { status: dimseStatus.success, discard: true }
    case 'beside':
      // A warning: it was kept, with a remark (PS3.4 Table B.2-1).
      return { status: 0xb000, comment: 'kept beside another object with the same UID' }
    case 'failed':
      return { ...refusalOf(reception.failure), discard: true }
  }
}
