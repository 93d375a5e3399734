import { createHmac } from 'node:crypto'
import type { Standing } from '../accounts/permissions.js'
import type { StoredFact } from '../journal/facts.js'
import type { WebhookKind, WebhookMessage } from './view.js'

export const WEBHOOK_KINDS = [
  'request-offered',
  'request-claimed',
  'request-accepted',
  'request-refused',
  'request-info-requested',
  'request-cancelled',
  'request-delivered',
  'report-signed',
  'alert-escalated',
  'message-sent',
  'transfer-failed',
] as const satisfies readonly WebhookKind[]

/** Whether the fact is this site's to know: its own request, one it reads now, or one it did when this happened. */
export function concerns(fact: StoredFact, site: string, standing: Standing | undefined): boolean {
  if (standing === undefined) return fact.ids['request'] === undefined && fact.site === site
  return (
    standing.site === site ||
    (standing.parties ?? []).includes(site) ||
    (standing.former ?? []).some(party => party.site === site && fact.seq <= party.seq)
  )
}

const URGENCIES = ['emergency', 'urgent', 'routine'] as const

/** What is said of a fact: ids, the reference and the urgency. Nothing of its body that a person wrote. */
export function messageOf(
  fact: Pick<StoredFact, 'type' | 'ids' | 'site'>,
  about: { id: string; at: string; reference?: string; urgency?: string; publicUrl: string },
): WebhookMessage {
  const request = fact.ids['request'] ?? null
  return {
    id: about.id,
    kind: fact.type as WebhookMessage['kind'],
    at: about.at,
    site: fact.site ?? '',
    urgency: URGENCIES.find(one => one === about.urgency) ?? null,
    reference: about.reference ?? null,
    request,
    link: `${about.publicUrl}${request === null ? '/transfers' : `/requests/${request}`}`,
  }
}

/**
 * `t=<unix seconds>,v1=<HMAC-SHA-256 of "t.body", hex>`, one `v1` for each secret that is valid now. A receiver computes it
 * over the bytes it got, compares in constant time, and refuses a `t` more than five minutes away.
 */
export function signatureOf(body: string, atMs: number, secrets: readonly string[]): string {
  const t = Math.floor(atMs / 1000)
  const digests = secrets.map(secret => createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'))
  return [`t=${t}`, ...digests.map(digest => `v1=${digest}`)].join(',')
}

const BACKOFF_FIRST_MS = 5000
const BACKOFF_MAX_MS = 15 * 60_000

/** 5 s, doubled each time, at most a quarter of an hour. */
export const backoffMs = (attempt: number) =>
  Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 12), BACKOFF_MAX_MS)

/** What an answer means: taken, never again, or later. A redirect is not followed: it is no answer. */
export function verdictOf(status: number): 'taken' | 'gone' | 'later' {
  if (status >= 200 && status < 300) return 'taken'
  return status === 410 ? 'gone' : 'later'
}
