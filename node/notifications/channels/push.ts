import type { Kysely } from 'kysely'
import webpush from 'web-push'
import type { AddressGuard } from '../../address-guard.js'
import type { Clock } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { prepare } from '../../database-prepared.js'
import { fail, reasonOf, refuse } from '../../errors.js'
import type { Ids } from '../../ids.js'
import type { Settings } from '../../settings.js'
import { postTo } from '../../web-call.js'
import { pushWords } from '../letters.js'
import type { NotificationTables, PushDeviceRow } from '../schema.js'
import type { Channel, Message } from './channel.js'
import type { PushKeys } from './push-keys.js'
import { outcomeOfStatus } from './telephone.js'

export const NO_PUSH = 'no contact for push services is configured'

/** What a browser says when it subscribes (Push API, `PushSubscription.toJSON()`). */
export interface Subscription {
  endpoint: string
  keys: { p256dh: string; auth: string }
  /** The address the push service gave this browser before. */
  replaces?: string | undefined
}

export interface Devices {
  of(account: string): Promise<PushDeviceRow[]>
  count(account: string): Promise<number>
  /** The same browser twice is one device; another person's on the same browser takes its place. */
  add(tx: Tx, account: string, subscription: Subscription, name: string): Promise<string>
  /** Throws `missing` where it is not theirs. */
  remove(tx: Tx, account: string, id: string): Promise<void>
}

/** Seconds a push service keeps a message for a browser that is off: an emergency that old rings elsewhere by then. */
const TTL_S = { emergency: 600, urgent: 3600, routine: 86_400 }

type Tables = NotificationTables

const counted = prepare({ account: '' }, (sql: Kysely<Tables>, { account }) =>
  sql
    .selectFrom('push_devices')
    .where('ended_at', 'is', null)
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account),
)

export function openDevices(options: {
  db: Database
  clock: Clock
  ids: Ids
  config: Pick<Settings, 'push'>
}): Devices {
  const { db, clock, ids } = options
  const { hosts, devicesMax } = options.config.push
  const live = (sql: Pick<Tx, 'sql'>) =>
    sql.sql<Tables>().selectFrom('push_devices').where('ended_at', 'is', null)

  return {
    of: account => live(db).selectAll().where('account', '=', account).orderBy('made_at').execute(),
    count: async account => Number((await counted(db.sql<Tables>(), { account }))[0]?.count ?? 0),
    add: async (tx, account, { endpoint, keys, replaces }, name) => {
      if (!isServed(endpoint, hosts))
        refuse(
          'invalid',
          {
            fr: 'Ce nœud n’appelle pas le service push de ce navigateur (push.hosts).',
            en: 'This browser’s push service is not one this node calls (push.hosts).',
          },
          'endpoint',
        )
      const sql = tx.sql<Tables>()
      if (replaces !== undefined && replaces !== endpoint)
        await sql
          .updateTable('push_devices')
          .set({ ended_at: clock.now() })
          .where('endpoint', '=', replaces)
          .where('account', '=', account)
          .where('ended_at', 'is', null)
          .execute()
      const same = await live(tx).selectAll().where('endpoint', '=', endpoint).executeTakeFirst()
      if (same?.account === account) {
        await sql
          .updateTable('push_devices')
          .set({ ...keys, name })
          .where('id', '=', same.id)
          .execute()
        return same.id
      }
      if (same !== undefined)
        await sql
          .updateTable('push_devices')
          .set({ ended_at: clock.now() })
          .where('id', '=', same.id)
          .execute()
      const others = await live(tx).select('id').where('account', '=', account).execute()
      if (others.length >= devicesMax)
        fail('conflict', {
          fr: `On réveille au plus ${devicesMax} navigateurs d’une même personne. Retirez-en un d’abord.`,
          en: `At most ${devicesMax} browsers of one person can be woken. Remove one first.`,
        })
      const id = ids.next('dev')
      await sql
        .insertInto('push_devices')
        .values({ id, account, endpoint, ...keys, name, made_at: clock.now(), used_at: null, ended_at: null })
        .execute()
      return id
    },
    remove: async (tx, account, id) => {
      const gone = await tx
        .sql<Tables>()
        .updateTable('push_devices')
        .set({ ended_at: clock.now() })
        .where('id', '=', id)
        .where('account', '=', account)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      if (gone.numUpdatedRows === 0n) fail('missing', 'There is no such browser.')
    },
  }
}

