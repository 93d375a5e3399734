import type { Accounts } from '../accounts/accounts.js'
import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Origin } from '../journal/facts.js'
import { type Channel, NOT_SET_UP } from './channels/channel.js'
import type { Devices, Subscription } from './channels/push.js'
import type { PushKeys } from './channels/push-keys.js'
import type { Settle } from './handing.js'
import { noticeFact } from './notice.js'
import type { NotificationsDeps } from './notifications.js'
import { OF_NO_ACT, type Placing } from './placing.js'
import type { Reaching, Wishes } from './reach.js'
import type { NotificationTables } from './schema.js'
import type { ChannelName, ReachView } from './view.js'

/** How a person is reached, said and tried by themselves. */
export interface Trials {
  view(who: Acting): Promise<ReachView>
  wish(
    who: Acting,
    wishes: Wishes & { telephone?: string | null | undefined },
    origin: Origin,
  ): Promise<ReachView>
  addDevice(who: Acting, device: Subscription & { name: string }, origin: Origin): Promise<string>
  removeDevice(who: Acting, id: string, origin: Origin): Promise<void>
  /** Rings one channel of the person's own. Throws `conflict` where it cannot be rung, `too-many` when just tried. */
  ring(who: Acting, channel: ChannelName): Promise<ReachView>
  /** Rings every channel that makes a noise and reaches the person. */
  ringAll(who: Acting): Promise<void>
  heard(who: Acting, notice: string, origin: Origin): Promise<ReachView>
  /** A browser says that its message came. What does not prove it changes nothing, and is told nothing. */
  received(message: { notice: string; device: string; proof: string }): Promise<void>
  /** The last trial of each channel that was heard, by account: what a contract and a duty roster look at. */
  lastHeard(account: string): Promise<ReadonlyMap<ChannelName, number>>
}

const AGAIN_MS = 10_000
const TRIALS_SHOWN = 20

