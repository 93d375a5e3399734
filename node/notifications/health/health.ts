import type { Accounts } from '../../accounts/accounts.js'
import { type Clock, isoAt } from '../../clock.js'
import type { Database } from '../../database.js'
import { fail, reasonOf } from '../../errors.js'
import type { Ids } from '../../ids.js'
import type { Journal } from '../../journal/journal.js'
import type { Log } from '../../log.js'
import type { Outbox } from '../../outbox/outbox.js'
import type { Settings } from '../../settings.js'
import type { Sites } from '../../sites/sites.js'
import type { Alerts } from '../alerts/alerts.js'
import { type Channel, NOT_SET_UP } from '../channels/channel.js'
import { letterOf } from '../letters.js'
import { SYSTEM } from '../notice.js'
import { OF_NO_ACT, type Placing } from '../placing.js'
import type { Postman } from '../postman.js'
import type { NotificationTables } from '../schema.js'
import type { ChannelHealthView, ChannelsView } from '../view.js'
import { downSinceOf, isStuck, mustTell } from './rules.js'

export interface HealthDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  log: Pick<Log, 'error' | 'info'>
  outbox: Pick<Outbox, 'open'>
  accounts: Pick<Accounts, 'members'>
  sites: Pick<Sites, 'sites'>
  config: Pick<Settings, 'node'>
  publicUrl(): string
  channels: readonly Channel[]
  placing: Pick<Placing, 'place'>
  postman: Postman
  alerts: Pick<Alerts, 'overdue'>
  /** For the screens that are open: look at the channels. */
  onTrouble(): void
}

/** Whether people can be reached at all: each channel, and the ladder that climbs through them. */
export interface Health {
  view(): Promise<ChannelsView>
  /** Asks the far end of one channel now. Throws `missing` where there is no such channel. */
  check(name: string): Promise<ChannelsView>
  /** Asks every channel; one that is down too long is told by the others. */
  look(): Promise<void>
  /** Whether escalation runs. Needs nothing of the outbox: what has stopped there is seen here. */
  watch(): Promise<void>
  /** Why alarms may not go out now; nothing where they do. */
  troubles(): string[]
  start(): void
  close(): Promise<void>
}

const LOOK_MS = 60_000
const WATCH_MS = 15_000
/** A rung this late was not fired: whoever fires them has stopped. */
const OVERDUE_MS = 30_000
const CHECK_MS = 20_000
const LETTER_MS = 20_000