/** Whether an endpoint is one of the push services that may be called. */
export function isServed(endpoint: string, hosts: readonly string[]): boolean {
  if (endpoint.length > 2000 || !URL.canParse(endpoint)) return false
  const { protocol, hostname, username } = new URL(endpoint)
  return (
    protocol === 'https:' &&
    username === '' &&
    hosts.some(host => hostname === host || hostname.endsWith(`.${host}`))
  )
}

/** Wakes the person's browsers (RFC 8030), each message encrypted for its browser alone (RFC 8291). */
export function openPush(options: {
  db: Database
  clock: Clock
  config: Pick<Settings, 'push'>
  devices: Devices
  keys: PushKeys
  guard: Pick<AddressGuard, 'calling'>
  /** PEM of who signed the push service's certificate: tests only. */
  ca?: string
}): Channel {
  const { db, clock, devices, keys, guard, ca } = options
  const { contact, timeoutMs } = options.config.push

  async function wake(device: PushDeviceRow, message: Message, signal: AbortSignal) {
    const { notice } = message
    const payload = JSON.stringify({
      id: notice.id,
      device: device.id,
      proof: keys.proofFor(notice.id, device.id),
      urgency: notice.urgency,
      ...(notice.urgency === 'emergency' || (notice.urgency === 'urgent' && message.reach.urgentRings)
        ? { rings: true }
        : {}),
      path: message.link,
      // A page that shows the act is as good as the way to it.
      ...(notice.request === null ? {} : { act: `/requests/${notice.request}` }),
      ...pushWords({ ...notice, siteName: message.siteName, language: message.reach.language }),
    })
    const details = webpush.generateRequestDetails(
      { endpoint: device.endpoint, keys: { p256dh: device.p256dh, auth: device.auth } },
      payload,
      {
        vapidDetails: { subject: contact ?? '', publicKey: keys.publicKey, privateKey: keys.privateKey },
        TTL: TTL_S[notice.urgency],
        urgency: notice.urgency === 'routine' ? 'normal' : 'high',
        contentEncoding: 'aes128gcm',
      },
    )
    const headers = Object.fromEntries(
      Object.entries(details.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    )
    return postTo({
      url: new URL(details.endpoint),
      headers,
      body: details.body ?? Buffer.alloc(0),
      timeoutMs,
      signal,
      guard,
      ca,
    })
  }

  return {
    name: 'push',
    lane: 'push',
    unusable: contact === null ? NO_PUSH : undefined,
    bringsLink: false,
    silent: true,
    reaches: reach => reach.devices > 0,
    hand: async (message, signal) => {
      const all = await devices.of(message.reach.account)
      const gone: string[] = []
      const taken: string[] = []
      let trouble: { reason: string; again: boolean } | undefined
      for (const device of all) {
        try {
          const { status, text } = await wake(device, message, signal)
          const outcome = outcomeOfStatus(status, text)
          if (outcome.result === 'done') taken.push(device.id)
          // RFC 8030 §7.3: the subscription has ended.
          else if (status === 404 || status === 410) gone.push(device.id)
          else trouble = { reason: outcome.reason, again: outcome.result !== 'permanent' }
        } catch (thrown) {
          trouble = { reason: reasonOf(thrown).slice(0, 300), again: true }
        }
      }
      const keep = async (tx: Tx) => {
        const sql = tx.sql<Tables>()
        for (const id of gone)
          await sql.updateTable('push_devices').set({ ended_at: clock.now() }).where('id', '=', id).execute()
        for (const id of taken)
          await sql.updateTable('push_devices').set({ used_at: clock.now() }).where('id', '=', id).execute()
      }
      if (taken.length > 0) return { result: 'done', keep }
      if (gone.length > 0) await db.write(keep)
      if (trouble?.again === true) return { result: 'transient', reason: trouble.reason, serverGone: false }
      return {
        result: 'permanent',
        reason: trouble?.reason ?? 'no browser of this person can be woken any more',
        serverGone: false,
      }
    },
    // A push service has no call that does nothing; the last messages say how it is.
    check: async () => (contact === null ? { well: false, reason: NO_PUSH } : { well: true }),
  }
}
