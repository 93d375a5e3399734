import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepareRows } from '../database-prepared.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Channel } from './channels/channel.js'
import { channelsFor, mayGoAt, nextChannel } from './channels/rules.js'
import type { Settle } from './handing.js'
import { noticeFact, SYSTEM } from './notice.js'
import type { Reaching } from './reach.js'
import type { Rest } from './resting.js'
import type { ChannelName, NoticeRow, NotificationTables } from './schema.js'

const PRIORITY = { emergency: priorities.emergency, urgent: priorities.urgent, routine: priorities.normal }
/** A letter or a push that nobody has taken by then is not waited for: another channel is tried beside it. */
export const FALLBACK_MS = 45_000
/** Of what can wait so many are told in one transaction: a thousand would keep everybody else waiting for a third of a second. */
const LOT = 8

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

/** People who are told the same, each as a member of a site. */
export interface Alike {
  notice: Omit<NewNotice, 'account' | 'member_of'>
  asked: readonly ChannelName[]
  people: readonly { account: string; site: string }[]
}

export interface Placing {
  /** Owes one person one notice: its row, its channels, their jobs. */
  place(tx: Tx, notice: NewNotice, asked: readonly ChannelName[]): Promise<void>
  /** The same for many, for a fraction of what it costs one after the other. */
  placeAll(tx: Tx, all: readonly { notice: NewNotice; asked: readonly ChannelName[] }[]): Promise<void>
  /**
   * Tells people the same. Of a crowd that is told of what can wait the first are told in this transaction, and the others
   * lot by lot: each is owed by this commit, and tells nobody where its alert has ended before its turn.
   */
  placeAlike(tx: Tx, alike: Alike): Promise<void>
  /** Puts it into the channel's lane, at once or at the end of the person's quiet hours. Gives the job's id. */
  owe(tx: Tx, notice: NoticeRow, channel: Channel, from?: number): Promise<string>
  /** Tries the person's next channel; false where there is none left. */
  fallBack(tx: Tx, notice: NoticeRow): Promise<boolean>
}

const insertNotices = prepareRows(
  [
    ...(['id', 'fact', 'account', 'member_of', 'kind', 'urgency', 'site', 'reference'] as const),
    ...(['request', 'report', 'version', 'transfer', 'import', 'alert', 'rung'] as const),
    ...(['at', 'read_at', 'over_at'] as const),
  ],
  (sql: Kysely<NotificationTables>, rows: NoticeRow[]) => sql.insertInto('notices').values(rows),
)
const insertChannels = prepareRows(
  ['notice', 'channel', 'state', 'at', 'reason'],
  (sql: Kysely<NotificationTables>, rows: NotificationTables['notice_channels'][]) =>
    sql.insertInto('notice_channels').values(rows),
)

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
  rest: Rest
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

  async function addChannel(tx: Tx, notice: NoticeRow, name: Channel['name'], from: number): Promise<void> {
    await insertChannels(tx.sql<NotificationTables>(), [
      { notice: notice.id, channel: name, state: 'queued', at: clock.now(), reason: null },
    ])
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

  const placeAll: Placing['placeAll'] = async (tx, all) => {
    const sql = tx.sql<NotificationTables>()
    const at = clock.now()
    const placed: { notice: NoticeRow; names: ChannelName[]; from: number }[] = []
    for (const { notice: fresh, asked } of all) {
      const notice: NoticeRow = { ...fresh, id: ids.next('ntc'), at, read_at: null, over_at: null }
      const person = await reach.of(notice.account)
      // Somebody whose account has just ended: the letter's own turn says so.
      const names =
        person === undefined
          ? asked.filter(one => one === 'screen' || one === 'email')
          : channelsFor(asked, notice.urgency, person, channels)
      placed.push({ notice, names, from: mayGoAt(at, notice.urgency, person?.quiet) })
    }
    await insertNotices(
      sql,
      placed.map(({ notice }) => notice),
    )
    // They stand on these people's screens from this commit on.
    const shown = placed.filter(({ names }) => names.includes('screen')).map(({ notice }) => notice)
    await insertChannels(
      sql,
      shown.map(({ id, account }) => ({
        notice: id,
        channel: 'screen',
        state: options.isOnline(account) ? 'delivered' : 'sent',
        at,
        reason: null,
      })),
    )
    const facts = shown.map(notice => noticeFact('notice-sent', notice, { channel: 'screen' }))
    if (facts.length > 0)
      await journal.appendMany(
        tx,
        facts.map(fact => ({ fact, origin: SYSTEM })),
      )
    for (const { notice, names, from } of placed)
      for (const name of names) if (name !== 'screen') await addChannel(tx, notice, name, from)
  }

  const eachOf = ({ notice, asked, people }: Alike) =>
    people.map(({ account, site }) => ({ notice: { ...notice, account, member_of: site }, asked }))

  const placeAlike: Placing['placeAlike'] = async (tx, alike) => {
    const { notice, people } = alike
    const now = notice.urgency === 'routine' ? LOT : people.length
    await placeAll(tx, eachOf({ ...alike, people: people.slice(0, now) }))
    for (let from = now; from < people.length; from += LOT) {
      const lot = people.slice(from, from + LOT)
      const [{ account, site }] = lot as [(typeof lot)[number]]
      await outbox.add(tx, {
        lane: 'notice-lot',
        kind: 'notice-lot',
        key: `lot:${notice.fact}:${notice.kind}:${account}`,
        body: {
          notice: { ...notice },
          asked: [...alike.asked],
          people: lot.map(person => ({ ...person })),
        },
        priority: PRIORITY[notice.urgency],
        site,
      })
    }
  }

  outbox.handle('notice-lot', {
    run: async job => {
      if (!(await options.rest(job))) return { result: 'later', dueAt: clock.now() }
      const lot = job.body as unknown as Alike
      return {
        result: 'done',
        settle: async tx => {
          const { alert } = lot.notice
          const ladder =
            alert === null
              ? undefined
              : await tx
                  .sql<NotificationTables>()
                  .selectFrom('alerts')
                  .select('state')
                  .where('id', '=', alert)
                  .executeTakeFirst()
          // Somebody took it before these people's turn came: nobody is told for nothing.
          if (ladder === undefined || ladder.state === 'open') await placeAll(tx, eachOf(lot))
        },
      }
    },
  })

  return {
    owe,
    placeAlike,
    place: (tx, notice, asked) => placeAll(tx, [{ notice, asked }]),
    placeAll,
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
