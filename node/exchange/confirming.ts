import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { listStudy } from './listing.js'
import type { ExchangeTables } from './schema.js'
import type { Transfers } from './transfers.js'

type TransferInstanceState = ExchangeTables['transfer_instances']['state']

export type Confirmation =
  | { result: 'known'; missing: number[] }
  /** It does not answer C-FIND, or not for us. */
  | { result: 'unknown'; reason: string }
  /** It is not there just now. */
  | { result: 'unreached'; reason: string }

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
  const series = [...new Set(contents.map(instance => instance.seriesUID))]
  const listing = await listStudy({ link, peer, study, series, signal })
  if (listing.result !== 'known') return listing
  const listed = new Set(listing.instances.map(({ uid }) => uid))
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
