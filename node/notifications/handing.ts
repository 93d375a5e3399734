import type { Kysely } from 'kysely'
import type { Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import type { MadeLink } from '../links/links.js'
import type { DecidedJob, Handler, Job, Outcome } from '../outbox/job.js'
import type { Channel, Message, Reach } from './channels/channel.js'
import { mayGoAt } from './channels/rules.js'
import { noticeFact, SYSTEM } from './notice.js'
import type { NotificationsDeps } from './notifications.js'
import type { Rest } from './resting.js'
import type { ChannelName, ChannelState, NoticeRow, NotificationTables } from './schema.js'

const DAY_MS = 24 * 3_600_000
const BACKOFF_FIRST_MS = 1000
const BACKOFF_MAX_MS = 60_000

type Tables = NotificationTables

export interface Settled {
  state: ChannelState
  reason?: string
  /** The link its letter holds. */
  link?: string
}

/** Writes down how a notice stands in one channel, and what follows from it. */
export type Settle = (tx: Tx, notice: NoticeRow, channel: ChannelName, settled: Settled) => Promise<void>

/** What became of a notice in a channel: its state, the report's delivery where it is a letter, and the fact. */
export function channelSettler({ clock, journal, reports }: NotificationsDeps): Settle {
  return async (tx, notice, channel, { state, reason, link }) => {
    const now = clock.now()
    await setChannel(tx.sql<Tables>(), { notice: notice.id, channel, state, at: now, reason: reason ?? null })
    const { report, version, account } = notice
    const ofDelivery = state === 'queued' || state === 'sent' || state === 'failed'
    if (channel === 'email' && report !== null && version !== null && ofDelivery)
      await reports?.mailSettled(tx, {
        report,
        version,
        account,
        state,
        ...(reason === undefined ? {} : { reason }),
      })
    if (state === 'queued') return
    // What a server answers may hold the address: the journal keeps it in the body, which can be erased.
    const fact = noticeFact(FACT_OF[state], notice, { channel, ...(reason === undefined ? {} : { reason }) })
    const ids = { ...fact.ids, ...(link === undefined ? {} : { link }) }
    await journal.append(tx, { ...fact, ids }, SYSTEM)
  }
}

const FACT_OF = {
  sent: 'notice-sent',
  delivered: 'notice-delivered',
  failed: 'notice-failed',
  cancelled: 'notice-cancelled',
  opened: 'notice-opened',
  acknowledged: 'notice-opened',
} as const

/** What carries notices is tried again for ever: it is a machine that comes back. */
export const backoffMs = (attempt: number): number =>
  Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 10), BACKOFF_MAX_MS)

const setChannel = prepare(
  {
    notice: '',
    channel: 'email' as ChannelName,
    state: 'sent' as ChannelState,
    at: 0,
    reason: null as string | null,
  },
  (sql: Kysely<Tables>, { notice, channel, ...settled }) =>
    sql
      .updateTable('notice_channels')
      .set(settled)
      .where('notice', '=', notice)
      .where('channel', '=', channel),
)

const byId = prepare({ id: '' }, (sql: Kysely<Tables>, { id }) =>
  sql.selectFrom('notices').selectAll().where('id', '=', id),
)

