export type PeerFactType =
  | 'peer-changed'
  | 'peer-removed'
  | 'peer-refused'
  /** We aborted associations of one address: it broke the protocol or was too slow; summed per minute. */
  | 'association-broken'
  | 'peer-tested'
