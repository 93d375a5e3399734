import type { Kysely } from 'kysely'
import { demand } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { EventInput } from './form.js'
import type { Asker } from './ports.js'
import { about } from './record.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { Steps } from './steps.js'
import type { AskItemKind, AskView } from './view.js'
import { askWords, conflictWords, notYoursWords } from './words.js'

export interface ItemAnswer {
  /** False: it cannot be had. */
  available: boolean
  text?: string | undefined
}

export interface Asks {
  /** What a reader asks for, one row each; with the step, in its transaction. */
  ask(
    tx: Tx,
    asker: Asker,
    record: RequestRecord,
    asked: Pick<EventInput, 'text' | 'items'> & { at: number },
  ): Promise<void>
  /**
   * One word about all that is still open, or one about each; with the step, in its transaction. Throws `invalid` where an
   * open item is left without.
   */
  answerAll(
    tx: Tx,
    asker: Asker,
    request: string,
    answer: { text: string; at: number; answers?: EventInput['answers'] },
  ): Promise<void>
  /** One item; with the last one the request goes back to its reader. */
  answer(asker: Asker, request: KnownRequest, item: string, answer: ItemAnswer): Promise<void>
  /** Whoever asked waits no longer: what is open is not to be had. Gives the row of the request that goes on. */
  withdraw(tx: Tx, asker: Asker, record: RequestRecord): Promise<RequestRecord>
  /** The known PACS have earlier studies that nobody knew of: the items that ask for priors are answered by that. */
  answerPriors(tx: Tx, request: string, found: number): Promise<void>
}

/** What is asked back, item by item: each is answered, or said not to be had. */
export function openAsks(deps: RequestsDeps, { step, byId }: Steps): Asks {
  const { db, clock, ids, journal } = deps

  const settle = (
    tx: Tx,
    id: string,
    answer: { state: 'answered' | 'unavailable'; text: string; by: string; at: number },
  ) =>
    tx
      .sql<RequestTables>()
      .updateTable('request_ask_items')
      .set({ state: answer.state, answer: answer.text, answered_by: answer.by, answered_at: answer.at })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .executeTakeFirst()

  const openItems = (tx: Tx, request: string) =>
    tx
      .sql<RequestTables>()
      .selectFrom('request_ask_items')
      .selectAll()
      .where('request', '=', request)
      .where('state', '=', 'open')
      .orderBy('position')
      .execute()

  /** One item's entry; and when nothing is open any more, the way back. */
  async function answered(
    tx: Tx,
    record: RequestRecord,
    item: RequestTables['request_ask_items'],
    said: { answer: ItemAnswer; by: string; origin: Origin; as: 'site' | 'holder' | 'system' },
  ): Promise<void> {
    const { answer, by, origin, as } = said
    const state = answer.available ? 'answered' : 'unavailable'
    const moved = await settle(tx, item.id, { state, text: answer.text ?? '', by, at: clock.now() })
    if (moved.numUpdatedRows === 0n) return
    await journal.append(
      tx,
      {
        type: 'request-item-answered',
        site: record.site,
        ids: { request: record.id, item: item.id },
        body: { ...about(record), kind: item.kind, outcome: state, text: answer.text },
      },
      origin,
    )
    if ((await openItems(tx, record.id)).length > 0 || record.state !== 'info-requested') return
    const text = answer.text?.trim() || askWords(answer.available ? 'given' : 'unavailable', 'fr')
    await closeAsks(tx, record.id, { text, by, at: clock.now() })
    await step(tx, record, { event: 'answer', origin, given: { as: [as], text }, body: { text } })
  }

  const closeAsks = (tx: Tx, request: string, { text, by, at }: { text: string; by: string; at: number }) =>
    tx
      .sql<RequestTables>()
      .updateTable('request_asks')
      .set({ answer: text, answered_by: by, answered_at: at })
      .where('request', '=', request)
      .where('answered_at', 'is', null)
      .execute()

  return {
    ask: async (tx, { who }, record, { text, items = [], at }) => {
      const ask = ids.next('ask')
      const sql = tx.sql<RequestTables>()
      await sql
        .insertInto('request_asks')
        .values({
          id: ask,
          request: record.id,
          text: text ?? '',
          asked_by: who.account.id,
          at,
          answer: null,
          answered_by: null,
          answered_at: null,
        })
        .execute()
      const typed = items.length > 0 ? items : [{ kind: 'other' as const, text: text ?? '' }]
      for (const [position, item] of typed.entries())
        await sql
          .insertInto('request_ask_items')
          .values({
            id: ids.next('itm'),
            ask,
            request: record.id,
            position,
            kind: item.kind,
            text: item.text,
            state: 'open',
            answer: null,
            answered_by: null,
            answered_at: null,
          })
          .execute()
    },
    answerAll: async (tx, { who }, request, { text, at, answers }) => {
      for (const item of await openItems(tx, request))
        await settle(tx, item.id, {
          ...saidOf(item.id, text, answers, who.account.language),
          by: who.account.name,
          at,
        })
      await closeAsks(tx, request, { text, by: who.account.id, at })
    },
    answer: async (asker, request, id, answer) => {
      const { who, origin } = asker
      const { language } = who.account
      demand(who, 'request.answer', request.standing)
      if (answer.available && (answer.text ?? '').trim() === '')
        fail('invalid', askWords('say', language), [{ path: 'text', message: askWords('say', language) }])
      await db.write(async tx => {
        const record = await byId(tx, request.record.id)
        const item = await tx
          .sql<RequestTables>()
          .selectFrom('request_ask_items')
          .selectAll()
          .where('request', '=', record.id)
          .where('id', '=', id)
          .executeTakeFirst()
        if (item === undefined) fail('missing', askWords('missing', language))
        if (item.state !== 'open') fail('conflict', askWords('already', language))
        if (record.state !== 'info-requested')
          fail('conflict', conflictWords(language, 'answer', record.state, record.holder_name ?? undefined))
        const as = record.holder === who.account.id ? 'holder' : 'site'
        // A colleague who reads elsewhere answers for nobody.
        if (as === 'site' && who.membership.site !== record.site) fail('forbidden', notYoursWords(language))
        await answered(tx, record, item, { answer, by: who.account.name, origin, as })
      })
    },
    withdraw: async (tx, { who, origin }, record) => {
      const said = { text: askWords('signed', who.account.language), at: clock.now() }
      for (const item of await openItems(tx, record.id))
        await settle(tx, item.id, { ...said, state: 'unavailable', by: who.account.name })
      await closeAsks(tx, record.id, { ...said, by: who.account.id })
      return step(tx, record, {
        event: 'answer',
        origin,
        given: { as: ['holder'], text: said.text },
        body: { text: said.text },
      })
    },
    answerPriors: async (tx, request, found) => {
      const record = await byId(tx, request)
      for (const item of (await openItems(tx, request)).filter(({ kind }) => kind === 'prior'))
        await answered(tx, await byId(tx, record.id), item, {
          answer: { available: true, text: askWords('priors', 'fr').replace('{n}', String(found)) },
          by: 'Relais',
          origin: { by: 'system', part: 'priors' },
          as: 'system',
        })
    },
  }
}

