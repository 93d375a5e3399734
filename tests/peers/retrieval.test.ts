import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { priorities } from '../../node/outbox/job.js'
import { asking, everything, listen } from '../support/acceptors.js'
import { eventually, freePort, run, serve } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openOrthanc, programs } from '../support/pacs.js'
import { digestsOf, type PhantomFile, toStore, writePhantom } from '../support/phantoms.js'
import { found } from '../support/programs.js'

// What we fetch from others. One after the other: each has processes of its own.
const dcmqrscp = found('dcmqrscp')
const withDcmqrscp = dcmqrscp && programs.storescu ? test.serial : test.skip
const withOrthanc = programs.orthanc ? test.serial : test.skip

const TEST = { by: 'command', user: 'test' } as const
const MOVES = { may: ['echo', 'store', 'find', 'move'] }

/** Wants a study from a PACS, as a person does. */
function want(node: TestNode, peer: string, study: string, more: { series?: string; to?: string } = {}) {
  const { services } = node
  return services.db.write(tx =>
    services.exchange.retrievals.want(
      tx,
      {
        site: services.peers.get(peer).site,
        peer,
        study,
        series: more.series ?? '',
        cause: 'manual:acc_test',
        priority: priorities.normal,
        wanted: {},
        ...(more.to === undefined ? {} : { to: more.to }),
      },
      TEST,
    ),
  )
}

function stands(node: TestNode, id: string, ...states: string[]) {
  return eventually(
    `the retrieval is ${states.join(' or ')}`,
    async () => {
      const row = await node.services.exchange.retrievals.get(id)
      return row !== undefined && states.includes(row.state) ? row : undefined
    },
    45_000,
  )
}

/** DCMTK's own archive with these files in it. */
async function openDcmqrscp(
  t: ExecutionContext,
  files: readonly PhantomFile[],
  options: { port: number; nodePort: number; title?: string },
) {
  const folder = temporary(t)
  const store = join(folder, 'store')
  mkdirSync(store)
  const { port, nodePort, title = 'NORDPACS' } = options
  writeFileSync(
    join(folder, 'dcmqrscp.cfg'),
    [
      `NetworkTCPPort = ${port}`,
      'MaxPDUSize = 16384',
      'MaxAssociations = 16',
      'HostTable BEGIN',
      `relais = (RELAIS, 127.0.0.1, ${nodePort})`,
      'HostTable END',
      'VendorTable BEGIN',
      'VendorTable END',
      'AETable BEGIN',
      `${title} ${store} RW (100, 1024mb) ANY`,
      'AETable END',
    ].join('\n'),
  )
  const running = serve(dcmqrscp ?? '', ['-c', join(folder, 'dcmqrscp.cfg')], folder)
  t.teardown(() => running.stop())
  const echo = () => asking(port, { calledAETitle: title }).catch(() => undefined)
  await (await eventually('dcmqrscp listens', echo)).release()
  const add = async (more: readonly PhantomFile[]) => {
    const sent = await run(programs.storescu ?? '', [
      ...['-aec', title, '127.0.0.1', String(port)],
      ...more.map(({ file }) => file),
    ])
    t.is(sent.code, 0, sent.output)
  }
  await add(files)
  return { add, stop: running.stop }
}

async function archive(t: ExecutionContext, may: readonly string[], more: object = {}) {
  const port = await freePort()
  const lecture = await listen(t, { admit: () => everything })
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', port, { may }),
        peerOf('nord-ws', 'nord', 'NORDWS', lecture.port, { may: ['store'] }),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', lecture.port, { may: ['store'] }),
      ],
      routes: [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
    },
    ...more,
  })
  return { node, port, lecture }
}

