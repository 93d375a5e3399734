import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Channel } from './channels/channel.js'
import { channelsFor, mayGoAt, nextChannel } from './channels/rules.js'
import type { Settle } from './handing.js'
import { noticeFact, SYSTEM } from './notice.js'
import type { Reaching } from './reach.js'
import type { ChannelName, NoticeRow, NotificationTables } from './schema.js'

const PRIORITY = { emergency: priorities.emergency, urgent: priorities.urgent, routine: priorities.normal }
/** A letter or a push that nobody has taken by then is not waited for: another channel is tried beside it. */
export const FALLBACK_MS = 45_000

export type NewNotice = Omit<NoticeRow, 'id' | 'at' | 'read_at' | 'over_at'>

/** What a notice that is about no act, transfer or disc leaves empty. */
export const OF_NO_ACT = {
  reference: '',
  request: null,
  report: null,
  version: null,
  transfer: null,
  import: null,
  alert: null,
  rung: null,
} as const satisfies Partial<NewNotice>

export interface Placing {
  /** Owes one person one notice: its row, its channels, their jobs. */
  place(tx: Tx, notice: NewNotice, asked: readonly ChannelName[]): Promise<void>
  /** Puts it into the channel's lane, at once or at the end of the person's quiet hours. Gives the job's id. */
  owe(tx: Tx, notice: NoticeRow, channel: Channel, from?: number): Promise<string>
  /** Tries the person's next channel; false where there is none left. */
  fallBack(tx: Tx, notice: NoticeRow): Promise<boolean>
}

/** How notices come into being. */
export function openPlacing(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  reach: Reaching
  channels: readonly Channel[]
  settle: Settle
  /** Whether this person has the screen open, as far as the live connection knows. */
  isOnline(account: string): boolean
}): Placing {
  const { clock, ids, journal, outbox, reach, channels, settle } = options

  const owe: Placing['owe'] = (tx, notice, { lane }, from = clock.now()) =>
    outbox.add(tx, {
      lane,
      kind: lane,
      key: `${lane}:${notice.id}`,
      body: { notice: notice.id },
      dueAt: from,
      priority: PRIORITY[notice.urgency],
      site: notice.member_of,
    })

  async function addChannel(tx: Tx, notice: NoticeRow, name: ChannelName, from: number): Promise<void> {
    await tx
      .sql<NotificationTables>()
      .insertInto('notice_channels')
      .values({
        notice: notice.id,
        channel: name,
        state: name !== 'screen' ? 'queued' : options.isOnline(notice.account) ? 'delivered' : 'sent',
        at: clock.now(),
        reason: null,
      })
      .execute()
    // It stands on the person's screen from this commit on.
    if (name === 'screen')
      return void (await journal.append(tx, noticeFact('notice-sent', notice, { channel: name }), SYSTEM))
    const channel = channels.find(one => one.name === name)
    if (channel === undefined || channel.unusable !== undefined) {
      await settle(tx, notice, name, { state: 'failed', reason: channel?.unusable ?? 'not set up' })
      return
    }
    await owe(tx, notice, channel, from)
    if (notice.urgency === 'routine') return
    await outbox.add(tx, {
      lane: 'notice-fallback',
      kind: 'notice-fallback',
      key: `fallback:${name}:${notice.id}`,
      body: { notice: notice.id, channel: name },
      dueAt: from + FALLBACK_MS,
      priority: PRIORITY[notice.urgency],
      site: notice.member_of,
    })
  }

  return {
    owe,
    place: async (tx, fresh, asked) => {
      const notice: NoticeRow = {
        ...fresh,
        id: ids.next('ntc'),
        at: clock.now(),
        read_at: null,
        over_at: null,
      }
      const person = await reach.of(notice.account)
      await tx.sql<NotificationTables>().insertInto('notices').values(notice).execute()
      // Somebody whose account has just ended: the letter's own turn says so.
      const names =
        person === undefined
          ? asked.filter(one => one === 'screen' || one === 'email')
          : channelsFor(asked, notice.urgency, person, channels)
      const from = mayGoAt(clock.now(), notice.urgency, person?.quiet)
      for (const name of names) await addChannel(tx, notice, name, from)
    },
    fallBack: async (tx, notice) => {
      const person = await reach.of(notice.account)
      if (person === undefined) return false
      const tried = await tx
        .sql<NotificationTables>()
        .selectFrom('notice_channels')
        .select('channel')
        .where('notice', '=', notice.id)
        .execute()
      const next = nextChannel(
        tried.map(({ channel }) => channel),
        notice.urgency,
        person,
        channels,
      )
      if (next === undefined) return false
      await addChannel(tx, notice, next.name, mayGoAt(clock.now(), notice.urgency, person.quiet))
      return true
    },
  }
}