/** What is said of one item, among what is said of each or in one word for all. */
function saidOf(item: string, text: string, answers: EventInput['answers'], language: 'fr' | 'en') {
  if (answers === undefined) return { state: 'answered' as const, text }
  const said = answers.find(one => one.item === item)
  if (said === undefined || (said.available && (said.text ?? '') === ''))
    fail('invalid', askWords('say', language), [
      { path: `answers.${item}`, message: askWords('say', language) },
    ])
  return { state: said.available ? ('answered' as const) : ('unavailable' as const), text: said.text ?? '' }
}

/** The one word that stands for answers to each item where no other was said. */
export const answersText = (answers: NonNullable<EventInput['answers']>, language: 'fr' | 'en'): string =>
  answers.map(({ text }) => text || askWords('unavailable', language)).join('\n')

/** The one word that stands for typed items where no other was said. */
export const textOf = (items: readonly { kind: AskItemKind; text: string }[]): string =>
  items.map(({ text }) => text).join('\n')

/** What was asked back, oldest first. `nameOf` says who an account is. */
export async function readAsks(
  sql: Kysely<RequestTables>,
  request: string,
  nameOf: (account: string) => string,
): Promise<AskView[]> {
  const asks = await sql
    .selectFrom('request_asks')
    .selectAll()
    .where('request', '=', request)
    .orderBy('at')
    .orderBy('id')
    .execute()
  const items = await sql
    .selectFrom('request_ask_items')
    .selectAll()
    .where('request', '=', request)
    .orderBy('position')
    .execute()
  return asks.map(ask => ({
    id: ask.id,
    at: isoAt(ask.at),
    by: nameOf(ask.asked_by),
    items: items
      .filter(item => item.ask === ask.id)
      .map(item => ({
        id: item.id,
        kind: item.kind,
        text: item.text,
        state: item.state,
        ...(item.answer === null ? {} : { answer: item.answer }),
        ...(item.answered_by === null ? {} : { by: item.answered_by }),
        ...(item.answered_at === null ? {} : { at: isoAt(item.answered_at) }),
      })),
  }))
}
