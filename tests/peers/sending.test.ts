import { connect, createServer, type Server, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { asking } from '../support/acceptors.js'
import { eventually, freePort } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { digestsOf, type PhantomFile, toStore, writePhantom } from '../support/phantoms.js'

const SYSTEM = { by: 'system', part: 'test' } as const
const nowhere = 4242

/** From the northern hospital to one reading PACS. */
function routed(port: number, more: { peer?: object; route?: object; peers?: object[]; to?: string[] } = {}) {
  return {
    sites: SITES,
    contracts: CONTRACTS,
    peers: [
      peerOf('nord-pacs', 'nord', 'NORDPACS', nowhere),
      peerOf('lecture-pacs', 'lecture', 'LECTURE', port, more.peer),
      ...(more.peers ?? []),
    ],
    routes: [{ id: 'out', when: { site: 'nord' }, to: more.to ?? ['lecture-pacs'], ...more.route }],
  }
}

async function sendAs(aeTitle: string, node: TestNode, files: readonly PhantomFile[]) {
  const association = await asking(node.addresses.dicom, {
    callingAETitle: aeTitle,
    window: 16,
    contexts: [...new Set(files.map(file => file.sopClassUID))].map(abstractSyntax => ({
      abstractSyntax,
      transferSyntaxes: ['1.2.840.10008.1.2.1'],
    })),
  })
  await Promise.all(files.map(file => association.store(toStore(file))))
  await association.release()
}

const uids = (files: readonly PhantomFile[]) => files.map(file => file.sopInstanceUID)

async function makeUrgent(node: TestNode, uid: string, urgency = 'emergency') {
  const [study] = await node.services.studies.byUid(uid)
  await node.services.db.write(tx =>
    node.services.studies.link(tx, study?.id ?? '', { request: 'req_test', sites: ['lecture'], urgency }),
  )
}

for (const window of [1, 32])
  test.serial(
    `an emergency overtakes a study that is being sent, which then goes on where it was (window ${window})`,
    async t => {
      let open: () => void = () => undefined
      const gate = new Promise<void>(resolve => {
        open = resolve
      })
      let waits = false
      const pacs = await openLyingPacs(t, {
        aeTitle: 'LECTURE',
        lie: () => undefined,
        finds: true,
        window,
        before: number => {
          if (number <= 5) return Promise.resolve()
          waits = true
          return gate
        },
      })
      const node = await openNode(t, { network: routed(pacs.port) })
      const folder = temporary(t)
      const long = writePhantom(folder, 'long', { images: 60, rows: 256 })
      const stroke = writePhantom(folder, 'stroke', { images: 4 })
      await sendAs('NORDPACS', node, long.files)
      await eventually('the long one is under way', () => (waits ? true : undefined))
      await sendAs('NORDPACS', node, stroke.files)
      await node.received(stroke.uid, 4)
      await node.services.followers.settled()
      await makeUrgent(node, stroke.uid)
      await node.services.followers.settled()
      open()
      await node.transferred(stroke.uid, 'lecture-pacs', 'confirmed')
      await node.transferred(long.uid, 'lecture-pacs', 'confirmed')
      const firstOf = (of: readonly string[]) => Math.min(...of.map(uid => pacs.stored.indexOf(uid)))
      const lastOf = (of: readonly string[]) => Math.max(...of.map(uid => pacs.stored.indexOf(uid)))
      // What was on the wire ends first; the rest of the long one comes after all of the emergency.
      t.true(lastOf(uids(stroke.files)) < lastOf(uids(long.files)) - 10, pacs.stored.length.toString())
      t.true(firstOf(uids(stroke.files)) < 5 + window + 3)
      t.is(pacs.stored.length, 64, 'nothing was sent twice')
      t.deepEqual(
        uids(long.files).filter(uid => !pacs.held.has(uid)),
        [],
      )
      // First images first, before and after; with a window some are read from the disk at once.
      pacs.stored
        .filter(uid => uids(long.files).includes(uid))
        .forEach((uid, place) => {
          t.true(Math.abs(uids(long.files).indexOf(uid) - place) <= (window === 1 ? 0 : 3))
        })
      t.is((await node.facts('transfer-failed')).length, 0)
    },
  )

test.serial(
  'a peer that aborts with 32 unanswered: asked what it has, sent the rest once; one that cannot be asked is sent them again',
  async t => {
    for (const finds of [true, false]) {
      const pacs = await openLyingPacs(t, {
        aeTitle: 'LECTURE',
        finds,
        window: 32,
        // Keeps what comes, answers none of it, and is gone with the twentieth.
        lie: number => (number < 20 ? 'silence' : number === 20 ? 'abort' : undefined),
      })
      const node = await openNode(t, { network: routed(pacs.port) })
      const { uid, files } = writePhantom(temporary(t), 'ct', { images: 40 })
      await sendAs('NORDPACS', node, files)
      const transfer = await node.transferred(uid, 'lecture-pacs', finds ? 'confirmed' : 'sent')
      t.like(transfer, { total: 40, sent: 40, failed: 0 })
      t.deepEqual(pacs.holds(), digestsOf(files))
      if (finds) t.is(pacs.stored.length, 40, 'what it had kept was not sent again')
      else
        for (const instance of uids(files))
          t.true(pacs.stored.filter(each => each === instance).length <= 2, 'once more where nobody can say')
      await node.close()
      await pacs.stop()
    }
  },
)

test.serial(
  'between two of our nodes, the far receiver killed in the middle: all of it arrives, as it was',
  async t => {
    const there = await openNode(t, {
      network: {
        sites: SITES,
        contracts: CONTRACTS,
        peers: [peerOf('nord-node', 'nord', 'RELAIS', nowhere, { callUs: 'LECTURE' })],
      },
    })
    const node = await openNode(t, { network: routed(there.addresses.dicom) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 80, rows: 256 })
    const killed = eventually(
      'some of it has come',
      async () => {
        const [study] = await there.services.studies.byUid(uid)
        if ((study?.instances ?? 0) < 5) return undefined
        process.kill(there.services.exchange.link.pid() as number, 'SIGKILL')
        return true
      },
      30_000,
    )
    await sendAs('NORDPACS', node, files)
    await killed
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.deepEqual(await there.digests(uid), digestsOf(files))
  },
)

test.serial(
  'two nodes that route to each other, and three in a ring: it ends by itself, each image once each way at most',
  async t => {
    const nodes = await Promise.all(
      [0, 1, 2].map(() => openNode(t, { network: { sites: SITES, contracts: CONTRACTS } })),
    )
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode]
    const name = (node: TestNode) => `node-${'abc'[nodes.indexOf(node)]}`
    const title = (node: TestNode) => `NODE${'ABC'[nodes.indexOf(node)]}`
    for (const node of nodes) {
      const others = nodes.filter(other => other !== node)
      await node.services.db.write(async tx => {
        for (const other of [...others])
          await node.services.peers.put(
            tx,
            {
              ...peerOf(name(other), 'sud', title(other), other.addresses.dicom),
              callUs: title(node),
              tls: 'none',
              certificate: null,
            } as never,
            SYSTEM,
          )
        await node.services.peers.put(
          tx,
          { ...peerOf('nord-pacs', 'nord', 'NORDPACS', nowhere), tls: 'none', certificate: null } as never,
          SYSTEM,
        )
      })
    }
    const route = (node: TestNode, id: string, to: TestNode[]) =>
      node.services.db.write(tx =>
        node.services.exchange.routes.put(
          tx,
          { id, enabled: true, when: {}, to: to.map(name), transferSyntax: 'keep' },
          SYSTEM,
        ),
      )
    // Each sends all it gets to both others: every way round is open.
    await route(a, 'on', [b, c])
    await route(b, 'on', [a, c])
    await route(c, 'on', [a, b])
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 6 })
    await sendAs('NORDPACS', a, files)
    await a.transferred(uid, 'node-b', 'confirmed')
    await a.transferred(uid, 'node-c', 'confirmed')
    await eventually(
      'nothing is owed any more',
      async () => {
        for (const node of nodes) {
          await node.services.followers.settled()
          const [study] = await node.services.studies.byUid(uid)
          if (study === undefined || study.arriving > 0 || study.instances !== 6) return undefined
          if ((await node.services.outbox.open({ kind: 'send-study' })).length > 0) return undefined
        }
        return true
      },
      30_000,
    )
    for (const node of nodes) {
      const sent = (await node.services.exchange.transfers.list({ limit: 50 })).filter(
        ({ state }) => state !== 'cancelled',
      )
      t.is(new Set(sent.map(({ peer }) => peer)).size, sent.length, 'one transfer for each other node')
      for (const transfer of sent) t.true(transfer.total <= 6)
      // Nothing goes back the way it came.
      if (node !== a) t.false(sent.some(({ peer }) => peer === name(a)))
      t.deepEqual(await node.digests(uid), digestsOf(files))
    }
  },
)

