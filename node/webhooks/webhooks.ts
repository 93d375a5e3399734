import { allows, demand } from '../accounts/permissions.js'
import { ADDRESS_FORBIDDEN, type AddressGuard } from '../address-guard.js'
import { isDisguised, isForbidden } from '../addresses.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail, refuse } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Origin, StoredFact } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { ChannelHealthView } from '../notifications/view.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Requests } from '../requests/requests.js'
import type { ListView } from '../requests/view.js'
import type { Settings } from '../settings.js'
import { deliveryHandler } from './deliveries.js'
import type { WebhookFactType } from './facts.js'
import { concerns, messageOf, WEBHOOK_KINDS } from './rules.js'
import type { WebhookRow, WebhookTables } from './schema.js'
import type {
  WebhookDeliveryView,
  WebhookForm,
  WebhookKind,
  WebhookMessage,
  WebhookSecretView,
  WebhookView,
} from './view.js'
import { openWebhookKey } from './webhook-key.js'

export interface WebhooksDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  requests: Pick<Requests, 'known' | 'nameOf'>
  config: Pick<Settings, 'webhooks' | 'node' | 'outgoing' | 'peers'>
  publicUrl(): string
  webGuard(purpose: 'webhook'): Pick<AddressGuard, 'calling' | 'resolve'>
  keysFolder: string
  /** PEM of who signed the receivers' certificates: tests. */
  webCa?: string
}

export interface Webhooks {
  follower: Follower
  list(who: Acting): Promise<ListView<WebhookView>>
  make(
    who: Acting,
    form: Omit<WebhookForm, 'active'> & { site?: string | undefined },
    origin: Origin,
  ): Promise<WebhookSecretView>
  change(who: Acting, id: string, form: WebhookForm, origin: Origin): Promise<WebhookView>
  /** A new secret; the one before is used beside it for a while. */
  rotate(who: Acting, id: string, origin: Origin): Promise<WebhookSecretView>
  end(who: Acting, id: string, origin: Origin): Promise<void>
  test(who: Acting, id: string, origin: Origin): Promise<void>
  /** The last ones, the newest first. */
  deliveries(who: Acting, id: string): Promise<ListView<WebhookDeliveryView>>
  /** Of all sites together: for those who run the node. */
  standing(): Promise<ChannelHealthView>
}

const HOUR_MS = 3_600_000
/** A receiver that took nothing for so long is not there. */
const LATE_MS = 5 * 60_000
const SHOWN = 50
const PRIORITY: Readonly<Record<string, number>> = {
  emergency: priorities.emergency,
  urgent: priorities.urgent,
}

export const laneOf = (webhook: string) => `webhook:${webhook}`

