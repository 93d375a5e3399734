export type PeerFactType = 'peer-changed' | 'peer-removed' | 'peer-refused' | 'peer-tested'