test.serial(
  'a link that flaps and then stays: drained by itself, each image once; another peer is not delayed',
  async t => {
    const pacs = await openLyingPacs(t, {
      aeTitle: 'LECTURE',
      lie: () => undefined,
      finds: true,
      before: () => new Promise(resolve => setTimeout(resolve, 15)),
    })
    const beside = await openLyingPacs(t, { aeTitle: 'BESIDE', lie: () => undefined, finds: true })
    const link = await openLink(t, pacs.port)
    const node = await openNode(t, {
      network: routed(link.port, {
        peer: { associations: 2 },
        peers: [peerOf('beside', 'lecture', 'BESIDE', beside.port)],
        to: ['lecture-pacs', 'beside'],
      }),
    })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 60 })
    const up = await link.flap(500)
    await sendAs('NORDPACS', node, files)
    await node.transferred(uid, 'beside', 'confirmed')
    await eventually('it has been cut in the middle', () => (link.cuts() >= 3 ? true : undefined), 30_000)
    up()
    await node.transferred(uid, 'lecture-pacs', 'confirmed', 30_000)
    t.deepEqual(pacs.holds(), digestsOf(files))
    t.is(pacs.stored.length, files.length, 'none was stored twice')
    t.deepEqual(beside.holds(), digestsOf(files))
    t.is((await node.facts('transfer-failed')).length, 0)
  },
)

