import { allows } from '../../accounts/permissions.js'
import { isoAt } from '../../clock.js'
import { fail, refuse } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import type { Origin } from '../../journal/facts.js'
import type { KnownRequest } from '../../requests/requests.js'
import type { ListView } from '../../requests/view.js'
import type { AlertRow, CallRow, NotificationTables } from '../schema.js'
import type { CallOutcome, CallRecord, CallView } from '../view.js'
import type { Alerts, AlertsDeps } from './alerts.js'
import { ONLY_READ_BACK } from './words.js'

/** What a person says of a call they made. */
export interface CallReport {
  outcome: CallOutcome
  /** Who was reached, by name and role: asked for where somebody was. */
  reached?: string | undefined
  note?: string | undefined
}

export interface Calls {
  /** Calls nobody has settled, and that this person may: emergencies first, then the oldest. */
  open(who: Acting): Promise<ListView<CallView>>
  /** All of one request, oldest first, with every try: part of its record. */
  ofRequest(request: string): Promise<CallRecord[]>
  /** Records what came of one call. `reached` ends the alert; the others leave the task open, and count. */
  record(who: Acting, id: string, report: CallReport, origin: Origin): Promise<CallView>
}

/** More open calls than a board can show. */
const OPEN_MAX = 500

/** The last rung: a person telephones, and nothing but what they say came of it ends the task. */
export function openCalls(deps: AlertsDeps, alerts: Pick<Alerts, 'settle'>): Calls {
  const { db, clock, accounts, journal, requests, sites } = deps
  const reading = () => db.sql<NotificationTables>()

  async function numbersFor(
    alert: AlertRow,
    request: KnownRequest | undefined,
  ): Promise<CallView['numbers']> {
    const numbers: CallView['numbers'] = []
    const add = async (account: string | null, role: string) => {
      const person = account === null ? undefined : await accounts.contact(account)
      if (person?.phone !== undefined) numbers.push({ name: person.name, role, telephone: person.phone })
    }
    if (alert.kind === 'claim' || alert.kind === 'dispatch') {
      if (alert.reading_site !== null)
        for (const member of await accounts.members([alert.reading_site], 'radiologist'))
          await add(member.account, 'radiologist')
    } else if (alert.kind === 'decision') await add(alert.holder, 'radiologist')
    else {
      // The form names who asks, with the number they are at tonight.
      const requester = request?.form.requester
      if (requester !== undefined)
        numbers.push({ name: requester.name, role: 'referrer', telephone: requester.phone })
      await add(alert.requester, 'referrer')
    }
    return numbers
  }

  async function viewOf(call: CallRow, alert: AlertRow): Promise<CallView> {
    const attempts = await reading()
      .selectFrom('call_attempts')
      .selectAll()
      .where('call', '=', call.id)
      .orderBy('at')
      .execute()
    const settled =
      call.settled_at === null ? undefined : attempts.findLast(({ outcome }) => outcome === 'reached')
    return {
      id: call.id,
      alert: alert.id,
      kind: alert.kind,
      urgency: alert.urgency,
      request: alert.request,
      reference: alert.reference,
      siteName: (await sites.sites()).find(({ id }) => id === alert.site)?.name ?? alert.site,
      openedAt: isoAt(call.opened_at),
      numbers: await numbersFor(alert, await requests.known(alert.request)),
      ...(settled === undefined
        ? {}
        : {
            outcome: {
              outcome: settled.outcome,
              at: isoAt(settled.at),
              by: settled.name,
              ...(settled.reached === null ? {} : { reached: settled.reached }),
              ...(settled.note === null ? {} : { note: settled.note }),
            },
          }),
      attempts: attempts.map(({ outcome, at, name, note }) => ({
        outcome,
        at: isoAt(at),
        by: name,
        ...(note === null ? {} : { note }),
      })),
    }
  }

  const alertOf = (call: CallRow) =>
    reading().selectFrom('alerts').selectAll().where('id', '=', call.alert).executeTakeFirstOrThrow()

  async function mayRecord(who: Acting, alert: AlertRow): Promise<boolean> {
    const request = await requests.known(alert.request)
    return request !== undefined && allows(who, 'call.record', request.standing)
  }

  return {
    open: async who => {
      const calls = await reading()
        .selectFrom('call_tasks')
        .selectAll()
        .where('settled_at', 'is', null)
        .orderBy('opened_at')
        .limit(OPEN_MAX)
        .execute()
      const items: CallView[] = []
      for (const call of calls) {
        const alert = await alertOf(call)
        if (await mayRecord(who, alert)) items.push(await viewOf(call, alert))
      }
      const rank = { emergency: 0, urgent: 1, routine: 2 }
      return { items: items.sort((a, b) => rank[a.urgency] - rank[b.urgency]) }
    },
    ofRequest: async request => {
      const tasks = await reading()
        .selectFrom('call_tasks')
        .innerJoin('alerts', 'alerts.id', 'call_tasks.alert')
        .selectAll('call_tasks')
        .where('alerts.request', '=', request)
        .orderBy('call_tasks.opened_at')
        .execute()
      const attempts = await reading()
        .selectFrom('call_attempts')
        .selectAll()
        .where(
          'call',
          'in',
          tasks.map(({ id }) => id),
        )
        .orderBy('at')
        .execute()
      return tasks.map(({ id, alert, opened_at: openedAt, settled_at: settledAt }) => ({
        call: id,
        alert,
        openedAt: isoAt(openedAt),
        settledAt: settledAt === null ? null : isoAt(settledAt),
        attempts: attempts
          .filter(({ call }) => call === id)
          .map(({ at, name, outcome, reached, note }) => ({
            at: isoAt(at),
            by: name,
            outcome,
            reached,
            note,
          })),
      }))
    },
    record: async (who, id, report, origin) => {
      const call = await reading()
        .selectFrom('call_tasks')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      const alert = call === undefined ? undefined : await alertOf(call)
      if (call === undefined || alert === undefined || !(await mayRecord(who, alert)))
        fail('missing', 'There is no such call.')
      if (report.outcome === 'reached' && alert.kind === 'critical') fail('conflict', ONLY_READ_BACK)
      if (report.outcome === 'reached' && (report.reached ?? '').trim() === '')
        refuse('invalid', { fr: 'Dites qui a été joint.', en: 'Say who was reached.' }, 'reached')
      await db.write(async tx => {
        const sql = tx.sql<NotificationTables>()
        const now = clock.now()
        const still = await sql
          .updateTable('call_tasks')
          .set({ settled_at: report.outcome === 'reached' ? now : null })
          .where('id', '=', id)
          .where('settled_at', 'is', null)
          .executeTakeFirst()
        if (still.numUpdatedRows === 0n)
          fail('conflict', {
            fr: 'Quelqu’un a déjà réglé cet appel.',
            en: 'Somebody has already settled this call.',
          })
        await sql
          .insertInto('call_attempts')
          .values({
            call: id,
            at: now,
            by: who.account.id,
            name: who.account.name,
            outcome: report.outcome,
            reached: report.reached ?? null,
            note: report.note ?? null,
          })
          .execute()
        await journal.append(
          tx,
          {
            type: 'call-recorded',
            site: alert.site,
            ids: { call: id, alert: alert.id, request: alert.request },
            body: { outcome: report.outcome, reached: report.reached, note: report.note },
          },
          origin,
        )
        if (report.outcome === 'reached')
          await alerts.settle(
            tx,
            alert.id,
            { account: who.account.id, role: who.membership.role, note: report.note ?? report.reached ?? '' },
            origin,
          )
      })
      const after = await reading()
        .selectFrom('call_tasks')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return viewOf(after, alert)
    },
  }
}
