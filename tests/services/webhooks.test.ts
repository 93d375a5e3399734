import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { NoticeView } from '../../node/notifications/view.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import type {
  WebhookDeliveryView,
  WebhookMessage,
  WebhookSecretView,
  WebhookView,
} from '../../node/webhooks/view.js'
import { FORM } from '../support/act.js'
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
  return { node, referrer, reader, keeper, stranger, ask, hook, deliveries }
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
  const { ask, hook, keeper, deliveries, node } = await scene(t)
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
  // Nobody waits for the pauses between tries: what is held is let go.
  await eventually(
    'it is taken',
    async () => {
      await node.services.db.write(async tx => {
        const due = node.services.clock.now()
        await tx
          .sql<{ outbox: { lane: string; due_at: number; state: string } }>()
          .updateTable('outbox')
          .set({ due_at: due })
          .where('lane', '=', `webhook:${webhook.id}`)
          .where('state', '=', 'waiting')
          .execute()
      })
      node.services.outbox.release(`webhook:${webhook.id}`)
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
