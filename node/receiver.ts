/**
 * The process at the network: every DICOM socket in both directions, every image file, no database.
 * It may be killed at any moment: what it had not been answered by the node was never acknowledged to a peer.
 */
import { isIP } from 'node:net'
import { openAddressGuard } from './address-guard.js'
import { isLoopback } from './addresses.js'
import { systemClock } from './clock.js'
import { type AcceptorEvent, type Door, openAcceptor } from './dicom/network/acceptor.js'
import type { AssociationIdentity, CommitmentContext, CommitmentService } from './dicom/network/services.js'
import { dimseStatus } from './dicom/network/status.js'
import { fail, reasonOf } from './errors.js'
import { isAny } from './http/addresses.js'
import { sayLast } from './last-word.js'
import { type ObjectWriter, openObjectWriter } from './objects/writer.js'
import { admit, comesFrom } from './peers/admission.js'
import { runCall } from './peers/calls/run.js'
import { openCommitmentDesk } from './peers/commitment-desk.js'
import type { Peer, Snapshot } from './peers/peer.js'
import { openQueryDesk } from './peers/query-desk.js'
import { openReceiptDesk } from './peers/receipt-desk.js'
import { openRetrieveDesk } from './peers/retrieve-desk.js'
import { openSecurity, type Security } from './peers/security.js'
import { acceptableTo } from './peers/service-table.js'
import { InstanceSink } from './peers/store-sink.js'
import type { Service } from './peers/view.js'
import type { DoorEvent, FromReceiver, ReceiverSettings, ToReceiver } from './peers/wire.js'

/** Operations a peer may have unanswered on one association (PS3.7 D.3.3.3). */
const WINDOW = 32

const NOT_ALLOWED = Promise.resolve({ status: dimseStatus.notAuthorised })

const tell = (message: FromReceiver) => {
  if (process.connected) process.send?.(message)
}
const clock = systemClock()
const receipts = openReceiptDesk(batch => tell({ type: 'receipts', receipts: batch }))
const commitments = openCommitmentDesk(word => tell({ type: 'word', word }))
const queries = openQueryDesk({
  query: query => tell({ type: 'query', query }),
  more: id => tell({ type: 'more', id }),
  enough: id => tell({ type: 'enough', id }),
})
const retrievals = openRetrieveDesk({
  ask: query => tell({ type: 'retrieve', query }),
  done: (id, counts) => tell({ type: 'retrieved', id, counts }),
  house: () => ({
    clock,
    timers: settings.timers,
    maxPduBytes: settings.limits.maxPduBytes,
    security,
    guard,
  }),
  trouble: reason => tell({ type: 'failed', reason }),
})
/** Ports of this program besides the receiver's own. */
let otherPorts: number[] = []
const guard = openAddressGuard(() => ({
  ownPorts: [plain?.port, secure?.port, ...otherPorts].filter(port => port !== undefined),
  allowLoopback: snapshot.allowLoopbackPeers,
  allowPrivate: settings.allowPrivate,
}))
const calls = new Map<number, { abort: AbortController; giveWay: AbortController }>()
let settings: ReceiverSettings
let snapshot: Snapshot
let writer: ObjectWriter
let security: Security
let plain: Door | undefined
let secure: Door | undefined
/** The address DICOM in the clear is taken on now. */
let plainAt = ''
let moving: Promise<void> = Promise.resolve()
let close: (() => Promise<void>) | undefined

async function listen(): Promise<{ port: number; tlsPort: number }> {
  plainAt = plainHost()
  writer = await openObjectWriter({
    folder: settings.objectsFolder,
    run: settings.run,
    bucketFiles: settings.bucketFiles,
    freeBytesMin: settings.freeBytesMin,
  })
  const acceptor = await openAcceptor({
    host: plainAt,
    port: settings.port,
    limits: settings.limits,
    clock,
    vet: (socket, address) => security.vet(socket, address, snapshot),
    knowsAddress: address => snapshot.peers.some(peer => comesFrom(peer, address)),
    admit: offer => {
      const answer = admit(
        {
          callingAETitle: offer.callingAETitle,
          calledAETitle: offer.calledAETitle,
          address: offer.address,
          tls: offer.tls,
          ...(offer.certificateFingerprint === undefined
            ? {}
            : { certificateFingerprint: withColons(offer.certificateFingerprint) }),
        },
        snapshot,
      )
      if (!answer.admitted) return answer
      const { peer } = answer
      return {
        admitted: true,
        peer: peer.id,
        ...acceptableTo(peer, settings.privateStorageClasses),
        maxAssociations: settings.associationsPerPeerMax,
        window: WINDOW,
      }
    },
    services: {
      commitment: {
        requested: (context, request) => said(context).requested?.(context, request) ?? NOT_ALLOWED,
        reported: (context, report) => said(context).reported?.(context, report) ?? NOT_ALLOWED,
      },
      store: context => {
        // A storage context is there for C-GET as well: it gives no right to store.
        demandRight(context, 'store')
        return new InstanceSink(context, writer, receipts.hand)
      },
      find: (context, ...asked) => {
        demandRight(context, 'find')
        return queries.ask(context, ...asked)
      },
      retrieve: (context, ...asked) => {
        demandRight(context, context.destination === undefined ? 'get' : 'move')
        return retrievals.retrieve(context, ...asked)
      },
    },
    onEvent: event => {
      const told = doorEvent(event)
      if (told !== undefined) tell({ type: 'door', event: told })
    },
  })
  plain = acceptor
  secure = await acceptor.open({ host: settings.tlsHost, port: settings.tlsPort, tls: security.listener() })
  close = () => acceptor.close()
  return { port: acceptor.port, tlsPort: secure.port }
}

