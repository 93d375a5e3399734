import test from 'ava'
import { SMTPServer } from 'smtp-server'
import type { ChannelsView, MailView, NoticeView } from '../../node/notifications/view.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { eventually, freePort } from '../support/children.js'
import { CONTRACTS, openNode, SITES, type TestNode } from '../support/node.js'
import { OPERATOR, person } from '../support/people.js'

interface Kept {
  alerts: { next_at: number | null; state: string }
  channel_health: { channel: string; down_since: number | null }
}

const MINUTE_MS = 60_000
const NETWORK = { sites: SITES, contracts: [CONTRACTS[0]] }

const notices = async (who: Awaited<ReturnType<typeof person>>, kind: NoticeView['kind']) =>
  (await who.get<ListView<NoticeView>>('/api/notices')).body.items.filter(notice => notice.kind === kind)

/** Time goes by for what waits, without waiting. */
const shift = (node: TestNode, change: (sql: ReturnType<typeof typed>) => { execute(): Promise<unknown> }) =>
  node.services.db.write(async tx => void (await change(typed(tx)).execute()))
const typed = (tx: { sql: TestNode['services']['db']['sql'] }) => tx.sql<Kept>()

test('where escalation stands still the screens, the letters, the log and /healthz say so without the outbox', async t => {
  const node = await openNode(t, { env: OPERATOR, network: NETWORK })
  const [referrer, operator] = await Promise.all([person(t, node, 'referrer'), person(t, node, 'operator')])
  const { health } = node.services.notifications
  const healthz = async () => (await fetch(`${node.addresses.http}/healthz`)).json()
  const readyz = async () => (await fetch(`${node.addresses.http}/readyz`)).status
  await health.watch()
  t.deepEqual(await healthz(), { status: 'ok' })

  await node.services.outbox.close()
  const form = { ...FORM, studies: [], urgency: 'emergency', to: 'lecture' }
  t.is((await referrer.post<RequestView>('/api/requests', form)).status, 201)
  await node.services.followers.settled()
  const now = node.services.clock.now()
  await shift(node, sql =>
    sql
      .updateTable('alerts')
      .set({ next_at: now - 20_000 })
      .where('state', '=', 'open'),
  )
  await health.watch()
  t.deepEqual(await healthz(), { status: 'ok' }, 'twenty seconds are not late yet')
  await shift(node, sql =>
    sql
      .updateTable('alerts')
      .set({ next_at: now - MINUTE_MS })
      .where('state', '=', 'open'),
  )
  await health.watch()
  t.like(await healthz(), { status: 'degraded' })
  t.is(await readyz(), 503)
  t.is((await notices(operator, 'escalation-stopped')).length, 1)
  await eventually('the screen hears of it', () =>
    operator.heard.find(({ kind, id }) => kind === 'channels' && id === 'channels'),
  )
  const letters = (await operator.get<ListView<MailView>>('/api/mailbox')).body.items
  t.true(letters.some(({ subject }) => /Les alertes ne partent plus/.test(subject)))
  t.like((await operator.get<ChannelsView>('/api/channels')).body.escalation, { state: 'stopped' })
  await health.watch()
  t.is((await notices(operator, 'escalation-stopped')).length, 1, 'once, however long it lasts')

  await shift(node, sql => sql.updateTable('alerts').set({ next_at: now + 60 * MINUTE_MS }))
  await health.watch()
  t.deepEqual(await healthz(), { status: 'ok' })
  t.is(await readyz(), 200)
})

test('mail that fails for five minutes is told to those who run the node by what still works, and so is its return', async t => {
  const port = await freePort()
  const node = await openNode(t, {
    env: { ...OPERATOR, RELAIS_SMTP_URL: `smtp://127.0.0.1:${port}`, RELAIS_MAIL_CAPTURED: 'false' },
    network: NETWORK,
  })
  const [operator, keeper] = await Promise.all([person(t, node, 'operator'), person(t, node, 'keeper')])
  const { health } = node.services.notifications
  const mail = async () =>
    (await operator.get<ChannelsView>('/api/channels')).body.items.find(({ channel }) => channel === 'email')
  const down = await eventually('it was looked at when the node started', async () => {
    const found = await mail()
    return found?.state === 'unknown' ? undefined : found
  })
  t.like(down, { state: 'down', waiting: 0 })
  t.regex(down?.reason ?? '', /ECONNREFUSED|refused/i)
  t.deepEqual(await notices(operator, 'channel-down'), [])

  const since = node.services.clock.now() - 6 * MINUTE_MS
  const earlier = () =>
    shift(node, sql =>
      sql.updateTable('channel_health').set({ down_since: since }).where('channel', '=', 'email'),
    )
  await earlier()
  await health.look()
  await health.look()
  const [told] = await eventually('they are told', async () => {
    const found = await notices(operator, 'channel-down')
    return found.length > 0 ? found : undefined
  })
  t.deepEqual(
    told?.channels.map(({ channel }) => channel),
    ['screen'],
    'never by the channel that is down',
  )
  t.is((await node.services.journal.read({ types: ['channel-lost'] })).length, 1)

  t.is((await keeper.post('/api/channels/email/check')).status, 403)
  const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] })
  server.listen(port, '127.0.0.1')
  t.teardown(() => new Promise<void>(resolve => server.close(() => resolve())))
  const checked = await operator.post<ChannelsView>('/api/channels/email/check')
  t.is(checked.status, 200, JSON.stringify(checked.body))
  t.like(
    checked.body.items.find(({ channel }) => channel === 'email'),
    { state: 'well' },
  )
  t.is((await node.services.journal.read({ types: ['channel-back'] })).length, 1)
  t.is((await operator.post('/api/channels/telephone/check')).status, 409, 'it is not set up')
})
