import { isoAt } from '../clock.js'
import { revisionOf } from '../http/revision.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { PeerView } from '../peers/view.js'

/** Silent for longer than this, and with work waiting: its health is not known any more. */
const FRESH_MS = 15 * 60_000

/** A peer as the screens show it, with what its lane says of its health. */
export function peerView(
  peer: Peer,
  options: {
    peers: Peers
    siteName: string
    now: number
    waiting: readonly { reason: string | null }[]
    /** It was not there when it was last tried. */
    absent: boolean
  },
): PeerView {
  const { peers, siteName, now, waiting, absent } = options
  const lastSeenAt = peers.lastSeenAt(peer.id)
  const trouble = waiting.find(job => job.reason !== null)?.reason ?? undefined
  const fresh = lastSeenAt !== undefined && now - lastSeenAt < FRESH_MS
  return {
    ...peer,
    commitment: peer.commitment ?? 'relay',
    revision: revisionOf(peer),
    siteName,
    ...(peers.isStopped(peer) ? { stopped: true as const } : {}),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: isoAt(lastSeenAt) }),
    health: absent ? 'down' : fresh ? 'up' : 'unknown',
    ...(trouble === undefined ? {} : { healthReason: trouble }),
    queued: waiting.length,
  }
}
