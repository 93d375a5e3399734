import { isDisguised, isForbidden, isLoopback, isRange } from '../addresses.js'
import type { FieldFault } from '../errors.js'
import { comesFrom, pinsOf } from './admission.js'
import { AE_TITLE, type Peer, services } from './peer.js'

const FINGERPRINT = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/
/** Where none is given, none is wrong. */
const NO_FINGERPRINT = Array(32).fill('00').join(':')

/** A peer of a closed site brings and asks for nothing more; that it has what we owed it, it may still say. */
export const atRest = (peer: Peer): Peer => ({
  ...peer,
  may: peer.may.filter(service => service === 'echo' || service === 'commit'),
})

/** Of a name nobody registered, or that the one who asks may not see. */
export const noPeer = (id: string): FieldFault => ({
  path: 'to',
  message: `no peer is named "${id}"`,
  fr: `aucun correspondant ne s’appelle « ${id} »`,
})

/** Everything that does not fit in a peer's registration, all at once; `others`: what is registered beside it. */
export function peerFaults(
  peer: Peer,
  allowLoopbackPeers: boolean,
  others: readonly Peer[] = [],
): FieldFault[] {
  const faults: FieldFault[] = []
  const fault = (path: string, message: string, fr: string) => faults.push({ path, message, fr })
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(peer.id))
    fault(
      'id',
      'letters a–z, digits and hyphens, 1 to 64',
      'lettres a–z, chiffres et traits d’union, de 1 à 64',
    )
  if (peer.aeTitles.length === 0) fault('aeTitles', 'at least one AE title', 'au moins un titre AE')
  for (const title of [...peer.aeTitles, peer.callUs])
    if (!AE_TITLE.test(title))
      fault(
        'aeTitles',
        `"${title}" is not an AE title (1–16 printable characters, no backslash)`,
        `« ${title} » n’est pas un titre AE (1 à 16 caractères imprimables, sans barre oblique inverse)`,
      )
  if (!Number.isInteger(peer.port) || peer.port < 1 || peer.port > 65_535)
    fault('port', 'a port from 1 to 65535', 'un port de 1 à 65535')
  if (peer.host === '' || peer.host.length > 253 || /[\s/@]/.test(peer.host))
    fault('host', 'a host name or an address', 'un nom d’hôte ou une adresse')
  if (!allowLoopbackPeers && isLoopback(peer.host))
    fault(
      'host',
      'this machine itself is no peer (peers.allowLoopback is off)',
      'cette machine elle-même n’est pas un correspondant (peers.allowLoopback est coupé)',
    )
  if (isDisguised(peer.host))
    fault(
      'host',
      'write the address as four numbers from 0 to 255',
      'écrire l’adresse en quatre nombres de 0 à 255',
    )
  if (isForbidden(peer.host))
    fault(
      'host',
      'link-local and metadata addresses are never peers',
      'une adresse de lien local ou de métadonnées n’est jamais un correspondant',
    )
  if (peer.from.length === 0)
    fault('from', 'at least one address it comes from', 'au moins une adresse d’où il vient')
  for (const range of peer.from)
    if (!isRange(range))
      fault(
        'from',
        `"${range}" is no address or CIDR range`,
        `« ${range} » n’est ni une adresse ni une plage CIDR`,
      )
  for (const service of peer.may)
    if (!services.includes(service))
      fault('may', `"${service}" is no service`, `« ${service} » n’est pas un service`)
  if (peer.commitment !== undefined && peer.commitment !== 'relay' && peer.commitment !== 'keeper')
    fault('commitment', 'relay or keeper', 'relay ou keeper')
  if (peer.associations < 1 || peer.associations > 32) fault('associations', '1 to 32', 'de 1 à 32')
  if (peer.tls === 'mutual' && peer.certificate === null)
    fault('certificate', 'mutual TLS needs its fingerprint', 'le TLS mutuel demande son empreinte')
  for (const path of ['certificate', 'nextCertificate'] as const)
    if (!FINGERPRINT.test(peer[path] ?? NO_FINGERPRINT))
      fault(
        path,
        'a SHA-256 fingerprint: 32 pairs of upper-case hex digits with colons',
        'une empreinte SHA-256 : 32 paires de chiffres hexadécimaux majuscules séparées par deux-points',
      )
  // Not whose: it may be another site's.
  if (faults.length === 0 && others.some(other => other.id !== peer.id && sameCaller(peer, other)))
    fault(
      'aeTitles',
      'a caller with this AE title from these addresses is registered already',
      'un appelant de ce titre AE, depuis ces adresses, est déjà enregistré',
    )
  return faults
}

/**
 * Whether the door could take one of two peers for the other: some address, AE title, called title and certificate
 * that fits both. A caller that fits two is refused, so the second is not registered.
 */
export function sameCaller(a: Peer, b: Peer): boolean {
  return (
    a.callUs === b.callUs &&
    a.aeTitles.some(title => b.aeTitles.includes(title)) &&
    secureAlike(a, b) &&
    a.from.some(one => b.from.some(other => overlap(one, other)))
  )
}

function secureAlike(a: Peer, b: Peer): boolean {
  if (a.tls === 'none' || b.tls === 'none') return a.tls === b.tls
  // Whoever needs no certificate of its own is let in with any, another's too.
  if (a.tls === 'server' || b.tls === 'server') return true
  return pinsOf(a).some(pin => pinsOf(b).includes(pin))
}

/** Two ranges overlap when one of them holds the other's base; asked as the door asks. */
function overlap(one: string, other: string): boolean {
  const base = (range: string) => range.replace(/\/.*$/, '')
  return comesFrom({ from: [one] }, base(other)) || comesFrom({ from: [other] }, base(one))
}
