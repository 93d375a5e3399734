import type { Accounts } from '../../accounts/accounts.js'
import { allows, reachOf } from '../../accounts/permissions.js'
import type { Clock } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { fail, notYourRole } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import type { Ids } from '../../ids.js'
import type { Origin, StoredFact } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import { type Handler, priorities } from '../../outbox/job.js'
import type { Outbox } from '../../outbox/outbox.js'
import { timersOf } from '../../requests/record.js'
import type { KnownRequest } from '../../requests/requests.js'
import type { ListView } from '../../requests/view.js'
import type { Sites } from '../../sites/sites.js'
import { SYSTEM } from '../notice.js'
import type { Placing } from '../placing.js'
import type { ActSoFar } from '../rules.js'
import type { AlertRow, NotificationTables } from '../schema.js'
import type { AlertView } from '../view.js'
import { acknowledgeOwn } from './acknowledging.js'
import { hasReached, peopleOf } from './audience.js'
import { urgencyOfClass } from './grave-ladders.js'
import {
  alertChanges,
  atOnce,
  beyond,
  dueAt,
  isWave,
  type Ladder,
  ladderOf,
  type Rung,
  rungOf,
} from './rules.js'
import { alertViews } from './views.js'
import { ONLY_READ_BACK, TAKEN } from './words.js'

export interface AlertsDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  accounts: Pick<Accounts, 'members' | 'contact'>
  sites: Pick<Sites, 'sites' | 'contracts'>
  requests: {
    known(id: string): Promise<KnownRequest | undefined>
    offeredTo(id: string): Promise<{ account: string; site: string }[]>
  }
  placing: Pick<Placing, 'placeAlike'>
}

export interface Alerts {
  /**
   * What a fact of an act does to its alerts, in the follower's transaction: those it ends, the one it opens. Gives
   * the accounts the first rung has told, so that nobody hears of one fact twice.
   */
  follow(tx: Tx, fact: StoredFact, act: ActSoFar): Promise<ReadonlySet<string>>
  /** Where nobody was reached by this rung, the one that can reach somebody else is fired now. */
  hasten(tx: Tx, alert: string, rung: number): Promise<void>
  /** A named person takes care of it: the ladder stops, the alert and who stopped it stay. */
  acknowledge(who: Acting, id: string, note: string, origin: Origin): Promise<AlertView>
  /** In the transaction of what ended it: a call that reached somebody. */
  settle(
    tx: Tx,
    id: string,
    by: { account: string; role: string; note: string },
    origin: Origin,
  ): Promise<void>
  /** Those still open that the person may see: emergencies first, then the oldest. */
  open(who: Acting, page: { limit: number; after?: string | undefined }): Promise<ListView<AlertView>>
  /** All of one request, oldest first: part of its record. */
  ofRequest(request: string): Promise<AlertView[]>
  /** The outbox's: fires a rung that is due. */
  handler: Handler
  /** Rungs that should have been fired and were not: the escalation itself has stopped. */
  overdue(byMs: number): Promise<number>
}

const PRIORITY = { emergency: priorities.emergency, urgent: priorities.urgent, routine: priorities.normal }