for (const how of ['move', 'get'])
  withDcmqrscp(
    `a study is fetched from dcmqrscp by C-${how.toUpperCase()}, byte for byte, once, resumed at what is missing, and no route fires`,
    async t => {
      const { node, port, lecture } = await archive(t, ['echo', 'store', 'find', how])
      const { uid, files } = writePhantom(temporary(t), 'ct', { images: 6 })
      const pacs = await openDcmqrscp(t, files.slice(0, 4), { port, nodePort: node.addresses.dicom })
      const id = await want(node, 'nord-pacs', uid)
      t.like(await stands(node, id, 'complete'), {
        total: 4,
        here: 4,
        completed: 4,
        failed: 0,
        trouble: null,
      })
      t.deepEqual(await node.digests(uid), digestsOf(files.slice(0, 4)))
      // The same again: one row, nothing comes twice.
      t.is(await want(node, 'nord-pacs', uid), id)
      await eventually('looked at again', async () =>
        (await node.facts('retrieval-ended')).length === 2 ? true : undefined,
      )
      t.like(await stands(node, id, 'complete'), { completed: 4 })
      // The PACS has more of it now: only that comes.
      await pacs.add(files.slice(4))
      await want(node, 'nord-pacs', uid)
      await eventually('the rest is here', async () =>
        (await node.digests(uid)).size === 6 ? true : undefined,
      )
      t.like(await stands(node, id, 'complete'), { total: 6, here: 6, completed: 6 })
      t.deepEqual(await node.digests(uid), digestsOf(files))

      // Settled, counted, and gone nowhere: neither where it came from nor along a route.
      const arrivals = await eventually('all arrivals are settled', async () => {
        const facts = await node.facts('study-received')
        return facts.reduce((sum, fact) => sum + Number(fact.body?.['instances']), 0) === 6
          ? facts
          : undefined
      })
      for (const { body } of arrivals) t.like(body, { source: 'nord-pacs', duplicates: 0 })
      await eventually('the count was asked for', async () =>
        (await node.services.studies.byUid(uid))[0]?.expected === 6 ? true : undefined,
      )
      t.is(await node.transfer(uid, 'lecture-pacs'), undefined)
      t.is(await node.transfer(uid, 'nord-pacs'), undefined)
      t.is(lecture.received.length, 0)

      // What is sent by itself still follows its route.
      const own = writePhantom(temporary(t), 'own', { images: 1 })
      const association = await asking(node.addresses.dicom, { callingAETitle: 'NORDPACS' })
      await association.store(toStore(own.files[0] as PhantomFile))
      await association.release()
      await eventually(
        'it arrives along its route',
        () => (lecture.received.length === 1 ? true : undefined),
        20_000,
      )
    },
  )

withOrthanc(
  'from Orthanc to another PACS in one request: fetched here, sent on there, nowhere else',
  async t => {
    const { node, port, lecture } = await archive(t, MOVES.may)
    const pacs = await openOrthanc(t, { aeTitle: 'NORDPACS', node: { port: node.addresses.dicom }, port })
    const { uid, files } = writePhantom(temporary(t), 'mr', { kind: 'mr-knee', images: 3 })
    await pacs.add(files)
    const id = await want(node, 'nord-pacs', uid, { to: 'nord-ws' })
    t.like(await stands(node, id, 'complete'), { total: 3, here: 3 })
    await eventually('it is there', () => (lecture.received.length === 3 ? true : undefined), 20_000)
    t.is((await node.transfer(uid, 'nord-ws'))?.cause, 'manual:acc_test')
    t.is(await node.transfer(uid, 'lecture-pacs'), undefined)
    const [forward] = await node.services.exchange.retrievals.forwards(id)
    t.truthy(forward?.transfer)
    // One series of it: the whole is here already.
    t.is(await want(node, 'nord-pacs', uid, { series: `${uid}.1` }), id)
  },
)

withDcmqrscp('nothing there, refused, and no answer are three different results', async t => {
  const port = await freePort()
  const deaf = createServer(socket => socket.on('error', () => undefined))
  deaf.listen(0, '127.0.0.1')
  await once(deaf, 'listening')
  t.teardown(() => deaf.close())
  const node = await openNode(t, {
    env: { RELAIS_CALLS_ASSOCIATE_TIMEOUT_MS: '1000' },
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', port, MOVES),
        // It does not know us under this title, so it would not know where to send.
        peerOf('strict-pacs', 'nord', 'NORDPACS', port, { ...MOVES, callUs: 'UNKNOWN', from: ['192.0.2.1'] }),
        peerOf('echo-only', 'nord', 'NORDPACS', port, { may: ['echo', 'find'], from: ['192.0.2.2'] }),
        peerOf('deaf-pacs', 'nord', 'DEAF', (deaf.address() as AddressInfo).port, MOVES),
      ],
    },
  })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
  await openDcmqrscp(t, files, { port, nodePort: node.addresses.dicom })
  const nothing = await want(node, 'nord-pacs', '1.2.3.4')
  t.like(await stands(node, nothing, 'nothing', 'refused', 'complete'), {
    state: 'nothing',
    trouble: 'nothing',
  })
  const refused = await want(node, 'strict-pacs', uid)
  t.like(await stands(node, refused, 'nothing', 'refused', 'complete'), {
    state: 'refused',
    trouble: 'destination-unknown',
  })
  const noRight = await want(node, 'echo-only', uid)
  t.like(await stands(node, noRight, 'refused'), { trouble: 'no-right' })
  const silent = await want(node, 'deaf-pacs', uid)
  const waits = await eventually(
    'it is said to give no answer',
    async () => {
      const row = await node.services.exchange.retrievals.get(silent)
      return row?.trouble === 'no-answer' ? row : undefined
    },
    30_000,
  )
  t.is(waits.state, 'queued')
  t.true((waits.retry_at ?? 0) > 0)
  // A person gives it up.
  await node.services.db.write(tx => node.services.exchange.retrievals.cancel(tx, silent, 'not needed', TEST))
  t.like(await node.services.exchange.retrievals.get(silent), { state: 'cancelled', reason: 'not needed' })
  t.is(await node.digests(uid).then(held => held.size), 0)
})
