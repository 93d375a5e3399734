import { pinsOf } from './admission.js'
import type { Peer } from './peer.js'
import type { Target } from './wire.js'

/** How we call a peer: by its first AE title, under the title it knows us by. */
export function targetOf(peer: Peer): Target {
  return {
    host: peer.host,
    port: peer.port,
    tls: peer.tls,
    certificates: pinsOf(peer),
    callingAETitle: peer.callUs,
    calledAETitle: peer.aeTitles[0] as string,
  }
}
