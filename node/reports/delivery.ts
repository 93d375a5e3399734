import type { PeerView } from '../peers/view.js'
import type { SigningKind } from './report.js'

/** Somebody who may be owed a report. */
export interface Recipient {
  account: string
  name: string
}

/** One thing owed because a version was signed. */
export type Owed =
  | { channel: 'screen' | 'email'; account: string; name: string }
  | { channel: 'link'; share: string; name: string }
  | { channel: 'pacs'; peer: string }

/** The peers of a site that file reports: a PACS can be asked what it has, a modality only sends. */
export function pacsOf(site: string, peers: readonly Pick<PeerView, 'id' | 'site' | 'may'>[]): string[] {
  return peers.filter(peer => peer.site === site && peer.may.includes('find')).map(peer => peer.id)
}

/**
 * Who is owed a signed version, and how: the person who asked; where that was no referrer, the referrers of the
 * site; everyone who got an earlier version; and the site's PACS, which gets no preliminary report unless a
 * contract says so.
 */
export function owedTo(signed: {
  kind: SigningKind
  /** The one who wrote the request, while they are a referrer of the site. */
  asker: Recipient | undefined
  referrers: readonly Recipient[]
  earlier: readonly Recipient[]
  /** Links that have gone out: what is behind them is the newest version. */
  shares?: readonly { share: string; name: string }[]
  pacs: readonly string[]
  /** Whether the contract sends a preliminary one to a PACS too. */
  preliminaryToPacs?: boolean
}): Owed[] {
  const { kind, asker, referrers, earlier, pacs, shares = [], preliminaryToPacs = false } = signed
  const people = new Map(
    [...(asker === undefined ? referrers : [asker]), ...earlier].map(person => [person.account, person]),
  )
  return [
    ...[...people.values()].flatMap(({ account, name }): Owed[] => [
      { channel: 'screen', account, name },
      { channel: 'email', account, name },
    ]),
    ...shares.map(({ share, name }): Owed => ({ channel: 'link', share, name })),
    ...(kind === 'preliminary' && !preliminaryToPacs
      ? []
      : pacs.map((peer): Owed => ({ channel: 'pacs', peer }))),
  ]
}
