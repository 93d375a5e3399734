import { allows, demand, reachOf } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'
import { isoAt, msOf } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail, NO_SUCH_PAGE } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Json } from '../journal/canonical.js'
import type { Journal } from '../journal/journal.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest, Requests } from '../requests/requests.js'
import type { ListView } from '../requests/view.js'
import { roleWord } from '../requests/words.js'
import { afterEvent, type CriticalEvent } from './lifecycle.js'
import type { CriticalRecord, CriticalTables } from './schema.js'
import type { CriticalCallView, CriticalClass, CriticalView } from './view.js'
import { futureWords, missingCriticalWords, notAskedWords, notReadBack, readBackAlready } from './words.js'

/** A clock beside ours may be ahead by so much. */
const AHEAD_MS = 5 * 60_000
/** What is read back stays in sight so long for whoever closes it. */
const PAGE_MAX = 200

export interface CalledInput {
  receiver: string
  role: string
  at: string
  method: string
  readBack: boolean
}

export interface RaisedInput {
  class: CriticalClass
  finding: string
  foundAt: string
  called?: CalledInput | undefined
}

export interface Criticals {
  /** With or without a report. Where somebody was told and read it back already, that is recorded in the same act. */
  raise(asker: Asker, request: string, raised: RaisedInput): Promise<CriticalView>
  /** A call is recorded; with read-back it acknowledges. Throws `conflict` when it was acknowledged before. */
  acknowledge(asker: Asker, id: string, called: CalledInput): Promise<CriticalView>
  /** A person's act, after the read-back. */
  close(asker: Asker, id: string, note: string | undefined): Promise<CriticalView>
  view(asker: Asker, id: string): Promise<CriticalView>
  /** Those the person may see: the gravest class first, then the oldest. */
  list(
    asker: Asker,
    query: { state?: CriticalRecord['state'] | undefined; limit: number; after?: string | undefined },
  ): Promise<ListView<CriticalView>>
  /** Throws `missing` where the request may not be seen. */
  ofRequest(asker: Asker, request: string): Promise<ListView<CriticalView>>
  /** For what is signed and archived: all of an act, oldest first. */
  known(request: string): Promise<{ record: CriticalRecord; calls: CriticalCallView[] }[]>
}

/** Of a request that is open, the name of the hold that keeps it so. */
export const holdOf = (critical: string) => `critical:${critical}`

