import type { Tx } from '../database.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import { momentsIn, timersOf } from './record.js'
import type { RequestRecord } from './schema.js'
import { silenceOf } from './timers.js'

/** The lane of what happens to a request by the time alone. */
export const LANE = 'requests'
export const PRIORITY = {
  emergency: priorities.emergency,
  urgent: priorities.urgent,
  routine: priorities.normal,
} as const

/** When a holder who does nothing is rung, and when it is offered to others; nothing where they owe nothing yet. */
export async function armSilence(outbox: Outbox, tx: Tx, record: RequestRecord): Promise<void> {
  const silence = silenceOf(record.state, record.urgency, timersOf(record), momentsIn(record))
  if (silence === undefined) return
  const { claim, state } = record
  const arm = (stage: 'ring' | 'reoffer', at: number) =>
    outbox.add(tx, {
      lane: LANE,
      kind: 'request-silence',
      key: `silence:${claim}:${state}:${stage}`,
      body: { request: record.id, claim: claim ?? undefined, stage, at },
      dueAt: at,
      priority: PRIORITY[record.urgency],
      site: record.site,
    })
  // A claim rings its holder by the ladder of its decision.
  if (state === 'accepted') await arm('ring', silence.ringAt)
  await arm('reoffer', silence.reofferAt)
}

/** When a request that nobody could be found for is over. An emergency counts up until a person says how it ended. */
export async function armExpiry(outbox: Outbox, tx: Tx, record: RequestRecord, from: number): Promise<void> {
  if (record.urgency === 'emergency') return
  const at = from + timersOf(record).expireMs
  await outbox.add(tx, {
    lane: LANE,
    kind: 'request-expiry',
    key: `expiry:${record.id}:${record.offer_round}`,
    body: { request: record.id, round: record.offer_round, at },
    dueAt: at,
    priority: PRIORITY[record.urgency],
    site: record.site,
  })
}
