import { allows } from '../accounts/permissions.js'
import { msOf } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Json } from '../journal/canonical.js'
import { type Asks, answersText, textOf } from './asks.js'
import type { Creation } from './creation.js'
import { asOffered, type Dispatch, type Dispatched } from './dispatch.js'
import { happenedBefore } from './entered-later.js'
import { errorAskOf, isSecond, newErrorAsk } from './error-ask.js'
import { DECLINE_CODES, type EventInput, OUTCOME_CODES, REFUSAL_CODES } from './form.js'
import type { RequestEvent } from './lifecycle.js'
import type { Linking } from './linking.js'
import type { Offering } from './offering.js'
import type { Asker, StudySummary } from './ports.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { openSimilar } from './similar.js'
import { capacitiesOf, maySend, type Placement } from './standing.js'
import { listed, protocolDue, type Steps } from './steps.js'
import { imagesNotYoursWords, mismatchWords, notYoursWords, unknownCodeWords } from './words.js'
import { readPlacements } from './worklist.js'

/** What a person sends by name. */
export function openSending(
  deps: RequestsDeps,
  {
    steps,
    creation,
    offering,
    dispatch,
    similarTo,
    compared,
    asks,
  }: {
    steps: Steps
    creation: Creation
    offering: Offering
    dispatch: Dispatch
    similarTo: ReturnType<typeof openSimilar>
    compared: Linking['compared']
    asks: Asks
  },
): (asker: Asker, request: KnownRequest, event: RequestEvent, input: EventInput) => Promise<void> {
  const { db, clock, studies, people } = deps

  async function send(asker: Asker, request: KnownRequest, event: RequestEvent, given: EventInput) {
    const { who } = asker
    const input = { ...given, text: textIn(event, given, who.account.language) }
    if (!maySend(who, event, request.standing)) fail('forbidden', notYoursWords(who.account.language))
    demandCode(event, input, who.account.language)
    if (event === 'exam-done') demandSide(asker, request, input)
    if (event === 'ask-error' && input.images === 'withdraw') demandImages(who, request)
    const said = await happenedBefore(deps, asker, {
      request: request.record.id,
      event,
      happenedAt: input.happenedAt,
    })
    const found = await dispatchFor(request, event, input)
    const brought = event === 'exam-done' || event === 'answer' ? [...new Set(input.studies ?? [])] : []
    const summaries = await studies.summaries(request.record.site, [...request.studies, ...brought])
    const similar = event === 'submit' ? await similarTo(request.form, request.record.id) : undefined
    creation.compare(
      asker,
      request.form,
      brought,
      await studies.traits(request.record.site, brought),
      input.identityDifference,
    )
    const confirmed = event === 'start' ? await compared(asker, request, 'opening', input.reason) : undefined

    await db.write(async tx => {
      const record = await steps.byId(tx, request.record.id)
      // As it is offered in this transaction: what was read before it may have lapsed.
      const placement = (await readPlacements(tx.sql<RequestTables>(), [record.id])).get(
        record.id,
      ) as Placement
      const as = capacitiesOf(who, record, placement)
      const colleague = event === 'hand-over' ? await colleagueOf(record, input) : undefined
      if (event === 'submit' && found !== undefined) {
        listed(record, event, who.account.language)
        await creation.submit(tx, record, { form: request.form, asker, found, summaries, similar })
        return
      }
      // An alarm is answered from the screen it rings on.
      const session = who.session.held === 'locked' ? { session: 'locked' } : {}
      const common = { origin: asker.origin, language: who.account.language }
      const after =
        found !== undefined && beginsOffers(event)
          ? await offering.begin(tx, record, {
              ...common,
              event,
              given: { ...input, as },
              found,
              named: input.reader,
              last: record.holder ?? undefined,
              body: { reason: input.reason, ...session },
            })
          : await steps.step(tx, record, {
              ...common,
              event,
              given: {
                ...input,
                as,
                colleague: colleague !== undefined,
                ...(isSecond(errorAskOf(record), who, record.site) ? { secondPerson: who.account.id } : {}),
              },
              changes: changesOf(event, who, input, record),
              body: {
                ...bodyOf(event, input, { ...request, record }, summaries, who.account.id),
                ...(colleague === undefined
                  ? {}
                  : { successor: colleague.account, colleague: colleague.name }),
                ...session,
                ...said,
              },
            })
      await confirmed?.(tx)
      await aftermath(tx, { asker, event, input, record: after, found, brought, summaries, colleague, said })
    })
  }

  /** Whom it goes to next, where the event may need somebody. */
  async function dispatchFor(
    request: KnownRequest,
    event: RequestEvent,
    { to }: EventInput,
  ): Promise<Dispatched | undefined> {
    switch (event) {
      case 'submit':
        return dispatch(request.form)
      case 'offer':
      case 'reroute':
        return dispatch(to === undefined ? request.form : { ...request.form, to })
      case 'release':
      case 'decline':
        return dispatch(asOffered(request.record))
      default:
        return undefined
    }
  }

  /** A radiologist of the group that holds it, and not who holds it already. */
  async function colleagueOf({ reading_site, holder }: RequestRecord, { reader }: EventInput) {
    if (reading_site === null || reader === holder) return undefined
    const found = (await people.members([reading_site], 'radiologist')).find(
      ({ account }) => account === reader,
    )
    return found === undefined ? undefined : { account: found.account, name: found.name }
  }

  function changesOf(
    event: RequestEvent,
    who: Acting,
    input: EventInput,
    record: RequestRecord,
  ): Partial<RequestRecord> {
    const now = clock.now()
    switch (event) {
      case 'claim':
        return { holder: who.account.id, holder_name: who.account.name, claimed_at: now }
      case 'take-over':
        return takenBy(record, { account: who.account.id, name: who.account.name })
      case 'refuse':
        return { acknowledged: 0 }
      case 'acknowledge-refusal':
        return { acknowledged: 1 }
      case 'ask-error':
        return { error_ask: JSON.stringify(newErrorAsk(who, input, now)) }
      case 'decline-error':
        return { error_ask: null }
      case 'accept':
        return { accepted_at: now }
      case 'exam-done':
        return {
          exam_done: 1,
          ...((input.studies ?? []).length > 0 ? { images_at: record.images_at ?? now } : {}),
        }
      default:
        return {}
    }
  }

  /** It goes on where it stands, with the time to decide or to open it that whoever claims it has. */
  const takenBy = (record: RequestRecord, { account, name }: Colleague): Partial<RequestRecord> => ({
    holder: account,
    holder_name: name,
    claimed_at: clock.now(),
    ...(record.state === 'accepted' ? { accepted_at: clock.now() } : {}),
  })

  /** What goes with an event, in the same transaction. */
  async function aftermath(
    tx: Tx,
    done: {
      asker: Asker
      event: RequestEvent
      input: EventInput
      record: RequestRecord
      found: Dispatched | undefined
      brought: readonly string[]
      summaries: ReadonlyMap<string, StudySummary>
      colleague: Colleague | undefined
      said: { happenedAt?: string }
    },
  ) {
    const { asker, event, input, record, brought } = done
    const sql = tx.sql<RequestTables>()
    const account = asker.who.account.id
    const now = clock.now()
    const happened = done.said.happenedAt === undefined ? now : msOf(done.said.happenedAt)
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
        if (!protocolDue(record))
          await steps.step(tx, record, {
            event: 'accept',
            origin: asker.origin,
            given: { as: ['holder'] },
            changes: { accepted_at: now },
            body: done.said,
          })
        return
      case 'decline':
        if (done.found !== undefined)
          await offering.declined(tx, record, {
            account,
            code: input.code ?? 'other',
            reason: input.reason ?? '',
            found: done.found,
          })
        return
      case 'hand-over':
        if (done.colleague === undefined || record.claim === null) return
        if (input.told === true) {
          await steps.step(tx, record, {
            event: 'take-over',
            origin: asker.origin,
            given: { as: ['successor'] },
            changes: takenBy(record, done.colleague),
            body: { had: record.holder ?? undefined },
          })
          return
        }
        await sql
          .insertInto('request_handovers')
          .values({
            request: record.id,
            claim: record.claim,
            ...done.colleague,
            reason: input.reason ?? null,
            at: now,
          })
          .onConflict(conflict =>
            conflict
              .column('request')
              .doUpdateSet({ ...done.colleague, reason: input.reason ?? null, at: now }),
          )
          .execute()
        return
      case 'offer':
      case 'reroute':
        if (done.found?.group === undefined) return
        await creation.share(tx, record, done.summaries, [done.found.group.site])
        return
      case 'ask':
        await asks.ask(tx, asker, record, { ...input, at: happened })
        return
      case 'answer':
        await asks.answerAll(tx, asker, record.id, {
          text: input.text ?? '',
          at: happened,
          ...(input.answers === undefined ? {} : { answers: input.answers }),
        })
        return
      case 'exam-done':
        if (input.exam !== undefined)
          await sql
            .insertInto('request_exams')
            .values({
              request: record.id,
              details: JSON.stringify({ ...input.exam, reason: input.reason }),
              at: happened,
              by: asker.who.account.name,
            })
            .onConflict(conflict =>
              conflict.column('request').doUpdateSet(eb => ({
                details: eb.ref('excluded.details'),
                at: eb.ref('excluded.at'),
                by: eb.ref('excluded.by'),
              })),
            )
            .execute()
    }
  }

  /** The side that was done is the side that was asked for, or somebody says why not. */
  function demandSide({ who }: Asker, { form }: KnownRequest, input: EventInput) {
    const done = input.exam?.laterality
    if (done === undefined || form.laterality === undefined || done === form.laterality) return
    if ((input.reason ?? '').trim() !== '') return
    const message = mismatchWords(
      { what: 'laterality', asked: form.laterality, found: done },
      who.account.language,
    )
    fail('invalid', message, [{ path: 'exam.laterality', message }])
  }

  return send
}

