import type { Peer } from '../peers/peer.js'

/**
 * The peer a caller means by the Move Destination of its C-MOVE. Two sites may both have an AE called PACS, so a title
 * is looked up among what the caller may name: itself, the peers of its own site, then those of sites that are part of
 * everything it asks for. What is not there, or there twice, is unknown (A801), and the caller learns nothing more.
 */
export function destinationFor(
  aeTitle: string,
  caller: Peer,
  peers: readonly Peer[],
  isParty: (site: string) => boolean,
): Peer | undefined {
  const named = peers.filter(peer => peer.aeTitles.includes(aeTitle) && peer.may.includes('store'))
  const own = named.filter(peer => peer.site === caller.site)
  const [first, ...more] = own.length > 0 ? own : named.filter(peer => isParty(peer.site))
  return own.find(peer => peer.id === caller.id) ?? (more.length === 0 ? first : undefined)
}
