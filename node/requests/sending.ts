import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Json } from '../journal/canonical.js'
import type { Candidates } from '../offsite/candidates.js'
import { type Creation, readersIn } from './creation.js'
import type { EventInput } from './form.js'
import type { RequestEvent } from './lifecycle.js'
import type { Asker, StudySummary } from './ports.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { capacitiesOf, maySend } from './standing.js'
import { listed, type Steps } from './steps.js'
import { notYoursWords } from './words.js'

/** What a person sends by name. */
export function openSending(
  deps: RequestsDeps,
  steps: Steps,
  creation: Creation,
): (asker: Asker, request: KnownRequest, event: RequestEvent, input: EventInput) => Promise<void> {
  const { db, clock, ids, studies } = deps

  async function send(asker: Asker, request: KnownRequest, event: RequestEvent, input: EventInput) {
    const { who } = asker
    if (!maySend(who, event, request.standing)) fail('forbidden', notYoursWords(who.account.language))
    const targeted = event === 'offer' || event === 'reroute'
    const form = targeted && input.to !== undefined ? { ...request.form, to: input.to } : request.form
    const found = targeted || event === 'submit' ? await creation.dispatch(form) : undefined
    const brought = event === 'exam-done' || event === 'answer' ? [...new Set(input.studies ?? [])] : []
    const summaries = await studies.summaries(request.record.site, [...request.studies, ...brought])
    creation.compare(asker, request.form, brought, summaries, input.identityDifference)

    await db.write(async tx => {
      const record = await steps.byId(tx, request.record.id)
      const as = capacitiesOf(who, record, request.placement)
      if (event === 'submit' && found !== undefined) {
        listed(record, event, who.account.language)
        await creation.submit(tx, record, { form: request.form, asker, found, summaries })
        return
      }
      const given = { ...input, as, candidates: found?.group?.readers.length ?? 0 }
      const after = await steps.step(tx, record, {
        event,
        origin: asker.origin,
        language: who.account.language,
        given,
        changes: changesOf(event, who, input, found),
        body: {
          ...bodyOf(event, input, found, request, summaries),
          // An alarm is answered from the screen it rings on.
          ...(who.session.held === 'locked' ? { session: 'locked' } : {}),
        },
      })
      await aftermath(tx, { asker, event, input, record: after, found, brought, summaries })
    })
  }

  function changesOf(
    event: RequestEvent,
    who: Acting,
    input: EventInput,
    found: Candidates | undefined,
  ): Partial<RequestRecord> {
    const now = clock.now()
    switch (event) {
      case 'claim':
        return { holder: who.account.id, holder_name: who.account.name, claimed_at: now }
      case 'accept':
        return { accepted_at: now }
      case 'release':
        return { offered_at: now, claimed_at: null, accepted_at: null }
      case 'offer':
      case 'reroute':
        return {
          offered_at: now,
          claimed_at: null,
          accepted_at: null,
          ...(found?.group === undefined ? {} : { reading_site: found.group.site }),
        }
      case 'exam-done':
        return { exam_done: 1, ...((input.studies ?? []).length > 0 ? { images_at: now } : {}) }
      default:
        return {}
    }
  }

  /** What goes with an event, in the same transaction. */
  async function aftermath(
    tx: Tx,
    done: {
      asker: Asker
      event: RequestEvent
      input: EventInput
      record: RequestRecord
      found: Candidates | undefined
      brought: readonly string[]
      summaries: ReadonlyMap<string, StudySummary>
    },
  ) {
    const { asker, event, input, record, brought } = done
    const sql = tx.sql<RequestTables>()
    const account = asker.who.account.id
    const now = clock.now()
    if (brought.length > 0) {
      await creation.link(tx, record, {
        uids: brought,
        found: done.summaries,
        origin: asker.origin,
        ...(input.identityDifference === undefined ? {} : { identityDifference: input.identityDifference }),
      })
      const group = record.reading_site === null ? [] : [record.reading_site]
      await creation.share(tx, record, done.summaries, group)
    }
    switch (event) {
      case 'claim':
        // Where no protocol is due, one action claims and accepts.
        if (record.kind === 'reading' && record.exam_done === 1)
          await steps.step(tx, record, {
            event: 'accept',
            origin: asker.origin,
            given: { as: ['holder'] },
            changes: { accepted_at: now },
          })
        return
      case 'decline':
        await sql
          .insertInto('request_declines')
          .values({ request: record.id, account, reason: input.reason ?? '', at: now })
          .execute()
        return
      case 'offer':
      case 'reroute':
        if (done.found?.group === undefined) return
        await steps.makeParty(tx, record.id, done.found.group.site)
        await creation.share(tx, record, done.summaries, [done.found.group.site])
        return
      case 'ask':
        await sql
          .insertInto('request_asks')
          .values({
            id: ids.next('ask'),
            request: record.id,
            text: input.text ?? '',
            asked_by: account,
            at: now,
            answer: null,
            answered_by: null,
            answered_at: null,
          })
          .execute()
        return
      case 'answer':
        await sql
          .updateTable('request_asks')
          .set({ answer: input.text ?? '', answered_by: account, answered_at: now })
          .where('request', '=', record.id)
          .where('answered_at', 'is', null)
          .execute()
    }
  }

  return send
}

/** What the fact of an event remembers. */
function bodyOf(
  event: RequestEvent,
  input: EventInput,
  found: Candidates | undefined,
  request: KnownRequest,
  summaries: ReadonlyMap<string, StudySummary>,
): { [key: string]: Json | undefined } {
  const { reason, text, alternative } = input
  switch (event) {
    case 'accept':
      return { protocol: text }
    case 'start':
      return { images: imagesKnown(request, summaries) }
    case 'offer':
    case 'reroute':
      return {
        reason,
        to: found?.group?.site,
        readers: found === undefined ? undefined : readersIn(found),
        why: found?.why as unknown as Json[],
      }
    default:
      return { reason, text, alternative }
  }
}

/** Images of the linked studies as they are known at this moment. */
export function imagesKnown(request: KnownRequest, summaries: ReadonlyMap<string, StudySummary>) {
  return request.studies.map(uid => ({
    StudyInstanceUID: uid,
    received: summaries.get(uid)?.completeness.received ?? 0,
    expected: summaries.get(uid)?.completeness.expected ?? null,
  }))
}