/** The codes an event may carry. */
const CODES_OF: Partial<Record<RequestEvent, readonly string[]>> = {
  decline: DECLINE_CODES,
  refuse: REFUSAL_CODES,
  'record-outcome': OUTCOME_CODES,
}

function demandCode(event: RequestEvent, { code }: EventInput, language: 'fr' | 'en'): void {
  const codes = CODES_OF[event]
  if (code === undefined || codes === undefined || codes.includes(code)) return
  const message = unknownCodeWords(language)
  fail('invalid', message, [{ path: 'code', message }])
}

/** Whoever may withdraw images of the site may ask for it here. */
function demandImages(who: Acting, { record }: KnownRequest): void {
  if (allows(who, 'study.reject', { site: record.site })) return
  const message = imagesNotYoursWords(who.account.language)
  fail('invalid', message, [{ path: 'images', message }])
}

type Colleague = { account: string; name: string }

type BeginsOffers = 'offer' | 'reroute' | 'release'
const beginsOffers = (event: RequestEvent): event is BeginsOffers =>
  event === 'offer' || event === 'reroute' || event === 'release'

/** What the fact of an event remembers. */
function bodyOf(
  event: RequestEvent,
  input: EventInput,
  request: KnownRequest,
  summaries: ReadonlyMap<string, StudySummary>,
  account: string,
): { [key: string]: Json | undefined } {
  const { reason, text, alternative, code } = input
  switch (event) {
    case 'accept':
      // Until its images come the time is the site's, not the reader's.
      return { protocol: text, awaits: protocolDue(request.record) ? 'exam' : undefined }
    case 'start':
      return { images: imagesKnown(request, summaries) }
    case 'decline':
      return { account, code: code ?? 'other', reason }
    case 'refuse':
      return { code: code ?? 'other', reason, alternative }
    case 'record-outcome':
      return { code, reason, text }
    case 'take-over':
      return { had: request.record.holder ?? undefined }
    case 'ask':
      return { text, items: input.items }
    case 'answer':
      return { text, answers: input.answers as Json }
    case 'exam-done':
      return { reason, text, exam: asText(input.exam) }
    case 'ask-error':
      return { reason, images: input.images ?? 'keep' }
    case 'enter-in-error': {
      const ask = errorAskOf(request.record)
      return { reason: ask?.reason, images: ask?.images, askedBy: ask?.name, account: ask?.account }
    }
    default:
      return { reason, text, alternative }
  }
}

/** Typed items, and what is said of each, are the text where no other was written. */
function textIn(event: RequestEvent, { text, items, answers }: EventInput, language: 'fr' | 'en') {
  if ((text ?? '').trim() !== '') return text
  if (event === 'ask' && items !== undefined) return textOf(items)
  if (event === 'answer' && answers !== undefined) return answersText(answers, language)
  return text
}

/** Images of the linked studies as they are known at this moment. */
export const imagesKnown = (request: KnownRequest, summaries: ReadonlyMap<string, StudySummary>) =>
  imagesOf(request.studies, summaries)

export const imagesOf = (uids: readonly string[], summaries: ReadonlyMap<string, StudySummary>) =>
  uids.map(uid => ({
    StudyInstanceUID: uid,
    received: summaries.get(uid)?.completeness.received ?? 0,
    expected: summaries.get(uid)?.completeness.expected ?? null,
  }))

/** The journal holds whole numbers only: what was measured is written as it was said. */
const asText = (exam: EventInput['exam']): Json | undefined =>
  exam === undefined
    ? undefined
    : JSON.parse(JSON.stringify(exam, (_key, value) => (typeof value === 'number' ? String(value) : value)))
