import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import anyTest, { type TestFn } from 'ava'
import type { SMTPServerOptions } from 'smtp-server'
import type { NotificationTables } from '../../node/notifications/schema.js'
import type { ContractView } from '../../node/sites/view.js'
import { CONTRACTS, PEOPLE } from '../support/act.js'
import { freePort } from '../support/children.js'
import {
  begin,
  channel,
  closeNotices,
  configure,
  later,
  type NoticesHouse,
  openNotices,
  type Post,
  pass,
  postOffice,
  URGENT,
  until,
} from '../support/notices-house.js'

const { referrer, operator } = PEOPLE
const WITHIN_MS = 60_000

const test = anyTest as TestFn<NoticesHouse>
test.beforeEach(async t => {
  t.context = await openNotices()
})
test.afterEach.always(t => closeNotices(t.context))

/** Somebody listens where the mail server should, and does that with whoever calls. */
async function instead(node: NoticesHouse, does: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    does(socket)
  })
  const port = await freePort() // listened on again later: nobody else is given it in between
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  let open = true
  const repaired = async () => {
    open = false
    await close()
    return postOffice(node, {}, port)
  }
  node.undo.push(async () => {
    if (open) await close()
  })
  return { url: `smtp://127.0.0.1:${port}`, repaired }
}

async function answering(node: NoticesHouse, responseCode: number) {
  let down = true
  const onRcptTo: SMTPServerOptions['onRcptTo'] = (_address, _session, done) =>
    done(down ? Object.assign(new Error('not now'), { responseCode }) : null)
  const post = await postOffice(node, { onRcptTo })
  return {
    url: post.url,
    repaired: async () => {
      down = false
      return post
    },
  }
}

const WAYS: Record<string, (node: NoticesHouse) => Promise<{ url: string; repaired(): Promise<Post> }>> = {
  'is off': async node => {
    const probe = await postOffice(node)
    await probe.close()
    return { url: probe.url, repaired: () => postOffice(node, {}, Number(new URL(probe.url).port)) }
  },
  'takes the call and says nothing': node => instead(node, () => undefined),
  'hangs up in the middle': node =>
    instead(node, socket => {
      socket.write('220 here\r\n')
      socket.once('data', () => socket.destroy())
    }),
  'answers 4xx': node => answering(node, 451),
  'answers 5xx': node => answering(node, 550),
}

for (const [way, opens] of Object.entries(WAYS))
  test(`a mail server that ${way}: people are reached otherwise within a minute, a restart loses nothing, and each letter goes out once afterwards`, async t => {
    const node = t.context
    const { act } = node
    node.online.clear()
    const telephone = channel(node, 'telephone')
    node.channels.push(telephone)
    node.phones.set('acc_rad1', '+33600000001').set('acc_rad2', '+33600000002')
    node.contracts = [{ ...(CONTRACTS[0] as ContractView), ladder: { telephone: 'never' } }]
    const server = await opens(node)
    await begin(node, { smtpUrl: server.url })
    const opened = act.clock.now()
    await act.requests.create(referrer, URGENT)
    const told = (by: 'email' | 'telephone') =>
      act.db
        .sql<NotificationTables>()
        .selectFrom('notice_channels')
        .innerJoin('notices', 'notices.id', 'notice_channels.notice')
        .select(['notice', 'state', 'notices.account'])
        .where('channel', '=', by)
        .where('account', 'like', 'acc_rad%')
        .execute()
    const letters = () => told('email')
    await until(node, async () => (await letters()).length >= 2)
    await until(node, async () => {
      if (telephone.rung.length < 2 && act.clock.now() - opened < WITHIN_MS) await pass(node, 15_000)
      return telephone.rung.length >= 2
    })
    t.true(act.clock.now() - opened <= WITHIN_MS, `${act.clock.now() - opened} ms`)
    t.deepEqual([...telephone.rung].sort(), ['acc_rad1', 'acc_rad2'])

    // The program ends and starts again while the server is still down.
    await node.outbox.close()
    configure(node, { smtpUrl: server.url })
    await node.outbox.start()
    const post = await server.repaired()
    await until(node, async () => {
      later(node)
      for (const { id } of (await node.outbox.open({ lane: 'mail' })).filter(
        ({ state }) => state === 'parked',
      ))
        await act.db.write(tx => node.outbox.retry(tx, id, operator.origin))
      return (await letters()).every(({ state }) => state !== 'queued' && state !== 'failed')
    })
    const sent = (await letters()).filter(({ state }) => state === 'sent')
    t.true(sent.length >= 2)
    const arrived = post.letters
      .map(({ messageId }) => messageId ?? '')
      .filter((_, index) => post.recipients[index]?.startsWith('acc_rad'))
    t.deepEqual(arrived.sort(), sent.map(({ notice }) => `<${notice}@node.test>`).sort())
    // Later waves rang as well, by and by: each notice once.
    await until(
      node,
      async () =>
        telephone.rung.length === (await told('telephone')).filter(({ state }) => state !== 'queued').length,
    )
  })
