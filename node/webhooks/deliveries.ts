import type { AddressGuard } from '../address-guard.js'
import { ADDRESS_FORBIDDEN } from '../address-guard.js'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { reasonOf } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { DecidedJob, Handler, Outcome } from '../outbox/job.js'
import type { Settings } from '../settings.js'
import { postTo } from '../web-call.js'
import { backoffMs, signatureOf, verdictOf } from './rules.js'
import type { DeliveryRow, WebhookRow, WebhookTables } from './schema.js'

export const SYSTEM: Origin = { by: 'system', part: 'webhooks' }

const HOUR_MS = 3_600_000
const KEPT_MS = 30 * 24 * HOUR_MS
const REASON_MAX_CHARS = 200

/** Hands one delivery to its receiver. The same id and the same bytes at every try. */
export function deliveryHandler(deps: {
  db: Database
  clock: Clock
  journal: Journal
  secretOf(webhook: string, version: number): string
  limits: Settings['webhooks']
  userAgent: string
  guard: Pick<AddressGuard, 'calling'>
  /** PEM of who signed the receivers' certificates: tests. */
  ca?: string | undefined
}): Handler {
  const { db, clock, journal, secretOf, limits, guard } = deps

  const of = async (tx: Pick<Tx, 'sql'>, { body }: DecidedJob) => {
    const sql = tx.sql<WebhookTables>()
    const delivery = await sql
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('id', '=', String(body['delivery']))
      .executeTakeFirstOrThrow()
    const webhook = await sql
      .selectFrom('webhooks')
      .selectAll()
      .where('id', '=', delivery.webhook)
      .executeTakeFirstOrThrow()
    return { delivery, webhook }
  }

  const write = (tx: Tx, id: string, changes: Partial<DeliveryRow>) =>
    tx.sql<WebhookTables>().updateTable('webhook_deliveries').set(changes).where('id', '=', id).execute()

  const tell = (
    tx: Tx,
    type: 'webhook-delivered' | 'webhook-stopped' | 'webhook-ended',
    { delivery, webhook }: { delivery: DeliveryRow; webhook: WebhookRow },
    body: Record<string, string | number>,
  ) =>
    journal.append(
      tx,
      {
        type,
        site: webhook.site,
        ids: { webhook: webhook.id, delivery: delivery.id },
        body: { kind: delivery.kind, reference: webhook.name, ...body },
      },
      SYSTEM,
    )

  /** Once it has been tried for as long as it may be, a person decides. */
  function later(
    found: { delivery: DeliveryRow; webhook: WebhookRow },
    tried: { reason: string; status?: number; serverGone: boolean; ambiguous: boolean },
  ): Outcome {
    const { delivery } = found
    const seen = {
      attempts: delivery.attempts + 1,
      status: tried.status ?? null,
      reason: tried.reason,
      tried_at: clock.now(),
    }
    if (clock.now() - delivery.at < limits.giveUpHours * HOUR_MS)
      return {
        result: tried.ambiguous ? 'ambiguous' : 'transient',
        reason: tried.reason,
        holdLane: tried.serverGone,
        settle: async (tx: Tx) => void (await write(tx, delivery.id, seen)),
      }
    return stopped(found, seen, tried.reason)
  }

  const stopped = (
    found: { delivery: DeliveryRow; webhook: WebhookRow },
    seen: Partial<DeliveryRow>,
    reason: string,
  ): Outcome => ({
    result: 'permanent',
    reason,
    settle: async tx => {
      await write(tx, found.delivery.id, { ...seen, state: 'failed', settled_at: clock.now() })
      await tell(tx, 'webhook-stopped', found, { reason })
    },
  })

  return {
    backoffMs,
    retried: async (tx, job) => {
      // The time it may be tried begins anew.
      const { delivery } = await of(tx, job)
      await write(tx, delivery.id, { state: 'waiting', at: clock.now(), settled_at: null })
    },
    givenUp: async (tx, job, reason) => {
      const { delivery } = await of(tx, job)
      await write(tx, delivery.id, { state: 'failed', reason, settled_at: clock.now() })
    },
    run: async job => {
      const found = await of(db, job)
      const { delivery, webhook } = found
      if (webhook.ended_at !== null || (webhook.active === 0 && delivery.kind !== 'test'))
        return {
          result: 'done',
          settle: async tx =>
            void (await write(tx, delivery.id, {
              state: 'failed',
              reason: 'the webhook is off',
              settled_at: clock.now(),
            })),
        }
      const now = clock.now()
      const versions = [webhook.version]
      if (webhook.previous_until !== null && webhook.previous_until > now) versions.push(webhook.version - 1)
      let answer: Awaited<ReturnType<typeof postTo>>
      try {
        answer = await postTo({
          url: new URL(webhook.url),
          headers: {
            'content-type': 'application/json',
            'user-agent': deps.userAgent,
            'relais-delivery': delivery.id,
            'relais-signature': signatureOf(
              delivery.body,
              now,
              versions.map(version => secretOf(webhook.id, version)),
            ),
          },
          body: Buffer.from(delivery.body, 'utf8'),
          timeoutMs: limits.timeoutMs,
          signal: job.signal,
          guard,
          ca: deps.ca,
        })
      } catch (thrown) {
        const reason = reasonOf(thrown).slice(0, REASON_MAX_CHARS)
        // Where it must not lead it will not lead later: a person gave the address.
        if ((thrown as { code?: unknown }).code === ADDRESS_FORBIDDEN)
          return stopped(found, { attempts: delivery.attempts + 1, reason, tried_at: now }, reason)
        return later(found, { reason, serverGone: true, ambiguous: true })
      }
      const { status } = answer
      const seen = { attempts: delivery.attempts + 1, status, tried_at: now, settled_at: clock.now() }
      switch (verdictOf(status)) {
        case 'taken':
          return {
            result: 'done',
            settle: async tx => {
              await write(tx, delivery.id, { ...seen, state: 'taken', reason: null })
              await tell(tx, 'webhook-delivered', found, { status })
              await tx
                .sql<WebhookTables>()
                .deleteFrom('webhook_deliveries')
                .where('webhook', '=', webhook.id)
                .where('settled_at', '<', clock.now() - KEPT_MS)
                .execute()
            },
          }
        case 'gone':
          return {
            result: 'done',
            settle: async tx => {
              await write(tx, delivery.id, { ...seen, state: 'failed', reason: 'answered 410' })
              await tx
                .sql<WebhookTables>()
                .updateTable('webhooks')
                .set({ ended_at: clock.now(), ended_why: 'gone', active: 0 })
                .where('id', '=', webhook.id)
                .execute()
              await tell(tx, 'webhook-ended', found, { why: 'gone' })
            },
          }
        default:
          return later(found, {
            reason: `answered ${status}`,
            status,
            serverGone: status >= 500,
            ambiguous: false,
          })
      }
    },
  }
}
