import type { Tx } from '../database.js'
import { Failure, type FieldFault, fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import type { JournalTables } from '../journal/schema.js'
import { armSilence } from './arming.js'
import {
  advance,
  beginsClaim,
  type Capacity,
  FACT_OF,
  type Given,
  type Guard,
  permits,
  type RequestEvent,
  type Transition,
  transitionOf,
  unmet,
} from './lifecycle.js'
import { about, momentsIn, positionOf, timersOf } from './record.js'
import type { RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { dueOf } from './timers.js'
import { orderOf } from './triage.js'
import {
  conflictWords,
  guardWords,
  heldByWords,
  notHandedWords,
  notOfferedWords,
  notYoursWords,
} from './words.js'

type Language = Acting['account']['language']

/** One step of the lifecycle, and what goes with it. */
export interface Step {
  event: RequestEvent
  origin: Origin
  given: Pick<Given, 'as'> & Partial<Given>
  /** Of whoever is told why it does not go through. */
  language?: Language
  changes?: Partial<RequestRecord>
  body?: { [key: string]: Json | undefined }
}

export interface Steps {
  /** Table, capacity, guard, one conditional update, one fact. Gives the row after it. */
  step(tx: Tx, record: RequestRecord, step: Step): Promise<RequestRecord>
  byId(tx: Tx, id: string): Promise<RequestRecord>
  /** From now on only this reading group is asked; earlier ones keep what they saw. */
  makeParty(tx: Tx, request: string, site: string): Promise<void>
}

/** Ends without an answer: the groups that were asked have no more part in it. */
const NOBODY_READS: readonly RequestRecord['state'][] = [
  'refused',
  'cancelled',
  'expired',
  'entered-in-error',
]

/** The one place where a request changes its state. */
export function openSteps({
  clock,
  ids,
  journal,
  studies,
  outbox,
}: Pick<RequestsDeps, 'clock' | 'ids' | 'journal' | 'studies' | 'outbox'>): Steps {
  async function step(tx: Tx, record: RequestRecord, { event, origin, given, ...rest }: Step) {
    const language = rest.language ?? 'en'
    const transition = listed(record, event, language)
    if (!permits(transition, given.as)) notPermitted(record, transition.by, given.as, language)
    const guard = unmet(transition, {
      urgency: record.urgency,
      examDone: record.exam_done === 1,
      protocolDue: protocolDue(record),
      acknowledged: record.acknowledged === 1,
      errorAsked: record.error_ask !== null,
      ...given,
    })
    if (guard !== undefined) refuse(guard, given.as, language)

    const claim = beginsClaim(event)
      ? { id: ids.next('clm'), holder: String(rest.changes?.holder) }
      : undefined
    const position = advance(positionOf(record), event, claim)
    const after: RequestRecord = {
      ...record,
      ...rest.changes,
      state: position.state,
      back: position.back,
      claim: position.claim?.id ?? null,
      holder: position.claim === null ? null : (rest.changes?.holder ?? record.holder),
      holder_name: position.claim === null ? null : (rest.changes?.holder_name ?? record.holder_name),
    }
    const due = dueOf(after.state, timersOf(after), momentsIn(after))
    after.due_at = due?.at ?? null
    after.due_for = due?.for ?? null
    after.ordered_at = orderOf(after, clock.now())
    const { id: _id, ...columns } = after
    const moved = await tx
      .sql<RequestTables>()
      .updateTable('requests')
      .set(columns)
      .where('id', '=', record.id)
      .where('state', '=', record.state)
      .where('claim', record.claim === null ? 'is' : '=', record.claim)
      .executeTakeFirst()
    if (moved.numUpdatedRows === 0n) {
      const now = await byId(tx, record.id)
      fail('conflict', conflictWords(language, event, now.state, now.holder_name ?? undefined))
    }
    if (record.state === 'offered') await settleOffers(tx, after)
    if (record.claim !== null && record.claim !== after.claim) await endClaim(tx, record.claim)
    if (claim !== undefined) await beginClaim(tx, after, claim.id, origin)
    if (event !== 'report')
      await journal.append(
        tx,
        {
          type: FACT_OF[event],
          site: record.site,
          ids: { request: record.id, ...(position.claim === null ? {} : { claim: position.claim.id }) },
          body: { ...about(after), claim, from: record.state, state: after.state, ...rest.body },
        },
        origin,
      )
    const owesAnew = after.state !== record.state || after.images_at !== record.images_at
    if (after.claim !== null && owesAnew) await armSilence(outbox, tx, after)
    if (NOBODY_READS.includes(after.state)) await endParts(tx, record.id)
    return after
  }

  const byId = (tx: Tx, id: string) =>
    tx.sql<RequestTables>().selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  async function beginClaim(tx: Tx, record: RequestRecord, claim: string, origin: Origin) {
    await tx
      .sql<RequestTables>()
      .insertInto('request_claims')
      .values({
        id: claim,
        request: record.id,
        account: record.holder ?? '',
        name: record.holder_name ?? '',
        site: origin.by === 'account' ? origin.site : '',
        at: clock.now(),
        ended_at: null,
      })
      .execute()
  }

  /** Somebody won, or it is offered anew, or to nobody any more: what was offered until now ends. */
  async function settleOffers(tx: Tx, after: RequestRecord) {
    const open = tx
      .sql<RequestTables>()
      .updateTable('request_offers')
      .where('request', '=', after.id)
      .where('outcome', 'in', ['offered', 'seen'])
    const now = clock.now()
    if (after.state === 'claimed')
      await open
        .set({ outcome: 'won', ended_at: now })
        .where('account', '=', after.holder ?? '')
        .execute()
    if (after.state !== 'offered') await open.set({ outcome: 'lapsed', ended_at: now }).execute()
    else await open.set({ outcome: 'lapsed', ended_at: now }).where('round', '<', after.offer_round).execute()
  }

  async function endClaim(tx: Tx, claim: string) {
    await tx.sql<RequestTables>().deleteFrom('request_handovers').where('claim', '=', claim).execute()
    await tx
      .sql<RequestTables>()
      .updateTable('request_claims')
      .set({ ended_at: clock.now() })
      .where('id', '=', claim)
      .execute()
  }

  async function makeParty(tx: Tx, request: string, site: string) {
    await endParts(tx, request, site)
    await tx
      .sql<RequestTables>()
      .insertInto('request_parties')
      .values({ request, site, since: clock.now(), until: null, ended_by: null })
      .onConflict(conflict =>
        conflict.columns(['request', 'site']).doUpdateSet({ until: null, ended_by: null }),
      )
      .execute()
  }

  /** All groups but one keep what they saw until the newest entry about the request, and see no more of it. */
  async function endParts(tx: Tx, request: string, except = '') {
    const { seq } = await tx
      .sql<JournalTables>()
      .selectFrom('journal_subjects')
      .select(eb => eb.fn.max('seq').as('seq'))
      .where('id', '=', request)
      .executeTakeFirstOrThrow()
    const ended = await tx
      .sql<RequestTables>()
      .updateTable('request_parties')
      .set({ until: clock.now(), ended_by: seq })
      .where('request', '=', request)
      .where('site', '<>', except)
      .where('until', 'is', null)
      .returning('site')
      .execute()
    if (ended.length > 0) await studies.unlink(tx, { request, sites: ended.map(({ site }) => site) })
  }

  return { step, byId, makeParty }
}

/** Images that are there need no protocol, and an opinion is no exam. */
export const protocolDue = ({ kind, exam_done }: Pick<RequestRecord, 'kind' | 'exam_done'>) =>
  kind === 'reading' && exam_done === 0

/** The transition, or a conflict in words that name who holds it. */
export function listed(record: RequestRecord, event: RequestEvent, language: Language): Transition {
  try {
    return transitionOf(record.state, event)
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    fail('conflict', conflictWords(language, event, record.state, record.holder_name ?? undefined))
  }
}

/** A colleague's claim is a conflict that names them; everything else is simply not for this person. */
export function notPermitted(
  record: RequestRecord,
  by: readonly Capacity[],
  as: readonly Capacity[],
  language: Language,
): never {
  if (by.includes('holder') && as.includes('reader') && record.holder_name !== null)
    fail('conflict', heldByWords(record.holder_name, language))
  if (by.includes('successor') && as.includes('reader')) fail('conflict', notHandedWords(language))
  fail('forbidden', by.includes('offered') ? notOfferedWords(language) : notYoursWords(language))
}

/** The field of the input that answers a guard. */
const FIELD_OF: Partial<Record<Guard, string>> = {
  reason: 'reason',
  coded: 'code',
  alternative: 'alternative',
  text: 'text',
  protocol: 'text',
  outcome: 'code',
  colleague: 'reader',
}

function refuse(guard: Guard, as: readonly Capacity[], language: Language): never {
  const message = guardWords(guard, language)
  const path = FIELD_OF[guard]
  if (path !== undefined) fail('invalid', message, [{ path, message } satisfies FieldFault])
  if (guard !== 'before-exam') fail('conflict', message)
  if (as.includes('coordinator') || as.includes('holder'))
    fail('invalid', guardWords('reason', language), [
      { path: 'reason', message: guardWords('reason', language) },
    ])
  fail('forbidden', message)
}
