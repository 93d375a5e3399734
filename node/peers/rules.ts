import { BlockList, isIP } from 'node:net'
import type { FieldFault } from '../errors.js'
import { AE_TITLE, type Peer, services } from './peer.js'

const FINGERPRINT = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/
/** Where none is given, none is wrong. */
const NO_FINGERPRINT = Array(32).fill('00').join(':')

/** Everything that does not fit in a peer's registration, all at once. */
export function peerFaults(peer: Peer, allowLoopbackPeers: boolean): FieldFault[] {
  const faults: FieldFault[] = []
  const fault = (path: string, message: string) => faults.push({ path, message })
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(peer.id)) fault('id', 'letters a–z, digits and hyphens, 1 to 64')
  if (peer.aeTitles.length === 0) fault('aeTitles', 'at least one AE title')
  for (const title of [...peer.aeTitles, peer.callUs])
    if (!AE_TITLE.test(title))
      fault('aeTitles', `"${title}" is not an AE title (1–16 printable characters, no backslash)`)
  if (!Number.isInteger(peer.port) || peer.port < 1 || peer.port > 65_535)
    fault('port', 'a port from 1 to 65535')
  if (peer.host === '' || peer.host.length > 253 || /[\s/@]/.test(peer.host))
    fault('host', 'a host name or an address')
  if (!allowLoopbackPeers && isLoopback(peer.host))
    fault('host', 'this machine itself is no peer (peers.allowLoopback is off)')
  if (forbidden(peer.host)) fault('host', 'link-local and metadata addresses are never peers')
  if (peer.from.length === 0) fault('from', 'at least one address it comes from')
  for (const range of peer.from) if (!isRange(range)) fault('from', `"${range}" is no address or CIDR range`)
  for (const service of peer.may) if (!services.includes(service)) fault('may', `"${service}" is no service`)
  if (peer.commitment !== undefined && peer.commitment !== 'relay' && peer.commitment !== 'keeper')
    fault('commitment', 'relay or keeper')
  if (peer.associations < 1 || peer.associations > 32) fault('associations', '1 to 32')
  if (peer.tls === 'mutual' && peer.certificate === null)
    fault('certificate', 'mutual TLS needs its fingerprint')
  for (const path of ['certificate', 'nextCertificate'] as const)
    if (!FINGERPRINT.test(peer[path] ?? NO_FINGERPRINT))
      fault(path, 'a SHA-256 fingerprint: 32 pairs of upper-case hex digits with colons')
  return faults
}

function isRange(range: string): boolean {
  const [base = '', bits, more] = range.split('/')
  const family = isIP(base)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addSubnet('0.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
loopback.addAddress('::', 'ipv6')
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16)
linkLocal.addSubnet('fe80::', 10, 'ipv6')

/** Loopback by address, however it is written, or by the names that always mean it. */
export function isLoopback(host: string): boolean {
  // `127.1` is no address here but is one to the resolver.
  return /(^|\.)localhost\.?$/i.test(host) || /^127\./.test(host) || within(loopback, host)
}

function forbidden(host: string): boolean {
  return within(linkLocal, host)
}

/** Also when an IPv4 address comes inside an IPv6 one (RFC 4291 §2.5.5.2). */
function within(list: BlockList, host: string): boolean {
  const family = isIP(host)
  if (family === 0) return false
  const address = host.replace(/%.*$/, '') // the zone of a link-local address
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