/** Programs of a site are told of facts that concern it. */
export function openWebhooks(deps: WebhooksDeps): Webhooks {
  const { db, clock, ids, journal, outbox, requests, config } = deps
  const limits = config.webhooks
  const guard = deps.webGuard('webhook')
  const secretOf = openWebhookKey(deps.keysFolder)
  const reading = () => db.sql<WebhookTables>()
  outbox.handle(
    'webhook',
    deliveryHandler({ ...deps, secretOf, limits, guard, userAgent: 'Relais', ca: deps.webCa }),
  )

  async function own(who: Acting, id: string, action: 'webhook.see' | 'webhook.change') {
    const row = await reading().selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) fail('missing', 'There is no such thing.')
    demand(who, action, { site: row.site })
    return row
  }

  /** An address a person gave: https, unless private networks are called on purpose; nothing that is nobody's. */
  async function demandAddress(text: string): Promise<void> {
    const wrong = (fr: string, en: string): never => refuse('invalid', { fr, en }, 'url')
    if (!URL.canParse(text)) wrong('Ce n’est pas une adresse.', 'This is no address.')
    const url = new URL(text)
    const plain = config.outgoing.privateAddresses.includes('webhook') || config.peers.allowLoopback
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && plain))
      wrong('Un webhook est une adresse https.', 'A webhook is an https address.')
    if (url.username !== '' || url.password !== '')
      wrong('Une adresse ne contient ni nom ni mot de passe.', 'An address holds no user and no password.')
    if (url.hash !== '')
      wrong('Une adresse ne contient pas de fragment (#).', 'An address holds no fragment.')
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // The parser of addresses has undone the disguise: what a person wrote says it.
    const written = /^[a-z]+:\/\/([^/?#:]*)/i.exec(text)?.[1] ?? ''
    if (isForbidden(host) || isDisguised(written))
      wrong('Cette adresse n’est jamais appelée.', 'This address is never called.')
    try {
      await guard.resolve(host, Number(url.port || (url.protocol === 'https:' ? 443 : 80)))
    } catch (thrown) {
      // A name that is not known yet may be so tomorrow; where it leads is looked at again at each call.
      if (thrown instanceof Failure && thrown.code === 'unavailable') return
      if (thrown instanceof Failure || (thrown as { code?: unknown }).code === ADDRESS_FORBIDDEN)
        wrong(
          'Cette adresse ne peut pas être appelée d’ici (outgoing.privateAddresses).',
          'This address may not be called from here (outgoing.privateAddresses).',
        )
      throw thrown
    }
  }

  const note = (
    tx: Tx,
    type: WebhookFactType,
    { id, site }: Pick<WebhookRow, 'id' | 'site'>,
    body: Record<string, string | number | boolean | string[]>,
    origin: Origin,
  ) => journal.append(tx, { type, site, ids: { webhook: id }, body }, origin)

  async function viewsOf(rows: readonly WebhookRow[]): Promise<WebhookView[]> {
    const nameOf = await requests.nameOf()
    const views: WebhookView[] = []
    for (const row of rows) {
      const deliveries = reading().selectFrom('webhook_deliveries').where('webhook', '=', row.id)
      const { waiting } = await deliveries
        .select(eb => eb.fn.countAll<number>().as('waiting'))
        .where('state', '=', 'waiting')
        .executeTakeFirstOrThrow()
      const taken = await deliveries
        .select('settled_at')
        .where('state', '=', 'taken')
        .orderBy('settled_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      const failed = await deliveries
        .select(['tried_at', 'reason'])
        .where('reason', 'is not', null)
        .where('tried_at', 'is not', null)
        .orderBy('tried_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      views.push({
        id: row.id,
        site: row.site,
        siteName: nameOf(row.site),
        name: row.name,
        url: row.url,
        kinds: JSON.parse(row.kinds) as WebhookKind[],
        state: row.ended_at !== null ? 'ended' : row.active === 1 ? 'active' : 'paused',
        ...(row.ended_why === 'gone' ? { gone: true as const } : {}),
        since: isoAt(row.made_at),
        ...(row.previous_until !== null && row.previous_until > clock.now()
          ? { previousUntil: isoAt(row.previous_until) }
          : {}),
        ...(taken?.settled_at == null ? {} : { lastSuccessAt: isoAt(taken.settled_at) }),
        ...(failed?.tried_at == null
          ? {}
          : { lastFailure: { at: isoAt(failed.tried_at), reason: failed.reason ?? '' } }),
        waiting,
      })
    }
    return views
  }

  const view = async (id: string) =>
    (await viewsOf(await reading().selectFrom('webhooks').selectAll().where('id', '=', id).execute()))[0] ??
    fail('missing', 'There is no such thing.')

  async function owe(
    tx: Tx,
    webhook: Pick<WebhookRow, 'id' | 'site'>,
    key: string,
    message: WebhookMessage,
  ): Promise<void> {
    await tx
      .sql<WebhookTables>()
      .insertInto('webhook_deliveries')
      .values({
        id: message.id,
        webhook: webhook.id,
        kind: message.kind,
        body: JSON.stringify(message),
        at: clock.now(),
        state: 'waiting',
        attempts: 0,
        status: null,
        reason: null,
        tried_at: null,
        settled_at: null,
      })
      .execute()
    await outbox.add(tx, {
      lane: laneOf(webhook.id),
      kind: 'webhook',
      key: `webhook:${webhook.id}:${key}`,
      body: { delivery: message.id },
      priority: PRIORITY[message.urgency ?? ''] ?? priorities.normal,
      site: webhook.site,
    })
  }

  async function follow(fact: StoredFact, tx: Tx): Promise<void> {
    const wanting = (
      await tx
        .sql<WebhookTables>()
        .selectFrom('webhooks')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('active', '=', 1)
        .execute()
    ).filter(({ kinds }) => (JSON.parse(kinds) as string[]).includes(fact.type))
    if (wanting.length === 0) return
    const { request } = fact.ids
    const known = request === undefined ? undefined : await requests.known(request)
    for (const webhook of wanting)
      if (concerns(fact, webhook.site, known?.standing))
        await owe(
          tx,
          webhook,
          String(fact.seq),
          messageOf(fact, {
            id: ids.next('dlv'),
            at: isoAt(fact.at),
            publicUrl: deps.publicUrl(),
            ...(known === undefined
              ? {}
              : { reference: known.record.reference, urgency: known.record.urgency }),
          }),
        )
  }

  return {
    follower: { name: 'webhooks', types: WEBHOOK_KINDS, handle: follow },
    list: async who => {
      const rows = await reading().selectFrom('webhooks').selectAll().orderBy('made_at', 'desc').execute()
      return { items: await viewsOf(rows.filter(({ site }) => allows(who, 'webhook.see', { site }))) }
    },
    make: async (who, { name, url, kinds, site = who.membership.site }, origin) => {
      demand(who, 'webhook.change', { site })
      await demandAddress(url)
      const row: WebhookRow = {
        id: ids.next('whk'),
        site,
        name,
        url,
        kinds: JSON.stringify(kinds),
        active: 1,
        version: 1,
        previous_until: null,
        made_at: clock.now(),
        ended_at: null,
        ended_why: null,
      }
      await db.write(async tx => {
        const { count } = await tx
          .sql<WebhookTables>()
          .selectFrom('webhooks')
          .select(eb => eb.fn.countAll<number>().as('count'))
          .where('site', '=', site)
          .where('ended_at', 'is', null)
          .executeTakeFirstOrThrow()
        if (count >= limits.perSiteMax)
          fail('conflict', {
            fr: `Un site a au plus ${limits.perSiteMax} webhooks : mettez fin à l’un d’eux d’abord.`,
            en: `A site has at most ${limits.perSiteMax} webhooks: end one of them first.`,
          })
        await tx.sql<WebhookTables>().insertInto('webhooks').values(row).execute()
        await note(tx, 'webhook-made', row, { name, url, kinds }, origin)
      })
      return { webhook: await view(row.id), secret: secretOf(row.id, 1) }
    },
    change: async (who, id, { name, url, kinds, active }, origin) => {
      const row = await own(who, id, 'webhook.change')
      if (row.ended_at !== null)
        fail('conflict', { fr: 'Ce webhook a pris fin.', en: 'This webhook has ended.' })
      if (url !== row.url) await demandAddress(url)
      await db.write(async tx => {
        await tx
          .sql<WebhookTables>()
          .updateTable('webhooks')
          .set({ name, url, kinds: JSON.stringify(kinds), active: active ? 1 : 0 })
          .where('id', '=', id)
          .execute()
        await note(tx, 'webhook-changed', row, { name, url, kinds, active }, origin)
      })
      return view(id)
    },
    rotate: async (who, id, origin) => {
      const row = await own(who, id, 'webhook.change')
      if (row.ended_at !== null)
        fail('conflict', { fr: 'Ce webhook a pris fin.', en: 'This webhook has ended.' })
      const version = await db.write(async tx => {
        const { version: next } = await tx
          .sql<WebhookTables>()
          .updateTable('webhooks')
          .set(eb => ({
            version: eb('version', '+', 1),
            previous_until: clock.now() + limits.overlapHours * HOUR_MS,
          }))
          .where('id', '=', id)
          .returning('version')
          .executeTakeFirstOrThrow()
        await note(tx, 'webhook-rotated', row, { version: next }, origin)
        return next
      })
      return { webhook: await view(id), secret: secretOf(id, version) }
    },
    end: async (who, id, origin) => {
      const row = await own(who, id, 'webhook.change')
      if (row.ended_at !== null) return
      await db.write(async tx => {
        await tx
          .sql<WebhookTables>()
          .updateTable('webhooks')
          .set({ ended_at: clock.now(), ended_why: 'asked', active: 0 })
          .where('id', '=', id)
          .execute()
        await note(tx, 'webhook-ended', row, { name: row.name, why: 'asked' }, origin)
      })
    },
    test: async (who, id, origin) => {
      const row = await own(who, id, 'webhook.change')
      if (row.ended_at !== null)
        fail('conflict', { fr: 'Ce webhook a pris fin.', en: 'This webhook has ended.' })
      await db.write(async tx => {
        const seq = await note(tx, 'webhook-tried', row, { name: row.name }, origin)
        await owe(tx, row, String(seq), {
          id: ids.next('dlv'),
          kind: 'test',
          at: isoAt(clock.now()),
          site: row.site,
          urgency: null,
          reference: null,
          request: null,
          link: `${deps.publicUrl()}/network/webhooks`,
        })
      })
      // A person waits for it: what is held back by earlier failures is tried with it.
      outbox.release(laneOf(id))
    },
    deliveries: async (who, id) => {
      await own(who, id, 'webhook.see')
      const rows = await reading()
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('webhook', '=', id)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(SHOWN)
        .execute()
      return {
        items: rows.map(row => ({
          id: row.id,
          kind: row.kind as WebhookDeliveryView['kind'],
          at: isoAt(row.at),
          state: row.state,
          attempts: row.attempts,
          ...(row.status === null ? {} : { status: row.status }),
          ...(row.reason === null ? {} : { reason: row.reason }),
          ...(row.settled_at === null ? {} : { settledAt: isoAt(row.settled_at) }),
        })),
      }
    },
    standing: async () => {
      const rows = await reading().selectFrom('webhooks').selectAll().where('ended_at', 'is', null).execute()
      const views = await viewsOf(rows)
      const { oldest } = await reading()
        .selectFrom('webhook_deliveries')
        .select(eb => eb.fn.min('at').as('oldest'))
        .where('state', '=', 'waiting')
        .executeTakeFirstOrThrow()
      const success = views
        .flatMap(({ lastSuccessAt = [] }) => lastSuccessAt)
        .sort()
        .at(-1)
      const failure = views
        .flatMap(({ lastFailure = [] }) => lastFailure)
        .sort((a, b) => a.at.localeCompare(b.at))
        .at(-1)
      const late = oldest != null && clock.now() - oldest > LATE_MS
      return {
        channel: 'webhooks',
        state: rows.length === 0 ? 'off' : late ? 'down' : 'well',
        ...(success === undefined ? {} : { lastSuccessAt: success }),
        ...(failure === undefined ? {} : { lastFailure: failure }),
        waiting: views.reduce((sum, { waiting }) => sum + waiting, 0),
        ...(oldest == null ? {} : { oldestAt: isoAt(oldest) }),
      }
    },
  }
}