test.serial(
  'after an outage one echo finds out whether it is over, and no image is carried before that',
  async t => {
    const port = await freePort()
    const node = await openNode(t, { network: routed(port, { peer: { associations: 4 } }) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 8 })
    await sendAs('NORDPACS', node, files)
    await eventually('it was tried', async () =>
      ((await node.transfer(uid, 'lecture-pacs'))?.attempts ?? 0) >= 2 ? true : undefined,
    )
    // It takes associations again and hangs up at once: the probe sees it, one association a try.
    let tries = 0
    const broken = createServer(socket => {
      tries += 1
      socket.on('error', () => undefined)
      socket.destroy()
    })
    await new Promise<void>(resolve => broken.listen(port, '127.0.0.1', resolve))
    t.teardown(() => broken.close())
    const before = (await node.transfer(uid, 'lecture-pacs'))?.attempts ?? 0
    const after = await eventually(
      'it is probed twice',
      async () => {
        const found = await node.transfer(uid, 'lecture-pacs')
        return found !== undefined && found.attempts >= before + 2 && found.state === 'queued'
          ? found.attempts
          : undefined
      },
      60_000,
    )
    t.true(tries <= after - before + 1, `${tries} connections for ${after - before} tries`)
    await new Promise(resolve => broken.close(resolve))
    await openLyingPacs(t, { aeTitle: 'LECTURE', port, lie: () => undefined, finds: true })
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
  },
)