export function openHealth(deps: HealthDeps): Health {
  const { db, clock, ids, journal, log, outbox, accounts, sites, channels, placing, postman, alerts } = deps
  const reading = () => db.sql<NotificationTables>()
  const stopping = new AbortController()
  const timers: NodeJS.Timeout[] = []
  const working = new Set<Promise<void>>()
  /** Since when escalation stands still (UTC milliseconds), and how much waits for it. */
  let stopped: { since: number; overdue: number; told: boolean } | undefined

  const operatorsSite = async () => (await sites.sites()).find(({ kind }) => kind === 'operator')

  async function ask(channel: Channel): Promise<{ well: true } | { well: false; reason: string }> {
    const answer = await channel.check(AbortSignal.any([stopping.signal, AbortSignal.timeout(CHECK_MS)]))
    if (!answer.well) return answer
    // It greets, and yet nothing gets through.
    const waiting = await outbox.open({ lane: channel.lane, states: ['waiting', 'running'] })
    const stuck = waiting.find(job => isStuck(job, clock.now()))
    return stuck === undefined ? answer : { well: false, reason: stuck.reason ?? 'nothing gets through' }
  }

  async function examine(channel: Channel): Promise<void> {
    if (channel.unusable !== undefined) return
    const found = await ask(channel)
    if (stopping.signal.aborted) return
    const operators = (await operatorsSite())?.id
    await db.write(async tx => {
      const sql = tx.sql<NotificationTables>()
      const before = await sql
        .selectFrom('channel_health')
        .selectAll()
        .where('channel', '=', channel.name)
        .executeTakeFirst()
      const now = clock.now()
      const reason = found.well ? null : found.reason.slice(0, 300)
      const since = downSinceOf(before, found.well, now)
      const tell = mustTell(before, since, now)
      const row = {
        channel: channel.name,
        checked_at: now,
        reason,
        down_since: since,
        told_at: since === null ? null : tell ? now : (before?.told_at ?? null),
      }
      await sql
        .insertInto('channel_health')
        .values(row)
        .onConflict(conflict => conflict.column('channel').doUpdateSet(row))
        .execute()
      const back = since === null && before?.told_at != null
      if (!tell && !back) return
      await journal.append(
        tx,
        {
          type: back ? 'channel-back' : 'channel-lost',
          site: operators ?? null,
          ids: { channel: channel.name },
          body: {
            channel: channel.name,
            reference: channel.name,
            urgency: 'urgent',
            operators,
            reason: reason ?? undefined,
          },
        },
        SYSTEM,
      )
    })
  }

  /** By all that does not need the outbox: rows of the screen, and letters straight to the server. */
  async function tellOperators(): Promise<void> {
    const site = await operatorsSite()
    if (site === undefined) return
    const people = await accounts.members([site.id], 'operator')
    await db.write(async tx => {
      const fact = await journal.append(
        tx,
        { type: 'escalation-stopped', site: site.id, ids: {}, body: { overdue: stopped?.overdue ?? 0 } },
        SYSTEM,
      )
      for (const { account } of people)
        await placing.place(
          tx,
          {
            fact,
            account,
            member_of: site.id,
            kind: 'escalation-stopped',
            urgency: 'emergency',
            site: site.id,
            ...OF_NO_ACT,
          },
          ['screen'],
        )
    })
    for (const { email, language } of people) {
      const posted = await postman.post({
        id: ids.next('ntc'),
        email,
        letter: letterOf({
          kind: 'escalation-stopped',
          urgency: 'emergency',
          siteName: site.name,
          reference: '',
          link: `${deps.publicUrl()}/channels`,
          language,
          nodeName: deps.config.node.name,
        }),
        atMs: clock.now(),
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(LETTER_MS)]),
      })
      if (posted.result === 'done') await db.write(tx => posted.keep(tx))
      else log.error('escalation-letter-failed', { reason: posted.reason })
    }
  }

  async function watch(): Promise<void> {
    const overdue = await alerts.overdue(OVERDUE_MS)
    if (overdue === 0) {
      if (stopped === undefined) return
      log.info('escalation-resumed', { stoppedMs: clock.now() - stopped.since })
      stopped = undefined
      deps.onTrouble()
      return
    }
    const { since, told } = stopped ?? { since: clock.now(), told: false }
    stopped = { since, overdue, told }
    log.error('escalation-stopped', { overdueCount: overdue, sinceMs: clock.now() - stopped.since })
    if (told) return
    deps.onTrouble()
    await tellOperators()
    stopped.told = true
  }

  async function look(): Promise<void> {
    for (const channel of channels) await examine(channel)
  }

  async function lastOf(channel: ChannelHealthView['channel']) {
    const states = reading()
      .selectFrom('notice_channels')
      .where('channel', '=', channel as 'email')
    const success = await states
      .select(eb => eb.fn.max('at').as('at'))
      .where('state', 'in', ['sent', 'delivered', 'opened', 'acknowledged'])
      .executeTakeFirst()
    const failure = await states
      .select(['at', 'reason'])
      .where('state', 'in', ['failed', 'queued'])
      .where('reason', 'is not', null)
      .orderBy('at', 'desc')
      .limit(1)
      .executeTakeFirst()
    return {
      ...(success?.at == null ? {} : { lastSuccessAt: isoAt(success.at) }),
      ...(failure === undefined
        ? {}
        : { lastFailure: { at: isoAt(failure.at), reason: failure.reason ?? '' } }),
    }
  }

  async function view(): Promise<ChannelsView> {
    const rows = new Map(
      (await reading().selectFrom('channel_health').selectAll().execute()).map(row => [row.channel, row]),
    )
    const items: ChannelHealthView[] = [
      { channel: 'screen', state: 'well', waiting: 0, ...(await lastOf('screen')) },
    ]
    for (const { name, lane, unusable, silent } of channels) {
      const last = await lastOf(name)
      const row = rows.get(name)
      const jobs = await outbox.open({ lane, states: ['waiting', 'running'] })
      const oldest = Math.min(...jobs.map(({ createdAt }) => createdAt))
      // What has no call that does nothing is known from its first message on.
      const known =
        row !== undefined && (silent !== true || row.down_since !== null || last.lastSuccessAt !== undefined)
      items.push({
        channel: name,
        state:
          unusable !== undefined ? 'off' : !known ? 'unknown' : row.down_since === null ? 'well' : 'down',
        ...(unusable === undefined ? {} : { unusable }),
        ...(known ? { checkedAt: isoAt(row.checked_at) } : {}),
        ...(row?.down_since == null ? {} : { downSince: isoAt(row.down_since) }),
        ...(row?.reason == null ? {} : { reason: row.reason }),
        waiting: jobs.length,
        ...(jobs.length === 0 ? {} : { oldestAt: isoAt(oldest) }),
        ...last,
      })
    }
    return {
      items,
      ...(postman.dkim === undefined ? {} : { dkim: postman.dkim }),
      escalation:
        stopped === undefined
          ? { state: 'running', overdue: 0 }
          : { state: 'stopped', overdue: stopped.overdue, since: isoAt(stopped.since) },
    }
  }

  /** One that fails does not end the others, nor the next ones. */
  const every = (ms: number, name: string, work: () => Promise<void>) => {
    let busy = false
    const once = () => {
      if (busy) return
      busy = true
      const done = work()
        .catch(thrown => log.error(name, { reason: reasonOf(thrown) }, thrown))
        .finally(() => {
          busy = false
          working.delete(done)
        })
      working.add(done)
    }
    const timer = setInterval(once, ms)
    timer.unref()
    timers.push(timer)
    return once
  }

  return {
    view,
    look,
    watch,
    check: async name => {
      const channel = channels.find(one => one.name === name)
      if (channel === undefined) fail('missing', 'There is no such channel.')
      if (channel.unusable !== undefined) fail('conflict', NOT_SET_UP)
      await examine(channel)
      return view()
    },
    troubles: () =>
      stopped === undefined ? [] : [`escalation stands still: ${stopped.overdue} alarms are overdue`],
    start: () => {
      every(WATCH_MS, 'escalation-not-watched', watch)
      // Whoever starts the node, after a change of its settings too, sees at once whether it reaches people.
      every(LOOK_MS, 'channels-not-looked-at', look)()
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      stopping.abort()
      await Promise.all(working)
    },
  }
}