export function openAlerts(deps: AlertsDeps): Alerts {
  const { db, clock, ids, journal, outbox, sites, requests, placing } = deps
  const reading = () => db.sql<NotificationTables>()

  const openOnes = (tx: Tx) =>
    tx.sql<NotificationTables>().selectFrom('alerts').selectAll().where('state', '=', 'open')

  async function termsOf(fact: StoredFact) {
    const contract = fact.body?.['contract']
    if (typeof contract !== 'string') return {}
    return (await sites.contracts()).find(({ id }) => id === contract)?.ladder ?? {}
  }

  /** Fixed when it was offered; what a contract says later changes nothing that runs. */
  async function promisedIn(request: string) {
    const known = await requests.known(request)
    return known === undefined ? undefined : timersOf(known.record)
  }

  async function end(
    tx: Tx,
    alert: AlertRow,
    state: 'acknowledged' | 'ended',
    by: { account: string; role: string; note?: string } | undefined,
    origin: Origin,
  ): Promise<void> {
    const now = clock.now()
    await tx
      .sql<NotificationTables>()
      .updateTable('alerts')
      .set({
        state,
        next_at: null,
        ended_at: now,
        ended_by: by?.account ?? null,
        ended_role: by?.role ?? null,
        note: by?.note ?? null,
      })
      .where('id', '=', alert.id)
      .execute()
    if (by !== undefined) await acknowledgeOwn(tx, deps, { alert: alert.id, account: by.account, origin })
    await tx
      .sql<NotificationTables>()
      .updateTable('notices')
      .set({ over_at: now })
      .where('alert', '=', alert.id)
      .where('over_at', 'is', null)
      .execute()
    if (state === 'ended')
      await tx
        .sql<NotificationTables>()
        .updateTable('call_tasks')
        .set({ settled_at: now })
        .where('alert', '=', alert.id)
        .where('settled_at', 'is', null)
        .execute()
    await journal.append(
      tx,
      {
        type: state === 'ended' ? 'alert-ended' : 'alert-acknowledged',
        site: alert.site,
        ids: { alert: alert.id, request: alert.request },
        body: { kind: alert.kind, rung: alert.rung, ...(by?.note === undefined ? {} : { note: by.note }) },
      },
      origin,
    )
  }

  /** Fires rung `n`: its people, its call, and the time of the next one. */
  async function fire(
    tx: Tx,
    alert: AlertRow,
    n: number,
    cause: { fact?: StoredFact; early?: boolean },
  ): Promise<ReadonlySet<string>> {
    const ladder = JSON.parse(alert.ladder) as Ladder
    const rung = ladder[n] as Rung
    const people = new Map<string, string>()
    for (const audience of rung.to)
      for (const { account, site } of await peopleOf(deps, audience, alert))
        if (!people.has(account)) people.set(account, site)
    const { fact } = cause
    // Whoever did it knows already.
    if (fact?.origin?.by === 'account') people.delete(fact.origin.account)
    const call = rung.call === true ? await openCall(tx, alert) : undefined
    const seq =
      fact?.seq ??
      (await journal.append(
        tx,
        {
          type: 'alert-escalated',
          site: alert.site,
          ids: { alert: alert.id, request: alert.request, ...(call === undefined ? {} : { call }) },
          body: {
            kind: alert.kind,
            rung: n,
            to: [...rung.to],
            channels: [...rung.channels],
            people: people.size,
            ...(cause.early === true ? { early: true } : {}),
          },
        },
        SYSTEM,
      ))
    // One that is fired early leaves the next ones the time they would have had after it.
    const gapMs = (ladder[n + 1]?.afterMs ?? 0) - rung.afterMs
    const planned = dueAt(ladder, n + 1, alert.opened_at)
    const nextAt = planned === undefined ? null : Math.min(planned, clock.now() + gapMs)
    const sql = tx.sql<NotificationTables>()
    await sql
      .insertInto('alert_rungs')
      .values({ alert: alert.id, rung: n, fired_at: clock.now(), early: cause.early === true ? 1 : 0 })
      .execute()
    // A wave that opens after its ladder went on rings its own people, and moves nothing.
    const goesOn = n > alert.rung
    if (goesOn)
      await sql.updateTable('alerts').set({ rung: n, next_at: nextAt }).where('id', '=', alert.id).execute()
    await placing.placeAlike(tx, {
      notice: {
        fact: seq,
        kind: rung.kind,
        urgency: alert.urgency,
        site: alert.site,
        reference: alert.reference,
        request: alert.request,
        report: alert.report,
        version: alert.version,
        transfer: null,
        import: null,
        alert: alert.id,
        rung: n,
      },
      asked: rung.channels,
      people: [...people].map(([account, site]) => ({ account, site })),
    })
    if (goesOn && nextAt !== null && !isWave(ladder[n + 1])) await schedule(tx, alert, n + 1, nextAt)
    // It may have found nobody, or nobody who has a way to be reached.
    if (goesOn) await hasten(tx, alert.id, n)
    return new Set(people.keys())
  }

  const schedule = (tx: Tx, alert: AlertRow, n: number, at: number, early = false) =>
    outbox.add(tx, {
      lane: 'escalation',
      kind: 'alert-rung',
      key: `rung:${alert.id}:${n}${early ? ':early' : ''}`,
      body: { alert: alert.id, rung: n, ...(early ? { early: true } : {}) },
      dueAt: at,
      priority: PRIORITY[alert.urgency],
      site: alert.site,
    })

  /** A second call rung finds the first one's task: one person telephones, not two. */
  async function openCall(tx: Tx, alert: AlertRow): Promise<string> {
    const sql = tx.sql<NotificationTables>()
    const standing = await sql
      .selectFrom('call_tasks')
      .select('id')
      .where('alert', '=', alert.id)
      .where('settled_at', 'is', null)
      .executeTakeFirst()
    if (standing !== undefined) return standing.id
    const id = ids.next('cal')
    await sql
      .insertInto('call_tasks')
      .values({ id, alert: alert.id, opened_at: clock.now(), settled_at: null })
      .execute()
    return id
  }

  async function follow(tx: Tx, fact: StoredFact, act: ActSoFar): Promise<ReadonlySet<string>> {
    const request = fact.ids['request']
    const { ends, opens } = alertChanges(fact.type, fact.body)
    if (request === undefined || fact.site === null) return new Set()
    const about = fact.ids['critical'] ?? null
    const by =
      fact.origin?.by === 'account' ? { account: fact.origin.account, role: fact.origin.role } : undefined
    for (const alert of await openOnes(tx)
      .where('request', '=', request)
      .where('kind', 'in', [...ends])
      // Of several critical findings each has its own ladder.
      .where(eb => eb.or([eb('about', 'is', null), eb('about', '=', about ?? '')]))
      .execute())
      await end(tx, alert, 'ended', by, fact.origin ?? SYSTEM)
    if (opens === undefined) return escalate(tx, fact, request)
    const kind = act.requestKind
    const grade = Number(fact.body?.['class'] ?? 1)
    const urgency = opens === 'critical' ? urgencyOfClass(grade) : act.urgency
    const usual = ladderOf(
      opens,
      { kind, urgency, grade, at: fact.at },
      await termsOf(fact),
      await promisedIn(request),
    )
    // The act itself says that its time is over: nothing is left to wait for.
    const ladder = fact.type === 'request-holder-silent' ? atOnce(usual) : usual
    const alert: AlertRow = {
      id: ids.next('alt'),
      kind: opens,
      request,
      report: fact.ids['report'] ?? null,
      version: typeof fact.body?.['version'] === 'number' ? fact.body['version'] : null,
      urgency,
      site: fact.site,
      reading_site: act.readingSite ?? null,
      reference: act.reference,
      requester: act.requestedBy ?? null,
      holder: act.holder ?? null,
      ladder: JSON.stringify(ladder),
      rung: -1,
      next_at: null,
      state: 'open',
      opened_at: fact.at,
      ended_at: null,
      ended_by: null,
      ended_role: null,
      note: null,
      about,
    }
    await tx.sql<NotificationTables>().insertInto('alerts').values(alert).execute()
    await journal.append(
      tx,
      {
        type: 'alert-opened',
        site: alert.site,
        ids: { alert: alert.id, request },
        body: { kind: alert.kind, urgency: alert.urgency, rungs: ladder.length },
      },
      SYSTEM,
    )
    const first = ladder[0]
    if (first?.afterMs === 0) return fire(tx, alert, 0, { fact })
    const firstAt = dueAt(ladder, 0, alert.opened_at) as number
    await tx
      .sql<NotificationTables>()
      .updateTable('alerts')
      .set({ next_at: firstAt })
      .where('id', '=', alert.id)
      .execute()
    await schedule(tx, alert, 0, firstAt)
    return new Set()
  }

  /** What the act itself fires of the ladder of its offers: a wave that opens, or the end of all waves. */
  async function escalate(tx: Tx, fact: StoredFact, request: string): Promise<ReadonlySet<string>> {
    const alert = await openOnes(tx)
      .where('request', '=', request)
      .where('kind', '=', 'claim')
      .executeTakeFirst()
    const rung = alert === undefined ? undefined : rungOf(fact, JSON.parse(alert.ladder) as Ladder)
    if (alert === undefined || rung === undefined) return new Set()
    const fired = await tx
      .sql<NotificationTables>()
      .selectFrom('alert_rungs')
      .select('rung')
      .where('alert', '=', alert.id)
      .where('rung', '=', rung)
      .executeTakeFirst()
    return fired === undefined
      ? fire(tx, alert, rung, { early: fact.type === 'request-waves-ended' })
      : new Set()
  }

  async function visible(who: Acting, id: string): Promise<AlertRow> {
    const alert = await reading().selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst()
    const request = alert === undefined ? undefined : await requests.known(alert.request)
    if (alert === undefined || request === undefined || !allows(who, 'request.see', request.standing))
      fail('missing', 'There is no such alert.')
    if (!allows(who, 'alert.acknowledge', request.standing))
      fail('forbidden', notYourRole(who.membership.role))
    return alert
  }

  const hasten: Alerts['hasten'] = async (tx, id, rung) => {
    const alert = await openOnes(tx).where('id', '=', id).executeTakeFirst()
    // What can wait until morning waits for its own time.
    if (alert === undefined || alert.rung !== rung || alert.urgency === 'routine') return
    const next = beyond(JSON.parse(alert.ladder) as Ladder, rung)
    if (next === undefined) return
    if (!(await hasReached(tx, id, rung, clock.now()))) await schedule(tx, alert, next, clock.now(), true)
  }

  return {
    follow,
    hasten,
    acknowledge: async (who, id, note, origin) => {
      const { kind } = await visible(who, id)
      if (kind === 'critical') fail('conflict', ONLY_READ_BACK)
      await db.write(async tx => {
        const alert = await openOnes(tx).where('id', '=', id).executeTakeFirst()
        if (alert === undefined) fail('conflict', TAKEN)
        await end(
          tx,
          alert,
          'acknowledged',
          { account: who.account.id, role: who.membership.role, note },
          origin,
        )
      })
      const rows = await reading().selectFrom('alerts').selectAll().where('id', '=', id).execute()
      return (await alertViews(deps, rows))[0] as AlertView
    },
    settle: async (tx, id, by, origin) => {
      const alert = await openOnes(tx).where('id', '=', id).executeTakeFirst()
      if (alert !== undefined) await end(tx, alert, 'acknowledged', by, origin)
    },
    open: async (who, { limit, after }) => {
      const reach = reachOf(who, 'request.see')
      const { site, everySite } = who.membership
      let select = reading()
        .selectFrom('alerts')
        .selectAll()
        .where('state', '=', 'open')
        .where(where =>
          everySite === true && reach.own
            ? where.lit(true)
            : where.or([
                ...(reach.own ? [where('site', '=', site)] : []),
                ...(reach.party ? [where('reading_site', '=', site)] : []),
              ]),
        )
        .orderBy('id')
        .limit(limit + 1)
      if (after !== undefined) select = select.where('id', '>', after)
      const rows = await select.execute()
      const items = await alertViews(deps, rows.slice(0, limit))
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return { items, ...(last === undefined ? {} : { next: last.id }) }
    },
    ofRequest: async request =>
      alertViews(
        deps,
        await reading()
          .selectFrom('alerts')
          .selectAll()
          .where('request', '=', request)
          .orderBy('opened_at')
          .orderBy('id')
          .execute(),
      ),
    handler: {
      run: async job => ({
        result: 'done',
        settle: async tx => {
          const { alert: id, rung, early } = job.body
          const alert = await openOnes(tx).where('id', '=', String(id)).executeTakeFirst()
          // Answered meanwhile, or fired early.
          if (alert === undefined || alert.rung >= Number(rung)) return
          await fire(tx, alert, Number(rung), { early: early === true })
        },
      }),
    },
    overdue: async byMs => {
      const row = await reading()
        .selectFrom('alerts')
        .select(eb => eb.fn.countAll<number>().as('count'))
        .where('state', '=', 'open')
        .where('next_at', '<', clock.now() - byMs)
        .executeTakeFirstOrThrow()
      return Number(row.count)
    },
  }
}
