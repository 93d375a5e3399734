/**
 * study-sent: all of a transfer is at its destination; `confirmed` says whether the destination itself said so.
 * instances-asked, instances-given: a peer's C-MOVE or C-GET, before the first byte and after the last.
 */
export type ExchangeFactType =
  | 'route-changed'
  | 'route-removed'
  | 'routes-ordered'
  | 'transfer-queued'
  | 'study-sent'
  | 'transfer-failed'
  | 'transfer-cancelled'
  | 'instances-asked'
  | 'instances-given'