export function openCriticals(deps: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  requests: Pick<Requests, 'known' | 'nameOf' | 'hold' | 'unhold'>
}): Criticals {
  const { db, clock, ids, journal, requests } = deps
  const reading = () => db.sql<CriticalTables>()
  /** Of a request, oldest first. */
  const rowsOf = (request: string) =>
    reading()
      .selectFrom('criticals')
      .selectAll()
      .where('request', '=', request)
      .orderBy('raised_at')
      .orderBy('id')
      .execute()

  async function seen(
    { who }: Asker,
    id: string,
  ): Promise<{ record: CriticalRecord; request: KnownRequest }> {
    const record = await reading().selectFrom('criticals').selectAll().where('id', '=', id).executeTakeFirst()
    const request = record === undefined ? undefined : await requests.known(record.request)
    if (record === undefined || request === undefined || !allows(who, 'critical.see', request.standing))
      fail('missing', missingCriticalWords(who.account.language))
    return { record, request }
  }

  async function callsOf(critical: string): Promise<CriticalCallView[]> {
    const rows = await reading()
      .selectFrom('critical_calls')
      .selectAll()
      .where('critical', '=', critical)
      .orderBy('number')
      .execute()
    return rows.map(row => ({
      receiver: row.receiver,
      role: row.role,
      at: isoAt(row.at),
      method: row.method,
      readBack: row.read_back === 1,
      by: row.by_name,
      recordedAt: isoAt(row.recorded_at),
    }))
  }

  async function viewOf(record: CriticalRecord, request: KnownRequest, who: Acting): Promise<CriticalView> {
    const { form, standing } = request
    const calls = await callsOf(record.id)
    const acknowledged = calls.find(call => call.readBack)
    const { laterality } = form
    const { family, given, birthDate, sex } = form.patient
    const { name, phone, service } = form.requester
    return {
      id: record.id,
      request: record.request,
      reference: record.reference,
      siteName: (await requests.nameOf())(record.site),
      class: record.class,
      state: record.state,
      finding: record.finding,
      foundAt: isoAt(record.found_at),
      raisedAt: isoAt(record.raised_at),
      radiologist: { name: record.radiologist_name, role: record.radiologist_role },
      patient: { family, given, birthDate, sex },
      exam: {
        modality: form.modality,
        region: form.region,
        ...(laterality === undefined ? {} : { laterality }),
      },
      callback: { name, phone, ...(service === undefined ? {} : { service }) },
      ...(request.record.report === null || request.record.report_state === 'draft'
        ? {}
        : { report: request.record.report }),
      calls,
      ...(acknowledged === undefined ? {} : { acknowledged }),
      ...(record.closed_at === null ? {} : { closedAt: isoAt(record.closed_at) }),
      ...(record.closed_by === null ? {} : { closedBy: record.closed_by }),
      ...(record.note === null ? {} : { note: record.note }),
      may: [
        ...(record.state === 'notifying' && allows(who, 'critical.acknowledge', standing)
          ? (['acknowledge'] as const)
          : []),
        ...(record.state === 'acknowledged' && allows(who, 'critical.close', standing)
          ? (['close'] as const)
          : []),
      ],
    }
  }

  const view: Criticals['view'] = async (asker, id) => {
    const { record, request } = await seen(asker, id)
    return viewOf(record, request, asker.who)
  }

  /** A time a person names lies behind us. */
  function past(text: string, path: string, { who }: Asker): number {
    const at = msOf(text)
    if (at > clock.now() + AHEAD_MS)
      fail('invalid', futureWords(who.account.language), [
        { path, message: futureWords(who.account.language) },
      ])
    return Math.min(at, clock.now())
  }

  const factOf = (record: CriticalRecord, type: string, body: { [key: string]: Json | undefined }) => ({
    type,
    site: record.site,
    ids: { critical: record.id, request: record.request },
    body: { reference: record.reference, class: record.class, ...body },
  })

  /** Records the call, in the transaction of what it belongs to; gives whether it was read back. */
  async function addCall(
    tx: Tx,
    asker: Asker,
    record: CriticalRecord,
    called: CalledInput,
    at: number,
  ): Promise<void> {
    const sql = tx.sql<CriticalTables>()
    const { number } = await sql
      .selectFrom('critical_calls')
      .select(eb => eb.fn.countAll<number>().as('number'))
      .where('critical', '=', record.id)
      .executeTakeFirstOrThrow()
    const event: CriticalEvent = called.readBack ? 'acknowledge' : 'call'
    const { account } = asker.who
    const state = afterEvent(record.state, event, readBackAlready(account.language))
    const moved = await sql
      .updateTable('criticals')
      .set({ state })
      .where('id', '=', record.id)
      .where('state', '=', record.state)
      .executeTakeFirst()
    if (moved.numUpdatedRows === 0n) fail('conflict', readBackAlready(account.language))
    await sql
      .insertInto('critical_calls')
      .values({
        critical: record.id,
        number: Number(number) + 1,
        receiver: called.receiver,
        role: called.role,
        at,
        method: called.method,
        read_back: called.readBack ? 1 : 0,
        by: account.id,
        by_name: account.name,
        recorded_at: clock.now(),
      })
      .execute()
    const { receiver, role, method, readBack } = called
    await journal.append(
      tx,
      factOf(record, called.readBack ? 'critical-acknowledged' : 'critical-called', {
        ...{ receiver, role, method, readBack },
        at: isoAt(at),
      }),
      asker.origin,
    )
    if (called.readBack) await requests.unhold(tx, record.request, holdOf(record.id))
  }

  return {
    view,
    raise: async (asker, id, raised) => {
      const { who, origin } = asker
      const request = await requests.known(id)
      const { language } = who.account
      demand(who, 'critical.raise', request?.standing ?? { site: '' }, missingCriticalWords(language))
      if (request === undefined) fail('missing', missingCriticalWords(language))
      if (['draft', 'entered-in-error'].includes(request.record.state))
        fail('conflict', notAskedWords(language))
      const foundAt = past(raised.foundAt, 'foundAt', asker)
      const calledAt = raised.called === undefined ? 0 : past(raised.called.at, 'called.at', asker)
      const record: CriticalRecord = {
        id: ids.next('crt'),
        request: id,
        reference: request.record.reference,
        site: request.record.site,
        class: raised.class,
        finding: raised.finding,
        found_at: foundAt,
        raised_at: clock.now(),
        radiologist: who.account.id,
        radiologist_name: who.account.name,
        radiologist_role: roleWord(who.membership.role, language),
        state: 'notifying',
        closed_at: null,
        closed_by: null,
        note: null,
      }
      await db.write(async tx => {
        await tx.sql<CriticalTables>().insertInto('criticals').values(record).execute()
        await journal.append(
          tx,
          factOf(record, 'critical-raised', {
            finding: record.finding,
            foundAt: isoAt(foundAt),
            // Whoever was told already is not rung.
            ...(raised.called?.readBack === true ? { readBack: true } : {}),
          }),
          origin,
        )
        await requests.hold(tx, id, holdOf(record.id), origin)
        if (raised.called !== undefined) await addCall(tx, asker, record, raised.called, calledAt)
      })
      return view(asker, record.id)
    },
    acknowledge: async (asker, id, called) => {
      const { record, request } = await seen(asker, id)
      demand(asker.who, 'critical.acknowledge', request.standing)
      const at = past(called.at, 'at', asker)
      if (record.state !== 'notifying') fail('conflict', readBackAlready(asker.who.account.language))
      await db.write(tx => addCall(tx, asker, record, called, at))
      return view(asker, id)
    },
    close: async (asker, id, note) => {
      const { record, request } = await seen(asker, id)
      demand(asker.who, 'critical.close', request.standing)
      const { account } = asker.who
      const state = afterEvent(record.state, 'close', notReadBack(account.language))
      await db.write(async tx => {
        const moved = await tx
          .sql<CriticalTables>()
          .updateTable('criticals')
          .set({ state, closed_at: clock.now(), closed_by: account.name, note: note ?? null })
          .where('id', '=', id)
          .where('state', '=', record.state)
          .executeTakeFirst()
        if (moved.numUpdatedRows === 0n) fail('conflict', notReadBack(account.language))
        await journal.append(
          tx,
          factOf(record, 'critical-closed', note === undefined ? {} : { note }),
          asker.origin,
        )
      })
      return view(asker, id)
    },
    list: async (asker, { state, limit, after }) => {
      const { who } = asker
      const reach = reachOf(who, 'critical.see')
      const { site, everySite } = who.membership
      let select = reading()
        .selectFrom('criticals')
        .selectAll()
        .orderBy('class')
        .orderBy('raised_at')
        .orderBy('id')
      if (state !== undefined) select = select.where('state', '=', state)
      else select = select.where('state', '<>', 'closed')
      // A site's own are found by its name; what a group reads, by the request they belong to.
      if (reach.own && !reach.party && everySite !== true) select = select.where('site', '=', site)
      if (after !== undefined) {
        const last = await reading()
          .selectFrom('criticals')
          .select(['class', 'raised_at', 'id'])
          .where('id', '=', after)
          .executeTakeFirst()
        if (last === undefined) fail('invalid', NO_SUCH_PAGE)
        select = select.where(eb =>
          eb(eb.refTuple('class', 'raised_at', 'id'), '>', eb.tuple(last.class, last.raised_at, last.id)),
        )
      }
      const items: CriticalView[] = []
      let next: string | undefined
      for (const record of await select.limit(PAGE_MAX * 5).execute()) {
        const request = await requests.known(record.request)
        if (request === undefined || !allows(who, 'critical.see', request.standing)) continue
        if (items.length === limit) {
          next = items.at(-1)?.id
          break
        }
        items.push(await viewOf(record, request, who))
      }
      return next === undefined ? { items } : { items, next }
    },
    ofRequest: async (asker, id) => {
      const request = await requests.known(id)
      const { who } = asker
      if (request === undefined || !allows(who, 'critical.see', request.standing))
        fail('missing', missingCriticalWords(who.account.language))
      const rows = await rowsOf(id)
      const items: CriticalView[] = []
      for (const record of rows) items.push(await viewOf(record, request, who))
      return { items }
    },
    known: async id => {
      const rows = await rowsOf(id)
      const found: { record: CriticalRecord; calls: CriticalCallView[] }[] = []
      for (const record of rows) found.push({ record, calls: await callsOf(record.id) })
      return found
    },
  }
}
