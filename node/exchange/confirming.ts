import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { ExchangeTables } from './schema.js'
import type { Transfers } from './transfers.js'

type TransferInstanceState = ExchangeTables['transfer_instances']['state']

const FIND_TIMEOUT_MS = 60_000
const FIND_MAXIMUM = 50_000

export type Confirmation =
  | { result: 'known'; missing: number[] }
  /** It does not answer C-FIND, or not for us. */
  | { result: 'unknown'; reason: string }
  /** It is not there just now. */
  | { result: 'unreached'; reason: string }

/** Failures that say nothing of what the peer would answer. */
export const UNREACHED = new Set([
  'port-closed',
  'not-reached',
  'unreachable',
  'host-unknown',
  'association-cut',
  'association-not-answering',
  'not-dicom',
  'tls-not-answering',
  'tls-failed',
  'not-answering',
  'peer-busy',
  'peer-limit',
])

/** Asks the destination, series by series, which instances it lists (C-FIND at IMAGE level), and keeps what it has. */
export async function confirmAt(options: {
  link: ReceiverLink
  peer: Peer
  transfers: Transfers
  transfer: string
  /** Aborted when the program stops or the transfer is given up. */
  signal: AbortSignal
  /** What being listed makes of an instance; everything that is not confirmed is, unless told. */
  listedIs?: { from: TransferInstanceState; to: 'sent' | 'confirmed' }
}): Promise<Confirmation> {
  const { link, peer, transfers, transfer, signal, listedIs } = options
  const contents = await transfers.contents(transfer)
  const study = await transfers.studyUid(transfer)
  const listed = new Set<string>()
  for (const series of new Set(contents.map(instance => instance.seriesUID))) {
    const answer = await link.call(
      {
        method: 'find',
        target: targetOf(peer),
        timeoutMs: FIND_TIMEOUT_MS,
        level: 'IMAGE',
        keys: { StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID: '' },
        maximum: FIND_MAXIMUM,
      },
      { signal },
    )
    if (!answer.ok) {
      const { code, detail } = answer.failure
      return { result: UNREACHED.has(code) ? 'unreached' : 'unknown', reason: detail }
    }
    if (answer.method === 'find')
      for (const match of answer.matches) listed.add(match['SOPInstanceUID'] ?? '')
  }
  const here = contents.filter(instance => listed.has(instance.uid))
  await transfers.arrived(
    transfer,
    here
      .filter(({ state }) => (listedIs === undefined ? state !== 'confirmed' : state === listedIs.from))
      .map(instance => instance.id),
    listedIs?.to ?? 'confirmed',
  )
  return {
    result: 'known',
    missing: contents
      // What is still to be sent, or was refused, cannot be there.
      .filter(({ uid, state }) => !listed.has(uid) && (state === 'sent' || state === 'confirmed'))
      .map(instance => instance.id),
  }
}
