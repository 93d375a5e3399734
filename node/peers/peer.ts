import type { PeerInput, Service } from './view.js'

/** A PACS, modality or other node, as registered: `contract.md`, "The network file". */
export type Peer = PeerInput

export const services: readonly Service[] = ['echo', 'store', 'find', 'move', 'get', 'commit']

/** What the receiver knows of the network: sent down whole at each change. */
export interface Snapshot {
  /** Counts up with each change. */
  revision: number
  peers: Peer[]
  allowLoopbackPeers: boolean
}

/** AE titles: 1–16 printable ASCII characters without backslash, no leading or trailing space (PS3.5 6.2, VR AE). */
export const AE_TITLE = /^(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )$/