/** DICOM in the clear stays on this machine until somebody is registered who speaks it. */
function plainHost(): string {
  const { host } = settings
  if (snapshot.peers.some(peer => peer.tls === 'none')) return host
  if (isLoopback(host) && !isAny(host)) return host
  return isIP(host) === 6 ? '::1' : '127.0.0.1'
}

/** Follows the registrations, one change after the other. */
function moveDoor(): void {
  moving = moving.then(async () => {
    const host = plainHost()
    if (plain === undefined || host === plainAt) return
    try {
      await plain.moveTo(host)
      plainAt = host
    } catch (thrown) {
      tell({ type: 'trouble', reason: `DICOM without TLS stays on ${plainAt}: ${reasonOf(thrown)}` })
    }
  })
}

/** Rights as they are now: they may have changed since the association was accepted. */
function demandRight({ association }: { association: AssociationIdentity }, right: Service): void {
  const peer = snapshot.peers.find(({ id }) => id === association.peer)
  if (peer?.may.includes(right) !== true) fail('forbidden', `this peer may not ${right}`)
}

/** Who may store may ask whether it is safe here; who may commit may tell us what it has committed itself to. */
function maySay(peer: Peer): { asks: boolean; answers: boolean } {
  return { asks: peer.may.includes('store'), answers: peer.may.includes('commit') }
}

/** Rights as they are now: they may have changed since the association was accepted. */
function said({ association }: CommitmentContext): CommitmentService {
  const peer = snapshot.peers.find(({ id }) => id === association.peer)
  return commitments.service(
    association.peer,
    peer === undefined ? { asks: false, answers: false } : maySay(peer),
  )
}

/** `ab12…` as certificates are shown: `AB:12:…`. */
function withColons(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':')
}

function doorEvent(event: AcceptorEvent): DoorEvent | undefined {
  const caller = {
    association: event.association,
    callingAETitle: event.callingAETitle ?? '',
    calledAETitle: event.calledAETitle ?? '',
    address: event.address,
    ...(event.certificateFingerprint === undefined
      ? {}
      : { certificate: withColons(event.certificateFingerprint) }),
  }
  switch (event.type) {
    case 'accepted':
      return { ...caller, kind: 'admitted', peer: event.peer }
    case 'rejected':
      return { ...caller, kind: 'refused', reason: event.cause }
    case 'released':
      return { ...caller, kind: 'released', peer: event.peer }
    case 'aborted':
      return {
        ...caller,
        kind: 'aborted',
        ...(event.peer === undefined ? {} : { peer: event.peer }),
        reason: event.reason,
        by: event.by,
      }
    case 'fault':
      return { ...caller, kind: 'fault', reason: reasonOf(event.error) }
  }
}

async function hear(message: ToReceiver): Promise<void> {
  switch (message.type) {
    case 'configure':
      snapshot = message.snapshot
      settings = message.settings
      security = openSecurity(message.tls, clock, seen => tell({ type: 'certificate', seen }))
      try {
        tell({ type: 'listening', ...(await listen()) })
      } catch (thrown) {
        sayLast({ type: 'failed', reason: reasonOf(thrown) } satisfies FromReceiver)
      }
      return
    case 'snapshot':
      snapshot = message.snapshot
      moveDoor()
      return
    case 'tls':
      security.renew(message.tls)
      secure?.renew(security.listener())
      return
    case 'own-ports':
      otherPorts = message.ports
      return
    case 'committed':
      receipts.answered(message.answers)
      return
    case 'call': {
      const [abort, giveWay] = [new AbortController(), new AbortController()]
      calls.set(message.id, { abort, giveWay })
      const answer = await runCall(message.request, {
        clock,
        timers: settings.timers,
        maxPduBytes: settings.limits.maxPduBytes,
        security,
        guard,
        signal: abort.signal,
        giveWay: giveWay.signal,
        onResults: results => tell({ type: 'sent', id: message.id, results }),
        commitments,
        onCounts: counts => tell({ type: 'counted', id: message.id, counts }),
        keep: (context, retrieval) =>
          new InstanceSink(context, writer, receipt =>
            receipts.hand({ ...receipt, origin: { ...receipt.origin, retrieval } }),
          ),
      })
      calls.delete(message.id)
      tell({ type: 'answer', id: message.id, answer })
      return
    }
    case 'cancel':
      calls.get(message.id)?.abort.abort()
      return
    case 'give-way':
      calls.get(message.id)?.giveWay.abort()
      return
    case 'word-kept':
      commitments.answered(message.answer)
      return
    case 'matches':
      queries.answered(message)
      return
    case 'retrieval':
      retrievals.answered(message.answer)
      return
    case 'stop':
      for (const call of calls.values()) call.abort.abort()
      await close?.()
      process.disconnect()
  }
}

process.on('message', (message: ToReceiver) => {
  hear(message).catch(thrown => tell({ type: 'failed', reason: reasonOf(thrown) }))
})
// Without its node there is nobody to answer for an image: leave, and be started again with it.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group; the node says when to stop.
process.on('SIGINT', () => {})
