/** What leaves the server about webhooks. Times are UTC ISO 8601. */
export type WebhookKind =
  | 'request-offered'
  | 'request-claimed'
  | 'request-accepted'
  | 'request-refused'
  | 'request-info-requested'
  | 'request-cancelled'
  | 'request-delivered'
  | 'report-signed'
  | 'alert-escalated'
  | 'message-sent'
  | 'transfer-failed'

export interface WebhookView {
  id: string
  site: string
  siteName: string
  name: string
  url: string
  kinds: WebhookKind[]
  state: 'active' | 'paused' | 'ended'
  /** The receiver said that it is gone (410). */
  gone?: true
  since: string
  /** Until when the secret before is used beside the new one. */
  previousUntil?: string
  lastSuccessAt?: string
  lastFailure?: { at: string; reason: string }
  /** Deliveries that are not taken yet. */
  waiting: number
}

/** The only answers that hold the secret. */
export interface WebhookSecretView {
  webhook: WebhookView
  secret: string
}

export interface WebhookDeliveryView {
  id: string
  kind: WebhookKind | 'test'
  at: string
  state: 'waiting' | 'taken' | 'failed'
  attempts: number
  /** HTTP status of the last answer. */
  status?: number
  reason?: string
  settledAt?: string
}

export interface WebhookForm {
  name: string
  url: string
  kinds: WebhookKind[]
  active: boolean
}

/** What a receiver is sent: no health data. */
export interface WebhookMessage {
  id: string
  kind: WebhookKind | 'test'
  at: string
  /** The site the fact belongs to. */
  site: string
  urgency: 'emergency' | 'urgent' | 'routine' | null
  reference: string | null
  request: string | null
  /** Where a person who signs in sees it. */
  link: string
}
