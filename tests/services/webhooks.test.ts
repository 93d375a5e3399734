import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createPlain } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { openAddressGuard } from '../../node/address-guard.js'
import type { Message } from '../../node/notifications/channels/channel.js'
import { openTelephone } from '../../node/notifications/channels/telephone.js'
import type { NoticeRow } from '../../node/notifications/schema.js'
import type { NoticeView } from '../../node/notifications/view.js'
import { openOutbox } from '../../node/outbox/outbox.js'
import type { JobRow } from '../../node/outbox/view.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import { settingsSchema } from '../../node/settings.js'
import { siteMigrations } from '../../node/sites/schema.js'
import { openSites } from '../../node/sites/sites.js'
import { type WebhookTables, webhookMigrations } from '../../node/webhooks/schema.js'
import type {
  WebhookDeliveryView,
  WebhookMessage,
  WebhookSecretView,
  WebhookView,
} from '../../node/webhooks/view.js'
import { openWebhooks } from '../../node/webhooks/webhooks.js'
import { FORM, openAct, PEOPLE } from '../support/act.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, SITES } from '../support/node.js'
import { OPERATOR, type Person, person } from '../support/people.js'

interface Got {
  headers: IncomingMessage['headers']
  body: string
}

/** A program of a site: what it is sent, and what it answers next; the last answer goes on. */
async function openReceiver(t: ExecutionContext, answers: ((response: ServerResponse) => void)[]) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      answer?.(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { got, port, url: `http://127.0.0.1:${port}/relais`, server }
}

const status = (code: number) => (response: ServerResponse) => {
  response.statusCode = code
  response.end('answer')
}

/** As the README tells a receiver to do it. */
function isSigned({ headers, body }: Got, secret: string): boolean {
  const parts = String(headers['relais-signature']).split(',')
  const at = parts.find(part => part.startsWith('t='))?.slice(2) ?? ''
  const wanted = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')
  return Math.abs(Date.now() / 1000 - Number(at)) < 300 && parts.includes(`v1=${wanted}`)
}