/** Hands the notices of one channel to whoever carries them. `onTrouble`: somebody is not reached this way for now. */
export function channelHandler(
  deps: Pick<NotificationsDeps, 'db' | 'clock' | 'sites' | 'links' | 'config' | 'publicUrl'>,
  channel: Channel,
  reachOf: (account: string) => Promise<Reach | undefined>,
  settle: Settle,
  rest: Rest,
  onTrouble: (tx: Tx, notice: NoticeRow) => Promise<void>,
): Handler {
  const { db, clock, sites, links, config } = deps

  async function noticeIn(tx: Pick<Tx, 'sql'>, { body }: Pick<DecidedJob, 'body'>): Promise<NoticeRow> {
    const id = String(body['notice'])
    const [notice] = await byId(tx.sql<Tables>(), { id })
    if (notice === undefined) throw new Error(`${id} is owed, and is not there.`)
    return notice
  }

  /** Whether somebody took care of it while it waited here: nobody is rung for nothing. */
  function isOver(notice: NoticeRow): boolean {
    if (notice.over_at !== null) return true
    // A letter about something once read on screen still is the letter that was owed.
    return notice.read_at !== null && channel.name !== 'email'
  }

  function permanent(notice: NoticeRow, reason: string, first?: (tx: Tx) => Promise<void>): Outcome {
    return {
      result: 'permanent',
      reason,
      settle: async tx => {
        await first?.(tx)
        await settle(tx, notice, channel.name, { state: 'failed', reason })
        await onTrouble(tx, notice)
      },
    }
  }

  async function run(job: Job, urgency: NoticeRow['urgency'], link?: MadeLink): Promise<Outcome> {
    // What may have arrived all the same must open what it says; what did not leave opens nothing.
    const unsent = async (tx: Tx) => {
      if (link !== undefined) await links.forget(tx, link.id)
    }
    const over = (notice: NoticeRow, state: ChannelState, reason?: string): Outcome => ({
      result: 'done',
      settle: async tx => {
        await unsent(tx)
        await settle(tx, notice, channel.name, { state, ...(reason === undefined ? {} : { reason }) })
      },
    })
    if (urgency === 'routine' && !(await rest(job)))
      return { result: 'later', dueAt: clock.now(), settle: unsent }
    const notice = await noticeIn(db, job)
    if (isOver(notice)) return over(notice, 'cancelled')
    const reach = await reachOf(notice.account)
    if (reach === undefined) return over(notice, 'failed', 'the account is no longer active')
    const from = mayGoAt(clock.now(), notice.urgency, reach.quiet)
    if (from > clock.now()) return { result: 'later', dueAt: from, settle: unsent }
    if (channel.unusable !== undefined) return permanent(notice, channel.unusable, unsent)
    const siteName = (await sites.sites()).find(site => site.id === notice.site)?.name ?? notice.site
    const path = link === undefined ? alarmPathOf(notice) : `/open#token=${link.secret}`
    const message: Message = { notice, reach, siteName, link: `${deps.publicUrl()}${path}` }
    const handed = await channel.hand(message, job.signal)
    if (handed.result === 'done') {
      const { keep, delivered } = handed
      return {
        result: 'done',
        settle: async tx => {
          await keep?.(tx)
          await settle(tx, notice, channel.name, {
            state: delivered === true ? 'delivered' : 'sent',
            ...(link === undefined ? {} : { link: link.id }),
          })
        },
      }
    }
    const { reason, serverGone } = handed
    if (handed.result === 'permanent') return permanent(notice, reason, unsent)
    return {
      result: handed.result,
      reason,
      holdLane: serverGone,
      settle: async tx => {
        if (handed.result === 'transient') await unsent(tx)
        await settle(tx, notice, channel.name, { state: 'queued', reason })
        await onTrouble(tx, notice)
      },
    }
  }

  /** The link opens what it leads to before the letter leaves, by the commit that is made anyway. */
  async function begin(tx: Tx, { body }: DecidedJob): Promise<Handler['run']> {
    const notice = await noticeIn(tx, { body })
    const { urgency } = notice
    if (!channel.bringsLink || channel.unusable !== undefined) return job => run(job, urgency)
    const link = await links.make(
      tx,
      {
        purpose: 'notice',
        subject: notice.id,
        site: notice.member_of,
        validMs: config.links.noticeDays * DAY_MS,
      },
      null,
    )
    return job => run(job, urgency, link)
  }

  return {
    backoffMs,
    retried: async (tx, job) => settle(tx, await noticeIn(tx, job), channel.name, { state: 'queued' }),
    givenUp: async (tx, job, reason) =>
      settle(tx, await noticeIn(tx, job), channel.name, { state: 'failed', reason }),
    run: async job => (await db.write(tx => begin(tx, job)))(job),
    begin,
  }
}

/** Where a ringing device leads: one tap away from claiming, where that is what is asked. */
export function alarmPathOf(notice: NoticeRow): string {
  return notice.kind === 'request-offered' && notice.alert !== null && notice.urgency !== 'routine'
    ? `/alarm/${notice.alert}`
    : pathOf(notice)
}

/** The page a notice leads to. */
export function pathOf(notice: Pick<NoticeRow, 'kind' | 'report' | 'request' | 'import'>): string {
  if (notice.report !== null) return `/reports/${notice.report}`
  if (notice.request !== null) return `/requests/${notice.request}`
  if (notice.import !== null) return `/imports/${notice.import}`
  if (notice.kind === 'alarm-test') return '/account/reach'
  if (notice.kind === 'channel-down' || notice.kind === 'escalation-stopped') return '/channels'
  if (notice.kind === 'clock-wrong' || notice.kind === 'backup-broken') return '/doctor'
  if (notice.kind === 'webhook-stopped') return '/network/webhooks'
  if (notice.kind === 'shift-swap') return '/rosters'
  if (notice.kind === 'token-expiring') return '/accounts/tokens'
  return notice.kind === 'certificate-expiring' ? '/network/certificates' : '/transfers'
}
