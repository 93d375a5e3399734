/** study-sent: all of a transfer is at its destination; `confirmed` says whether the destination itself said so. */
export type ExchangeFactType =
  | 'route-changed'
  | 'route-removed'
  | 'routes-ordered'
  | 'transfer-queued'
  | 'study-sent'
  | 'transfer-failed'
  | 'transfer-cancelled'
