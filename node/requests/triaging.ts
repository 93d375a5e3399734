import { allows } from '../accounts/permissions.js'
import { msOf } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Handler } from '../outbox/job.js'
import { LANE, PRIORITY } from './arming.js'
import type { Asker } from './ports.js'
import { about } from './record.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { Steps } from './steps.js'
import {
  isNear,
  NEAR_MS_MAX,
  NEAR_PLACE_MAX,
  orderOf,
  placeOf,
  type TriageInput,
  triageOf,
} from './triage.js'
import { notYoursWords, triageWords } from './words.js'

/** States in which something is still to be read. */
const TO_READ: readonly RequestRecord['state'][] = [
  'submitted',
  'offered',
  'claimed',
  'accepted',
  'awaiting-exam',
  'reading',
  'info-requested',
]
const HOUR_MS = 3_600_000
const FUTURE_MS = 5 * 60_000
const HINTS_MAX = 50
/** How often it is looked who has come near their due time, while any hint stands. */
const EVERY_MS = 15_000
const MOVED_AT_ONCE_MAX = 500

/** Hints of triage from outside, and that nobody waits past their due time because of one. */
export interface Triaging {
  triage(asker: Asker, request: KnownRequest, hint: TriageInput): Promise<void>
  /** The outbox's `request-places`: puts first what has come near its due time. */
  handler: Handler
}

export function openTriaging(
  { db, clock, journal, outbox }: Pick<RequestsDeps, 'db' | 'clock' | 'journal' | 'outbox'>,
  steps: Pick<Steps, 'byId'>,
): Triaging {
  /** One an hour, however many hints there are. */
  const arm = (tx: Tx) => {
    const hour = Math.floor(clock.now() / HOUR_MS)
    return outbox.add(tx, {
      lane: LANE,
      kind: 'request-places',
      key: `places:${hour}`,
      body: { hour },
      dueAt: clock.now(),
      priority: PRIORITY.urgent,
    })
  }

  async function moveNear(tx: Tx): Promise<void> {
    const now = clock.now()
    const rows = await tx
      .sql<RequestTables>()
      .selectFrom('requests')
      .select(['id', 'submitted_at', 'due_at', 'urgency'])
      .where('due_at', '<=', now + NEAR_MS_MAX)
      .where('ordered_at', '>=', NEAR_PLACE_MAX)
      .where('submitted_at', 'is not', null)
      .orderBy('due_at')
      .limit(MOVED_AT_ONCE_MAX)
      .execute()
    for (const { id, submitted_at, due_at, urgency } of rows)
      if (submitted_at !== null && isNear(due_at, urgency, now))
        await tx
          .sql<RequestTables>()
          .updateTable('requests')
          .set({ ordered_at: placeOf({ submitted_at, due_at, urgency, number: 0 }, now) })
          .where('id', '=', id)
          .execute()
  }

  const standing = (tx: Tx) =>
    tx
      .sql<RequestTables>()
      .selectFrom('requests')
      .select('id')
      .where('triage', 'is not', null)
      .where('state', 'in', TO_READ)
      .limit(1)
      .executeTakeFirst()

  return {
    triage: async ({ who, origin }, { record, standing: whose }, hint) => {
      const { language } = who.account
      if (!allows(who, 'request.triage', whose)) fail('forbidden', notYoursWords(language))
      if (msOf(hint.at) > clock.now() + FUTURE_MS) {
        const message = triageWords('future', language)
        fail('invalid', message, [{ path: 'at', message }])
      }
      await db.write(async tx => {
        const now = await steps.byId(tx, record.id)
        if (!TO_READ.includes(now.state)) fail('conflict', triageWords('over', language))
        const known = triageOf(now)
        const { hints = 0, ...last } = known ?? {}
        // Said again, it is the same hint.
        if (known !== undefined && JSON.stringify(last) === JSON.stringify(hint)) return
        if (known !== undefined && msOf(hint.at) < msOf(known.at))
          fail('conflict', triageWords('later', language))
        if (hints >= HINTS_MAX) fail('conflict', triageWords('many', language))
        const after = { ...now, triage: JSON.stringify({ ...hint, hints: hints + 1 }) }
        await tx
          .sql<RequestTables>()
          .updateTable('requests')
          .set({ triage: after.triage, ordered_at: orderOf(after, clock.now()) })
          .where('id', '=', now.id)
          .execute()
        await journal.append(
          tx,
          {
            type: 'request-triaged',
            site: now.site,
            ids: { request: now.id },
            body: { ...about(now), ...hint, name: hint.by, note: `${hint.number} · ${hint.label}` },
          },
          origin,
        )
        await moveNear(tx)
        await arm(tx)
      })
    },
    handler: {
      run: async job => {
        const isPast = clock.now() >= (Number(job.body['hour']) + 1) * HOUR_MS
        const settle = async (tx: Tx) => {
          await moveNear(tx)
          if (isPast && (await standing(tx)) !== undefined) await arm(tx)
        }
        return isPast
          ? { result: 'done', settle }
          : { result: 'later', dueAt: clock.now() + EVERY_MS, settle }
      },
    },
  }
}