export function openTrials(deps: {
  notifications: Pick<NotificationsDeps, 'db' | 'clock' | 'journal'>
  accounts: Pick<Accounts, 'setPhone'>
  channels: readonly Channel[]
  devices: Devices
  keys: PushKeys
  reach: Reaching
  placing: Placing
  settle: Settle
}): Trials {
  const { channels, devices, keys, reach, placing, settle } = deps
  const { db, clock, journal } = deps.notifications
  const reading = () => db.sql<NotificationTables>()

  const trialsOf = (account: string) =>
    reading()
      .selectFrom('notices')
      .innerJoin('notice_channels', 'notice_channels.notice', 'notices.id')
      .select(['id', 'notices.at', 'channel', 'state', 'reason', 'read_at'])
      .where('account', '=', account)
      .where('kind', '=', 'alarm-test')
      .orderBy('notices.at', 'desc')
      .limit(TRIALS_SHOWN)
      .execute()

  async function view(who: Acting): Promise<ReachView> {
    const { id } = who.account
    const person = (await reach.of(id)) ?? fail('missing', 'There is no such account.')
    const tests = await trialsOf(id)
    const last = tests.filter((trial, n) => tests.findIndex(({ channel }) => channel === trial.channel) === n)
    const usable = channels.filter(({ unusable }) => unusable === undefined).map(({ name }) => name)
    return {
      email: person.email,
      ...(person.telephone === undefined ? {} : { telephone: person.telephone }),
      routineLetters: person.routineLetters,
      urgentRings: person.urgentRings,
      ...(person.quiet === undefined ? {} : { quiet: person.quiet }),
      devices: (await devices.of(id)).map(({ id, name, made_at, used_at }) => ({
        id,
        name,
        since: isoAt(made_at),
        ...(used_at === null ? {} : { lastUse: isoAt(used_at) }),
      })),
      channels: ['screen', ...usable],
      ...(usable.includes('push') ? { pushKey: keys.publicKey } : {}),
      tests: last.map(({ id, at, channel, state, reason, read_at }) => ({
        notice: id,
        channel,
        at: isoAt(at),
        state,
        ...(read_at === null ? {} : { heardAt: isoAt(read_at) }),
        ...(reason === null ? {} : { reason }),
      })),
    }
  }

  async function rangJustNow(who: Acting, channel: ChannelName): Promise<boolean> {
    const last = (await trialsOf(who.account.id)).find(trial => trial.channel === channel)
    return last !== undefined && clock.now() - last.at < AGAIN_MS
  }

  async function place(who: Acting, channel: ChannelName): Promise<void> {
    await db.write(async tx => {
      const seq = await journal.append(
        tx,
        {
          type: 'alarm-tried',
          site: who.membership.site,
          ids: { account: who.account.id },
          body: { channel },
        },
        { by: 'system', part: 'notifications' },
      )
      await placing.place(
        tx,
        {
          fact: seq,
          account: who.account.id,
          member_of: who.membership.site,
          kind: 'alarm-test',
          urgency: 'emergency',
          site: who.membership.site,
          ...OF_NO_ACT,
        },
        [channel],
      )
    })
  }

  return {
    view,
    wish: async (who, { telephone, ...wishes }, origin) => {
      await db.write(async tx => {
        if (telephone !== undefined && telephone !== (who.account.phone ?? null))
          await deps.accounts.setPhone(tx, who, telephone, origin)
        await reach.wish(tx, who.account.id, wishes)
        await journal.append(
          tx,
          {
            type: 'reach-changed',
            site: who.membership.site,
            ids: { account: who.account.id },
            body: {
              routineLetters: wishes.routineLetters,
              urgentRings: wishes.urgentRings,
              ...(wishes.quiet === undefined ? {} : { quiet: { ...wishes.quiet } }),
            },
          },
          origin,
        )
      })
      return view(who)
    },
    addDevice: (who, { endpoint, keys: subscribed, name, replaces }, origin) =>
      db.write(async tx => {
        const id = await devices.add(tx, who.account.id, { endpoint, keys: subscribed, replaces }, name)
        await journal.append(
          tx,
          {
            type: 'reach-changed',
            site: who.membership.site,
            ids: { account: who.account.id, device: id },
            body: { device: 'added' },
          },
          origin,
        )
        return id
      }),
    removeDevice: (who, id, origin) =>
      db.write(async tx => {
        await devices.remove(tx, who.account.id, id)
        await journal.append(
          tx,
          {
            type: 'reach-changed',
            site: who.membership.site,
            ids: { account: who.account.id, device: id },
            body: { device: 'removed' },
          },
          origin,
        )
      }),
    ringAll: async who => {
      const person = (await reach.of(who.account.id)) ?? fail('missing', 'There is no such account.')
      const loud = channels.filter(
        far => far.name !== 'email' && far.unusable === undefined && far.reaches(person),
      )
      for (const channel of new Set<ChannelName>(['screen', ...loud.map(({ name }) => name)]))
        if (!(await rangJustNow(who, channel))) await place(who, channel)
    },
    ring: async (who, channel) => {
      const person = (await reach.of(who.account.id)) ?? fail('missing', 'There is no such account.')
      const far = channels.find(({ name }) => name === channel)
      if (channel !== 'screen') {
        if (far === undefined || far.unusable !== undefined) fail('conflict', NOT_SET_UP)
        if (!far.reaches(person))
          fail('conflict', {
            fr: 'Vous n’avez pas dit comment vous joindre par cette voie.',
            en: 'You have not said how you are reached by this channel.',
          })
      }
      if (await rangJustNow(who, channel))
        fail('too-many', { fr: 'Cela sonne déjà.', en: 'It is ringing already.' })
      await place(who, channel)
      return view(who)
    },
    heard: async (who, id, origin) => {
      await db.write(async tx => {
        const sql = tx.sql<NotificationTables>()
        const notice = await sql
          .selectFrom('notices')
          .selectAll()
          .where('id', '=', id)
          .where('account', '=', who.account.id)
          .where('kind', '=', 'alarm-test')
          .executeTakeFirst()
        if (notice === undefined) fail('missing', 'There is no such trial.')
        if (notice.read_at !== null) return
        await sql.updateTable('notices').set({ read_at: clock.now() }).where('id', '=', id).execute()
        const [channel] = await sql
          .selectFrom('notice_channels')
          .select('channel')
          .where('notice', '=', id)
          .execute()
        await sql
          .updateTable('notice_channels')
          .set({ state: 'acknowledged', at: clock.now(), reason: null })
          .where('notice', '=', id)
          .execute()
        await journal.append(
          tx,
          noticeFact('notice-opened', notice, { channel: channel?.channel ?? 'screen' }),
          origin,
        )
      })
      return view(who)
    },
    received: async ({ notice: id, device, proof }) => {
      if (!keys.proves(proof, id, device)) return
      await db.write(async tx => {
        const notice = await tx
          .sql<NotificationTables>()
          .selectFrom('notices')
          .innerJoin('notice_channels', 'notice_channels.notice', 'notices.id')
          .selectAll('notices')
          .where('id', '=', id)
          .where('channel', '=', 'push')
          .where('state', 'in', ['queued', 'sent'])
          .executeTakeFirst()
        if (notice !== undefined) await settle(tx, notice, 'push', { state: 'delivered' })
      })
    },
    lastHeard: async account => {
      const heard = new Map<ChannelName, number>()
      for (const { channel, read_at } of await trialsOf(account))
        if (read_at !== null && !heard.has(channel)) heard.set(channel, read_at)
      return heard
    },
  }
}
