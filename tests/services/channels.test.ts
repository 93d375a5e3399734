import anyTest, { type TestFn } from 'ava'
import { isServed } from '../../node/notifications/channels/push.js'
import { e164, filledIn } from '../../node/notifications/channels/telephone.js'
import { settingsSchema } from '../../node/settings.js'
import { PEOPLE } from '../support/act.js'
import { browser, openFarEnd, type Taken } from '../support/far-ends.js'
import {
  begin,
  CANARY,
  closeNotices,
  MINUTE_MS,
  type NoticesHouse,
  openNotices,
  pass,
  URGENT,
  until,
} from '../support/notices-house.js'
import { made, strangerAuthority } from '../support/tls.js'

const { referrer, first, second } = PEOPLE
const STANDARD = settingsSchema.parse({})

const test = anyTest as TestFn<NoticesHouse>
test.beforeEach(async t => {
  t.context = await openNotices()
})
test.afterEach.always(t => closeNotices(t.context))

/** What the node calls, gone with the story. */
const farEnd = (node: NoticesHouse, answer: (taken: Taken) => number, tls?: { key: string; cert: string }) =>
  openFarEnd({ teardown: step => node.undo.push(step) }, answer, tls)

async function pushService(node: NoticesHouse, answer: (taken: Taken) => number = () => 201) {
  const authority = await strangerAuthority()
  const identity = await made(node.act.folder, 'push', authority)
  const service = await farEnd(node, answer, { key: identity.key, cert: identity.certificate })
  await begin(node, {
    captured: true,
    real: { webCa: authority.certificate },
    settings: { push: { ...STANDARD.push, contact: 'mailto:regie@example.test', hosts: ['localhost'] } },
  })
  return { ...service, endpoint: (name: string) => `https://localhost:${service.port}/send/${name}` }
}

const channelsOf = async (node: NoticesHouse, who: typeof first) =>
  Object.fromEntries(
    (await node.notifications.list(who.who, { limit: 50 })).items.flatMap(({ channels }) =>
      channels.map(({ channel, state }) => [channel, state]),
    ),
  )

test('a closed browser is woken by a message only it can read, which holds no health data, and says that it came', async t => {
  const node = t.context
  const service = await pushService(node)
  const { keys, read } = browser()
  const device = { endpoint: service.endpoint('un'), keys, name: 'Firefox, ordinateur de garde' }
  const id = await node.notifications.trials.addDevice(first.who, device, first.origin)
  t.is(await node.notifications.trials.addDevice(first.who, device, first.origin), id, 'once')
  await node.act.requests.create(referrer, URGENT)
  await until(node, () => service.taken.length === 1)
  const [message] = service.taken
  t.like(message?.headers, { urgency: 'high', ttl: '600', 'content-encoding': 'aes128gcm' })
  t.regex(String(message?.headers.authorization), /^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=[\w-]+$/)
  t.false(message?.body.includes('N-0001'), 'the push service reads nothing of it')
  const said = read(message?.body ?? Buffer.alloc(0))
  t.like(said, {
    title: 'Emergency · New request',
    body: 'Hôpital Nord · N-0001',
    urgency: 'emergency',
    device: id,
  })
  t.regex(said['path'] ?? '', /^https:\/\/relais\.example\.test\/alarm\/alt_/)
  t.false(JSON.stringify(said).includes(CANARY))
  await until(node, async () => (await channelsOf(node, first))['push'] === 'sent')
  await node.notifications.trials.received({ notice: said['id'] ?? '', device: id, proof: 'x'.repeat(43) })
  t.is((await channelsOf(node, first))['push'], 'sent', 'nobody else says so')
  await node.notifications.trials.received({
    notice: said['id'] ?? '',
    device: id,
    proof: said['proof'] ?? '',
  })
  t.is((await channelsOf(node, first))['push'], 'delivered')
})

test('a subscription that ended is forgotten and the person’s other channel is tried; a service in trouble is asked again', async t => {
  const node = t.context
  node.online.clear()
  let troubles = 0
  const service = await pushService(node, ({ path }) =>
    path.endsWith('gone') ? 410 : path.endsWith('busy') && troubles++ === 0 ? 503 : 201,
  )
  const { trials } = node.notifications
  await trials.addDevice(
    first.who,
    { endpoint: service.endpoint('gone'), keys: browser().keys, name: 'a' },
    first.origin,
  )
  await trials.addDevice(
    second.who,
    { endpoint: service.endpoint('busy'), keys: browser().keys, name: 'b' },
    second.origin,
  )
  await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await channelsOf(node, first))['push'] === 'failed')
  t.deepEqual((await trials.view(first.who)).devices, [])
  await until(node, async () => {
    await pass(node, 2000)
    return (await channelsOf(node, second))['push'] === 'sent'
  })
  t.is((await trials.view(second.who)).devices.length, 1)
})

