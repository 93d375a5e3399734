/**
 * certificate-expiring: `holder` (node, screens, authority, peer), `days` left (30, 7, 1, 0), and the `operators`' site
 * that is told, `reference` and `urgency` of the letter. certificates-changed: what TLS is made of since then. Fingerprints are public; keys stand nowhere.
 */
export type PeerFactType =
  | 'peer-changed'
  | 'peer-removed'
  | 'peer-refused'
  /** What a peer asked for by C-FIND: its `keys`; the same once an hour. */
  | 'peer-queried'
  /** We aborted associations of one address: it broke the protocol or was too slow; summed per minute. */
  | 'association-broken'
  | 'peer-tested'
  | 'certificate-issued'
  | 'certificate-revoked'
  | 'certificate-expiring'
  | 'certificates-changed'
