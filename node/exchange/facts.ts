/**
 * study-sent: all of a transfer is at its destination; `confirmed` says whether the destination itself said so.
 * instances-asked, instances-given: a peer's C-MOVE or C-GET, before the first byte and after the last.
 * commitment-answered, -answer-refused, -given-up: what a destination said when asked to commit itself.
 * site-exchange-stopped, -resumed: a site was closed, or opened again; body: its `peers` and the `routes` that rest with it.
 * commitment-requested, -reported, -undelivered: what we were asked to commit ourselves to, and said.
 */
export type ExchangeFactType =
  | 'route-changed'
  | 'route-removed'
  | 'routes-ordered'
  | 'transfer-queued'
  | 'study-sent'
  | 'transfer-failed'
  | 'transfer-cancelled'
  | 'retrieval-queued'
  | 'retrieval-ended'
  | 'retrieval-cancelled'
  | 'instances-asked'
  | 'instances-given'
  | 'commitment-answered'
  | 'commitment-answer-refused'
  | 'commitment-given-up'
  | 'commitment-requested'
  | 'commitment-reported'
  | 'commitment-undelivered'
  | 'rejection-task-done'
  | 'site-exchange-stopped'
  | 'site-exchange-resumed'