test.serial(
  'a peer that takes fewer associations than it is offered is sent everything over those',
  async t => {
    const pacs = await openLyingPacs(t, {
      aeTitle: 'LECTURE',
      lie: () => undefined,
      finds: true,
      associations: 1,
    })
    const node = await openNode(t, { network: routed(pacs.port, { peer: { associations: 4 } }) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 12 })
    await sendAs('NORDPACS', node, files)
    const transfer = await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.is(transfer.attempts, 1)
    t.is(pacs.stored.length, 12)
  },
)

test.serial(
  'a peer without room is not carried the rest of a study in vain, and gets it when it has room',
  async t => {
    let room = false
    const pacs = await openLyingPacs(t, {
      aeTitle: 'LECTURE',
      lie: () => (room ? undefined : 'refuse'),
      finds: true,
    })
    const node = await openNode(t, { network: routed(pacs.port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 40 })
    await sendAs('NORDPACS', node, files)
    const waiting = await eventually('it was tried', async () => {
      const found = await node.transfer(uid, 'lecture-pacs')
      return found?.state === 'queued' && found.retry_at !== null ? found : undefined
    })
    t.is(pacs.refused.length, 8)
    t.like(waiting, { failed: 0, sent: 0 })
    room = true
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.deepEqual(pacs.holds(), digestsOf(files))
  },
)

test.serial('a route sends in its hours; what becomes an emergency does not wait for them', async t => {
  const pacs = await openLyingPacs(t, { aeTitle: 'LECTURE', lie: () => undefined, finds: true })
  const hour = (ahead: number) => `${String((new Date().getUTCHours() + ahead) % 24).padStart(2, '0')}:00`
  const hours = { from: hour(3), to: hour(5) } // once: another hour may begin meanwhile
  const node = await openNode(t, {
    env: { RELAIS_NODE_TIME_ZONE: 'UTC' },
    network: routed(pacs.port, { route: { hours: [hours] } }),
  })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
  await sendAs('NORDPACS', node, files)
  const waiting = await eventually('it waits', async () => {
    const found = await node.transfer(uid, 'lecture-pacs')
    return found?.retry_at != null ? found : undefined
  })
  t.like(waiting, { state: 'queued', attempts: 0, reason: 'Waits for the hours of its route.' })
  t.is(new Date(waiting.retry_at ?? 0).toISOString().slice(11, 16), hours.from)
  await makeUrgent(node, uid, 'urgent')
  await node.services.followers.settled()
  t.is((await node.transfer(uid, 'lecture-pacs'))?.state, 'queued')
  t.is(pacs.opened(), 0)
  await makeUrgent(node, uid)
  await node.transferred(uid, 'lecture-pacs', 'confirmed')
})

/** A line to a port that can be cut: nobody is reached while it is down, and what was open breaks off. */
async function openLink(t: ExecutionContext, to: number) {
  const open = new Set<Socket>()
  let cuts = 0
  const server: Server = createServer(caller => {
    const far = connect(to, '127.0.0.1')
    for (const socket of [caller, far]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        caller.destroy()
        far.destroy()
      })
    }
    caller.pipe(far).pipe(caller)
  })
  const port = await freePort()
  const listen = () => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const cut = () =>
    new Promise<void>(resolve => {
      cuts += 1
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  await listen()
  t.teardown(() => cut())
  return {
    port,
    cuts: () => cuts,
    /** Up and down by turns until what it gives is called: then it stays up. */
    flap: async (ms: number) => {
      let flapping = true
      t.teardown(() => {
        flapping = false
      })
      const turn = async () => {
        while (flapping) {
          await new Promise(resolve => setTimeout(resolve, ms))
          await cut()
          await new Promise(resolve => setTimeout(resolve, ms))
          await listen()
        }
      }
      void turn()
      return () => {
        flapping = false
      }
    },
  }
}
