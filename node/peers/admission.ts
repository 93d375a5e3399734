import { isIP } from 'node:net'
import { listOf, within } from '../addresses.js'
import type { Peer, Snapshot } from './peer.js'

/** Who knocks: what the association request and the socket say. */
export interface Caller {
  callingAETitle: string
  calledAETitle: string
  /** Numeric, as the socket gives it; IPv4 inside IPv6 is unfolded here. */
  address: string
  /** SHA-256 fingerprint of the client certificate, upper-case hex with colons; absent without TLS. */
  certificateFingerprint?: string
  tls: boolean
}

export type Admitted = { admitted: true; peer: Peer }
/** Result, source and reason of A-ASSOCIATE-RJ (PS3.8 9.3.4); `cause` is for the journal, never for the caller. */
export type Refused = { admitted: false; result: 1 | 2; source: 1 | 2 | 3; reason: number; cause: string }

/** The same answer for every stranger: rejected-permanent, service-user, no-reason-given. */
const STRANGER = { admitted: false, result: 1, source: 1, reason: 1 } as const
const CALLING_NOT_RECOGNISED = { admitted: false, result: 1, source: 1, reason: 3 } as const
const CALLED_NOT_RECOGNISED = { admitted: false, result: 1, source: 1, reason: 7 } as const

/**
 * Which peer calls, if any. Address (or certificate), calling and called AE title must all name one and the same
 * peer. A caller whose address nobody registered learns nothing; one from a known address learns which title is wrong.
 */
export function admit(caller: Caller, snapshot: Snapshot): Admitted | Refused {
  const address = unfolded(caller.address)
  const here = snapshot.peers.filter(peer => comesFrom(peer, address))
  if (here.length === 0) return { ...STRANGER, cause: `no peer comes from ${address}` }
  const calling = here.filter(peer => peer.aeTitles.includes(caller.callingAETitle))
  if (calling.length === 0)
    return { ...CALLING_NOT_RECOGNISED, cause: `no peer at ${address} is called "${caller.callingAETitle}"` }
  const called = calling.filter(peer => peer.callUs === caller.calledAETitle)
  if (called.length === 0)
    return { ...CALLED_NOT_RECOGNISED, cause: `"${caller.callingAETitle}" must call "${calling[0]?.callUs}"` }
  const secured = called.filter(peer => securedAsAgreed(peer, caller))
  if (secured.length === 0)
    return {
      ...STRANGER,
      cause: `"${caller.callingAETitle}" did not come with the TLS or certificate agreed`,
    }
  if (secured.length > 1)
    return { ...STRANGER, cause: `${secured.map(peer => peer.id).join(' and ')} cannot be told apart` }
  return { admitted: true, peer: secured[0] as Peer }
}

/**
 * Why a TLS connection is closed before its first byte of DICOM is read; undefined where it may speak. Without a
 * certificate only from where a peer is registered that needs none; with one, when it is registered or its signer is
 * trusted: then it is told by {@link admit} what is wrong.
 */
export function mayKnock(
  caller: { address: string; certificate?: { fingerprint: string; trusted: boolean } },
  snapshot: Snapshot,
): string | undefined {
  const { certificate } = caller
  const address = unfolded(caller.address)
  if (snapshot.peers.some(peer => peer.tls === 'server' && comesFrom(peer, address))) return undefined
  if (certificate === undefined) return `TLS: no certificate was shown from ${address}`
  const registered = snapshot.peers.some(
    peer => peer.tls === 'mutual' && pinsOf(peer).includes(certificate.fingerprint),
  )
  if (registered || certificate.trusted) return undefined
  return `TLS: the certificate ${certificate.fingerprint} shown from ${address} is no peer's`
}

/** The fingerprints a peer may show: the registered one, and the one it will change to. */
export function pinsOf(peer: Pick<Peer, 'certificate' | 'nextCertificate'>): string[] {
  return [peer.certificate, peer.nextCertificate ?? null].filter(pin => pin !== null)
}

/** True when the peer is registered to come from this address. */
export function comesFrom(peer: Pick<Peer, 'from'>, address: string): boolean {
  return within(listOf(...peer.from), address)
}

function securedAsAgreed(peer: Peer, caller: Caller): boolean {
  switch (peer.tls) {
    case 'none':
      return !caller.tls
    case 'server':
      return caller.tls
    case 'mutual':
      return (
        caller.tls &&
        caller.certificateFingerprint !== undefined &&
        pinsOf(peer).includes(caller.certificateFingerprint)
      )
  }
}

function unfolded(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
