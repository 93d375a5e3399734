import { allows } from '../accounts/permissions.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Peer } from '../peers/peer.js'

/** Images leave only to sites that are part of the act. A peer of another site is missing, unless the person sees it. */
export function noPart(who: Acting, peer: Pick<Peer, 'site'>): never {
  if (!allows(who, 'peer.see', { site: peer.site })) fail('missing', 'There is no such peer.')
  fail('forbidden', {
    fr: 'Ce correspondant est d’un site qui n’a pas part à cet examen.',
    en: 'This peer belongs to a site that has no part in this study.',
  })
}