test('only push services that the node knows are called', async t => {
  const { hosts } = STANDARD.push
  t.true(isServed('https://fcm.googleapis.com/fcm/send/abc', hosts))
  t.true(isServed('https://updates.push.services.mozilla.com/wpush/v2/abc', hosts))
  for (const endpoint of [
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://evilfcm.googleapis.com.example/x',
    'https://user@fcm.googleapis.com/x',
    'https://169.254.169.254/latest',
    'https://127.0.0.1:8080/x',
    `https://fcm.googleapis.com/${'x'.repeat(2000)}`,
    'no address',
  ])
    t.false(isServed(endpoint, hosts), endpoint)
  const node = t.context
  await pushService(node)
  const device = { endpoint: 'https://intranet.example.test/x', keys: browser().keys, name: 'x' }
  await t.throwsAsync(node.notifications.trials.addDevice(first.who, device, first.origin), {
    message: /push.hosts/,
  })
})

test('the gateway is sent one message a person, again under the same id, and the numbers of the country are completed', async t => {
  const node = t.context
  node.online.clear()
  let refusals = 0
  const gateway = await farEnd(node, () => (refusals++ === 0 ? 503 : 202))
  node.phones.set('acc_rad1', '06 00 00 00 01')
  await begin(node, {
    captured: true,
    real: { webCa: '' },
    settings: {
      telephone: {
        ...STANDARD.telephone,
        gatewayUrl: `http://127.0.0.1:${gateway.port}/sms`,
        authorization: 'Bearer geheim',
      },
    },
  })
  await node.act.requests.create(referrer, URGENT)
  await until(node, async () => {
    await pass(node, 1500)
    return gateway.taken.length === 1
  })
  const [sent] = gateway.taken
  t.is(sent?.headers.authorization, 'Bearer geheim')
  t.regex(String(sent?.headers['idempotency-key']), /^ntc_/)
  const { to, message } = JSON.parse(sent?.body.toString('utf8') ?? '')
  t.is(to, '+33600000001')
  t.regex(
    message,
    /^Relais: Emergency · New request\. Hôpital Nord · N-0001\. https:\/\/relais\.example\.test\/alarm\/alt_/,
  )
  t.false(message.includes(CANARY))
  await until(node, async () => (await channelsOf(node, first))['telephone'] === 'sent')
})

test('a value cannot add a field to what the gateway is sent, and a number is one or is refused', t => {
  const values = { number: '+33600000001', text: '"},{"to":"+1&to=2\r\nX', id: 'ntc_1', urgency: 'urgent' }
  t.deepEqual(JSON.parse(filledIn(STANDARD.telephone.body, 'application/json', values)), {
    to: '+33600000001',
    message: values.text,
  })
  const form = new URLSearchParams(
    filledIn('To={number}&Body={text}', 'application/x-www-form-urlencoded', values),
  )
  t.deepEqual(
    [...form],
    [
      ['To', '+33600000001'],
      ['Body', values.text],
    ],
  )
  t.is(filledIn('{unknown} {number}', 'application/json', { number: '{text}' }), '{unknown} {text}')
  t.deepEqual(
    [
      '0600000001',
      '+33 6 00 00 00 01',
      '0033600000001',
      '15',
      'abc',
      '+0123456789',
      '',
      '+' + '1'.repeat(16),
    ].map(number => e164(number, '33')),
    ['+33600000001', '+33600000001', '+33600000001', undefined, undefined, undefined, undefined, undefined],
  )
})

test('people try their own alarm, and what they heard is kept', async t => {
  const node = t.context
  const service = await pushService(node)
  const { trials } = node.notifications
  t.like(await trials.view(first.who), { channels: ['screen', 'email', 'push'], tests: [], devices: [] })
  t.like(await t.throwsAsync(trials.ring(first.who, 'push')), { code: 'conflict' })
  t.like(await t.throwsAsync(trials.ring(first.who, 'telephone')), { code: 'conflict' })
  await trials.addDevice(
    first.who,
    { endpoint: service.endpoint('un'), keys: browser().keys, name: 'Téléphone' },
    first.origin,
  )
  const quiet = { from: '00:00', to: '23:59', timeZone: 'Europe/Paris' }
  await trials.wish(
    first.who,
    { telephone: '+33600000001', routineLetters: false, urgentRings: true, quiet },
    first.origin,
  )
  await trials.ring(first.who, 'push')
  await until(node, () => service.taken.length === 1)
  t.like(await t.throwsAsync(trials.ring(first.who, 'push')), { code: 'too-many' })
  await until(node, async () => (await trials.view(first.who)).tests[0]?.state === 'sent')
  const notice = (await trials.view(first.who)).tests[0]?.notice as string
  t.like(await t.throwsAsync(trials.heard(second.who, notice, second.origin)), { code: 'missing' })
  t.like(await trials.heard(first.who, notice, first.origin), {
    telephone: '+33600000001',
    quiet,
    tests: [{ channel: 'push', state: 'acknowledged' }],
  })
  t.is((await trials.lastHeard('acc_rad1')).get('push'), node.act.clock.now())
  node.act.clock.advance(MINUTE_MS)
  await trials.ring(first.who, 'screen')
  t.is((await trials.view(first.who)).tests.length, 2)
})