async function scene(t: ExecutionContext, env: Record<string, string> = {}) {
  const node = await openNode(t, {
    env: { ...OPERATOR, RELAIS_WEBHOOKS_TIMEOUT_MS: '1000', ...env },
    network: { sites: SITES, contracts: [CONTRACTS[0]] },
  })
  const [referrer, reader, keeper, stranger] = (await Promise.all(
    (['referrer', 'first', 'keeper', 'stranger'] as const).map(who => person(t, node, who)),
  )) as [Person, Person, Person, Person]
  const ask = async () => {
    const made = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], to: 'lecture' })
    t.is(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  const hook = async (url: string, kinds: string[]) => {
    const made = await keeper.post<WebhookSecretView>('/api/webhooks', { name: 'SIH', url, kinds })
    t.is(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  const deliveries = async (id: string) =>
    (await keeper.get<ListView<WebhookDeliveryView>>(`/api/webhooks/${id}/deliveries`)).body.items
  /** Nobody waits for the pauses between tries: what is held is let go. */
  const hurry = async (id: string) => {
    const due = node.services.clock.now()
    await node.services.db.write(tx =>
      tx
        .sql<{ outbox: { lane: string; due_at: number; state: string } }>()
        .updateTable('outbox')
        .set({ due_at: due })
        .where('lane', '=', `webhook:${id}`)
        .where('state', '=', 'waiting')
        .execute(),
    )
    node.services.outbox.release(`webhook:${id}`)
  }
  return { node, referrer, reader, keeper, stranger, ask, hook, deliveries, hurry }
}

test('a program of a site is told of what concerns the site, signed, and nothing of a patient', async t => {
  const { node, reader, stranger, ask, hook, deliveries } = await scene(t)
  const receiver = await openReceiver(t, [status(204)])
  const { webhook, secret } = await hook(receiver.url, ['request-offered', 'request-claimed'])
  t.like(webhook, { site: 'nord', state: 'active', waiting: 0 })
  const request = await ask()
  await reader.post(`/api/requests/${request.id}/claim`, {})
  await eventually('both facts came', () => receiver.got.length >= 2 || undefined)
  const messages = receiver.got.map(({ body }) => JSON.parse(body) as WebhookMessage)
  t.deepEqual(
    messages.map(({ kind }) => kind),
    ['request-offered', 'request-claimed'],
  )
  t.like(messages[0], {
    site: 'nord',
    urgency: FORM.urgency,
    reference: request.reference,
    request: request.id,
  })
  t.regex(messages[0]?.link ?? '', new RegExp(`/requests/${request.id}$`))
  t.deepEqual(Object.keys(messages[0] ?? {}).sort(), [
    'at',
    'id',
    'kind',
    'link',
    'reference',
    'request',
    'site',
    'urgency',
  ])
  for (const got of receiver.got) {
    t.true(isSigned(got, secret))
    t.false(isSigned({ ...got, body: got.body.replace('nord', 'sud') }, secret))
    t.false(isSigned(got, 'whsec_another'))
    t.is(got.headers['relais-delivery'], JSON.parse(got.body).id)
    for (const word of [FORM.patient.family, FORM.question, FORM.patient.birthDate])
      t.false(got.body.includes(word))
  }
  await eventually('both are taken', async () =>
    (await deliveries(webhook.id)).every(({ state }) => state === 'taken') ? true : undefined,
  )
  t.is((await stranger.get('/api/webhooks')).status, 403)
  const [made] = await node.services.journal.read({ types: ['webhook-made'] })
  t.false(JSON.stringify(made).includes(secret))
  t.is((await node.services.journal.read({ types: ['webhook-delivered'] })).length, 2)
})

test('a receiver that fails, is slow or drops the line gets the same delivery again until it takes it', async t => {
  const { ask, hook, keeper, deliveries, hurry } = await scene(t)
  const receiver = await openReceiver(t, [
    status(503),
    response => response.socket?.destroy(),
    response => void response.flushHeaders(),
    status(404),
    status(302),
    status(200),
  ])
  const { webhook, secret } = await hook(receiver.url, ['request-offered'])
  await ask()
  await eventually(
    'it is taken',
    async () => {
      await hurry(webhook.id)
      return (await deliveries(webhook.id)).find(({ state }) => state === 'taken')
    },
    60_000,
  )
  t.is(receiver.got.length, 6)
  t.is(new Set(receiver.got.map(({ headers }) => headers['relais-delivery'])).size, 1)
  t.is(new Set(receiver.got.map(({ body }) => body)).size, 1)
  t.true(receiver.got.every(got => isSigned(got, secret)))
  t.like((await deliveries(webhook.id))[0], { state: 'taken', status: 200, attempts: 6 })
  t.like((await keeper.get<ListView<WebhookView>>('/api/webhooks')).body.items[0], { waiting: 0 })
})

test('a receiver that says it is gone is not called again, and the site is told', async t => {
  const { ask, hook, keeper } = await scene(t)
  const receiver = await openReceiver(t, [status(410)])
  const { webhook } = await hook(receiver.url, ['request-offered'])
  await ask()
  await eventually('it has ended', async () =>
    (await keeper.get<ListView<WebhookView>>('/api/webhooks')).body.items.find(({ gone }) => gone),
  )
  await eventually('its keepers are told', async () =>
    (await keeper.get<ListView<NoticeView>>('/api/notices')).body.items.find(
      ({ kind }) => kind === 'webhook-stopped',
    ),
  )
  t.is((await keeper.post(`/api/webhooks/${webhook.id}/test`)).status, 409)
  await ask()
  t.is(receiver.got.length, 1)
})

test('a new secret signs beside the one before for a while, each is shown once, and a test is sent when asked', async t => {
  const { hook, keeper, deliveries } = await scene(t)
  const receiver = await openReceiver(t, [status(200)])
  const { webhook, secret } = await hook(receiver.url, ['report-signed'])
  const rotated = (await keeper.post<WebhookSecretView>(`/api/webhooks/${webhook.id}/rotate`)).body
  t.not(rotated.secret, secret)
  t.truthy(rotated.webhook.previousUntil)
  t.is((await keeper.post(`/api/webhooks/${webhook.id}/test`)).status, 204)
  const got = await eventually('the test came', () => receiver.got[0])
  t.true(isSigned(got, secret))
  t.true(isSigned(got, rotated.secret))
  t.is(JSON.parse(got.body).kind, 'test')
  t.false(JSON.stringify((await keeper.get('/api/webhooks')).body).includes('whsec_'))
  await eventually('it is taken', async () =>
    (await deliveries(webhook.id)).find(({ state }) => state === 'taken'),
  )
  t.is((await keeper.remove(`/api/webhooks/${webhook.id}`)).status, 204)
  t.is((await keeper.post(`/api/webhooks/${webhook.id}/test`)).status, 409)
})

test('an address that leads where it must not is refused when it is given, and never called', async t => {
  const { keeper, node } = await scene(t)
  const make = (url: string) => keeper.post('/api/webhooks', { name: 'x', url, kinds: ['report-signed'] })
  for (const url of [
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://10.0.0.7/',
    'http://192.168.1.1/',
    'http://100.100.100.200/',
    'http://[::ffff:169.254.169.254]/',
    node.addresses.http,
    `http://127.0.0.1:${node.addresses.dicom}/`,
    'ftp://example.org/',
    'file:///etc/passwd',
    'https://user:pass@example.org/',
    'https://example.org/#x',
    'nothing',
  ]) {
    const answer = await make(url)
    t.is(answer.status, 422, url)
    t.is(answer.body.fields?.[0]?.path, 'url', url)
  }
  t.deepEqual((await keeper.get<ListView<WebhookView>>('/api/webhooks')).body.items, [])
})

test('what nobody took for webhooks.giveUpHours waits for a person of the site, who sees why and sends it again', async t => {
  const { ask, hook, keeper, stranger, deliveries, hurry, node } = await scene(t, {
    RELAIS_WEBHOOKS_GIVE_UP_HOURS: '1',
  })
  let isDown = true
  const receiver = await openReceiver(t, [response => status(isDown ? 503 : 200)(response)])
  const { webhook, secret } = await hook(receiver.url, ['request-offered'])
  await ask()
  await eventually('it was tried', async () =>
    (await deliveries(webhook.id)).find(({ attempts, state }) => attempts > 0 && state === 'waiting'),
  )
  t.deepEqual((await keeper.get<ListView<JobRow>>('/api/outbox?state=parked')).body.items, [])
  // An hour has passed.
  await node.services.db.write(tx =>
    tx
      .sql<WebhookTables>()
      .updateTable('webhook_deliveries')
      .set(eb => ({ at: eb('at', '-', 3_600_001) }))
      .execute(),
  )
  const parked = await eventually('it waits for a person', async () => {
    await hurry(webhook.id)
    return (await keeper.get<ListView<JobRow>>('/api/outbox?state=parked')).body.items[0]
  })
  t.like(parked, { kind: 'webhook', site: 'nord', reason: 'answered 503', may: ['retry', 'give-up'] })
  t.like((await deliveries(webhook.id))[0], { state: 'failed', reason: 'answered 503', status: 503 })
  t.like((await keeper.get<ListView<WebhookView>>('/api/webhooks')).body.items[0], {
    state: 'active',
    waiting: 0,
    lastFailure: { reason: 'answered 503' },
  })
  await eventually('its keepers are told', async () =>
    (await keeper.get<ListView<NoticeView>>('/api/notices')).body.items.find(
      ({ kind }) => kind === 'webhook-stopped',
    ),
  )
  const [stopped] = await node.services.journal.read({ types: ['webhook-stopped'] })
  t.like(stopped, { site: 'nord', ids: { webhook: webhook.id }, body: { reason: 'answered 503' } })
  const before = receiver.got.length
  await hurry(webhook.id)

  isDown = false
  t.not((await stranger.post(`/api/outbox/${parked.id}/retry`)).status, 204)
  t.is((await keeper.post(`/api/outbox/${parked.id}/retry`)).status, 204)
  await eventually('it is taken', async () =>
    (await deliveries(webhook.id)).find(({ state }) => state === 'taken'),
  )
  t.is(receiver.got.length, before + 1, 'not called in between')
  t.true(isSigned(receiver.got.at(-1) as Got, secret))
  t.is(new Set(receiver.got.map(({ body }) => body)).size, 1)
  t.deepEqual((await keeper.get<ListView<JobRow>>('/api/outbox?state=parked')).body.items, [])
})

test('a name that led to a receiver and leads into the house at the next question is not called, of a webhook and of the telephone gateway', async t => {
  let calls = 0
  const inside = createPlain(socket => {
    calls++
    socket.destroy()
  })
  inside.listen(0, '127.0.0.1')
  await once(inside, 'listening')
  t.teardown(() => inside.close())
  const { port } = inside.address() as AddressInfo
  let leadsTo = ['192.0.2.10']
  let asked = 0
  const guardOf = (allowLoopback: boolean) =>
    openAddressGuard(
      () => ({ ownPorts: [], allowLoopback, allowPrivate: false }),
      (_host, _options, callback) => {
        asked++
        callback(
          null,
          leadsTo.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
        )
      },
    )
  const act = await openAct([...siteMigrations, ...webhookMigrations])
  t.teardown(() => act.close())
  await act.db.write(tx => openSites(act).apply(tx, { sites: SITES }, { by: 'command', user: 'test' }))
  const outbox = openOutbox({ ...act, onTrouble: () => undefined })
  t.teardown(() => outbox.close())
  const settings = settingsSchema.parse({})
  const webhooks = openWebhooks({
    ...act,
    outbox,
    config: settings,
    publicUrl: () => 'https://relais.example.test',
    webGuard: () => guardOf(false),
    keysFolder: act.folder,
  })
  await outbox.start()
  const { who, origin } = PEOPLE.stranger
  const admin = { ...who, membership: { ...who.membership, role: 'administrator' as const } }
  const hooked = async () => {
    leadsTo = ['192.0.2.10']
    const form = { name: 'x', url: `https://hook.example.test:${port}/`, kinds: ['report-signed' as const] }
    return (await webhooks.make(admin, form, origin)).webhook.id
  }
  const telephone = (guard: ReturnType<typeof guardOf>) =>
    openTelephone(
      {
        ...settings,
        telephone: { ...settings.telephone, gatewayUrl: `http://sms.example.test:${port}/` },
      },
      guard,
    )
  const message: Message = {
    notice: { id: 'ntc_1', kind: 'alarm-test', urgency: 'emergency', reference: '' } as NoticeRow,
    reach: {
      account: 'acc',
      name: 'x',
      email: 'x@example.test',
      language: 'en',
      telephone: '+33600000001',
      devices: 0,
      routineLetters: true,
      urgentRings: false,
    },
    siteName: 'Nord',
    link: 'https://relais.example.test/',
  }
  const signal = new AbortController().signal
  for (const elsewhere of [
    ['127.0.0.1'],
    ['192.0.2.10', '127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['169.254.169.254'],
    ['10.0.0.7'],
  ]) {
    const id = await hooked()
    leadsTo = elsewhere
    const before = asked
    await webhooks.test(admin, id, origin)
    const ended = await eventually('it is settled', async () =>
      (await webhooks.deliveries(admin, id)).items.find(({ state }) => state === 'failed'),
    )
    t.regex(ended.reason ?? '', /hook\.example\.test is not called/, elsewhere.join())
    t.true(asked > before, 'the name was asked for anew')
    const handed = await telephone(guardOf(false)).hand(message, signal)
    t.true(
      handed.result !== 'done' && /sms\.example\.test is not called/.test(handed.reason),
      elsewhere.join(),
    )
  }
  t.is(calls, 0)
  // Where it may, it does call.
  leadsTo = ['127.0.0.1']
  await telephone(guardOf(true)).hand(message, signal)
  t.is(calls, 1)
})
