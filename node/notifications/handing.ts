import type { Tx } from '../database.js'
import type { DecidedJob, Handler, Outcome } from '../outbox/job.js'
import type { Channel, Message, Reach } from './channels/channel.js'
import { mayGoAt } from './channels/rules.js'
import { noticeFact, SYSTEM } from './notice.js'
import type { NotificationsDeps } from './notifications.js'
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
    await tx
      .sql<Tables>()
      .updateTable('notice_channels')
      .set({ state, at: clock.now(), reason: reason ?? null })
      .where('notice', '=', notice.id)
      .where('channel', '=', channel)
      .execute()
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

/** Hands the notices of one channel to whoever carries them. `onTrouble`: somebody is not reached this way for now. */
export function channelHandler(
  deps: Pick<NotificationsDeps, 'db' | 'clock' | 'sites' | 'links' | 'config' | 'publicUrl'>,
  channel: Channel,
  reachOf: (account: string) => Promise<Reach | undefined>,
  settle: Settle,
  onTrouble: (tx: Tx, notice: NoticeRow) => Promise<void>,
): Handler {
  const { db, clock, sites, links, config } = deps

  const noticeIn = async (tx: Pick<Tx, 'sql'>, { body }: DecidedJob) =>
    tx
      .sql<Tables>()
      .selectFrom('notices')
      .selectAll()
      .where('id', '=', String(body['notice']))
      .executeTakeFirstOrThrow()

  const settled = (notice: NoticeRow, state: ChannelState, reason?: string) => (tx: Tx) =>
    settle(tx, notice, channel.name, { state, ...(reason === undefined ? {} : { reason }) })

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

  return {
    backoffMs,
    retried: async (tx, job) => settle(tx, await noticeIn(tx, job), channel.name, { state: 'queued' }),
    givenUp: async (tx, job, reason) =>
      settle(tx, await noticeIn(tx, job), channel.name, { state: 'failed', reason }),
    run: async job => {
      const notice = await noticeIn(db, job)
      if (isOver(notice)) return { result: 'done', settle: settled(notice, 'cancelled') }
      const reach = await reachOf(notice.account)
      if (reach === undefined)
        return { result: 'done', settle: settled(notice, 'failed', 'the account is no longer active') }
      const from = mayGoAt(clock.now(), notice.urgency, reach.quiet)
      if (from > clock.now()) return { result: 'later', dueAt: from }
      if (channel.unusable !== undefined) return permanent(notice, channel.unusable)
      const siteName = (await sites.sites()).find(site => site.id === notice.site)?.name ?? notice.site
      const link = channel.bringsLink
        ? await db.write(tx =>
            links.make(
              tx,
              {
                purpose: 'notice',
                subject: notice.id,
                site: notice.member_of,
                validMs: config.links.noticeDays * DAY_MS,
              },
              null,
            ),
          )
        : undefined
      const path = link === undefined ? alarmPathOf(notice) : `/open#token=${link.secret}`
      const message: Message = { notice, reach, siteName, link: `${deps.publicUrl()}${path}` }
      const handed = await channel.hand(message, job.signal)
      // What may have arrived all the same must open what it says; what did not leave opens nothing.
      const unsent = async (tx: Tx) => {
        if (link !== undefined) await links.forget(tx, link.id)
      }
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
    },
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
