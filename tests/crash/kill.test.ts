import { readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import { stringify } from 'yaml'
import { eventually, freePort, run, serve } from '../support/children.js'
import { openNode, peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { acknowledged, programs, storescu } from '../support/pacs.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { digestsOf, type PhantomFile, writePhantom } from '../support/phantoms.js'
import { lost } from '../support/promised.js'
import { scaled } from '../support/scale.js'
import { root } from '../support/sources.js'

const RECEIVER_KILLS = scaled(3, 1_000)
const NODE_KILLS = scaled(2, 100)
const SENDERS = 3
const IMAGES_PER_SENDER = 30
/** From the kill to the first connection taken, beside what this machine needs to start any process of ours. */
const BACK_MS = 1000

const withDcmtk = programs.storescu ? test.serial : test.skip

const NETWORK = {
  sites: SITES,
  peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', 4242)],
}

/** Files in the store that no row names. */
function leftovers(folder: string): string[] {
  const db = new Sqlite(join(folder, 'relais.sqlite'), { readonly: true })
  try {
    const named = new Set(
      (db.prepare('SELECT bucket, name FROM objects').all() as { bucket: string; name: string }[]).map(
        row => `${row.bucket}/${row.name}`,
      ),
    )
    const objects = join(folder, 'objects')
    return readdirSync(objects).flatMap(bucket =>
      readdirSync(join(objects, bucket))
        .map(name => `${bucket}/${name}`)
        .filter(path => !path.endsWith('/.swept') && !named.has(path)),
    )
  } finally {
    db.close()
  }
}

function sentBy(t: ExecutionContext, name: string) {
  const folder = temporary(t)
  return Array.from({ length: SENDERS }, (_, at) =>
    writePhantom(folder, `${name}-${at}`, { images: IMAGES_PER_SENDER, rows: 128 }),
  )
}

/** Several storescu at once; resolves with what each was promised. `interrupt` runs when so many were. */
async function sendAll(
  port: number,
  studies: readonly { files: PhantomFile[] }[],
  after: number,
  interrupt: () => Promise<void>,
): Promise<PhantomFile[]> {
  const senders = studies.map(({ files }) => {
    const args = ['-v', '-aet', 'NORDPACS', '-aec', 'RELAIS', '127.0.0.1', String(port)]
    return serve(programs.storescu ?? '', [...args, ...files.map(({ file }) => file)])
  })
  const promised = () =>
    senders.flatMap(({ output }, at) => acknowledged({ code: 0, output: output() }, studies[at]?.files ?? []))
  await eventually(
    'the senders are in the middle of it',
    () => (promised().length >= after ? true : undefined),
    30_000,
  )
  await interrupt()
  // Nothing more can be promised: the connections are gone. storescu ends by itself.
  await Promise.all(senders.map(({ ended }) => ended))
  return promised()
}

async function accepting(port: number): Promise<void> {
  await eventually(
    'the port takes connections',
    () =>
      new Promise<true | undefined>(resolve => {
        const socket = connect(port, '127.0.0.1')
        socket.once('connect', () => {
          socket.destroy()
          resolve(true)
        })
        socket.once('error', () => resolve(undefined))
      }),
    20_000,
  )
}

withDcmtk(
  `the receiver killed in the middle of ${SENDERS} storescu: it is back within a second, and every Success re-reads with its digest`,
  async t => {
    const node = await openNode(t, { network: NETWORK })
    const { link } = node.services.exchange
    const began = performance.now()
    await run(process.execPath, ['--import', 'tsx', join(root, 'node/receiver.ts')])
    const startMs = performance.now() - began
    for (let round = 0; round < RECEIVER_KILLS; round++) {
      const studies = sentBy(t, `round-${round}`)
      const before = link.pid()
      let backMs = 0
      const promised = await sendAll(node.addresses.dicom, studies, 5 + ((17 * round) % 60), async () => {
        process.kill(before ?? 0, 'SIGKILL')
        const killed = performance.now()
        await eventually('it is started again', () =>
          link.pid() !== before && link.pid() !== undefined ? true : undefined,
        )
        await accepting(node.addresses.dicom)
        backMs = performance.now() - killed
      })
      t.log(
        `round ${round}: ${promised.length} promised, back after ${Math.round(backMs)} ms (a start: ${Math.round(startMs)} ms)`,
      )
      t.true(backMs < BACK_MS + 5 * startMs, `back after ${backMs} ms`)
      t.true(promised.length < SENDERS * IMAGES_PER_SENDER, 'it was in the middle')
      t.deepEqual(lost(node.folder, promised), [])
      await eventually('what it left half done is gone', () =>
        leftovers(node.folder).length === 0 ? true : undefined,
      )
      // The senders come again with everything: all is there once, as it was.
      for (const { uid, files } of studies) {
        const again = await storescu(node.addresses.dicom, 'NORDPACS', files)
        t.is(acknowledged(again, files).length, files.length, again.output)
        await node.received(uid, files.length)
        t.deepEqual(await node.digests(uid), digestsOf(files))
      }
    }
    await node.close()
    t.deepEqual(leftovers(node.folder), [])
  },
)

const ENV = (folder: string, dicom: number) => settingsFor(folder, { RELAIS_DICOM_PORT: String(dicom) })

async function applied(t: ExecutionContext, env: Record<string, string>, network: object) {
  const file = join(temporary(t), 'network.yaml')
  writeFileSync(file, stringify(network))
  const said = await relais(['network', 'apply', file], env)
  t.is(said.code, 0, said.stderr)
}

withDcmtk(
  'the whole node killed while images come in: after a restart nothing promised is lost, nothing is half there, verify says so',
  async t => {
    const folder = temporary(t)
    const port = await freePort()
    const env = ENV(folder, port)
    await applied(t, env, NETWORK)
    const promised: PhantomFile[] = []
    const studies = []
    for (let round = 0; round < NODE_KILLS; round++) {
      const node = await startProcess(t, env)
      t.deepEqual(leftovers(folder), [], 'nothing of the last crash is left after a start')
      t.deepEqual(lost(folder, promised), [])
      const sent = sentBy(t, `round-${round}`)
      studies.push(...sent)
      promised.push(...(await sendAll(port, sent, 7 + ((20 * round) % 60), node.kill)))
      t.deepEqual(lost(folder, promised), [])
    }
    const node = await startProcess(t, env)
    t.deepEqual(leftovers(folder), [])
    for (const { files } of studies) {
      const again = await storescu(port, 'NORDPACS', files)
      t.is(acknowledged(again, files).length, files.length, again.output)
    }
    t.deepEqual(
      lost(
        folder,
        studies.flatMap(({ files }) => files),
      ),
      [],
    )
    t.is(await node.stop(), 0)
    const verified = await relais(['verify', '--json'], env)
    t.is(verified.code, 0, verified.stdout)
    t.like(JSON.parse(verified.stdout), { ok: true, faults: 0 })
  },
)

test.serial(
  'the whole node killed in the middle of a send: it goes on by itself, and nothing arrives twice',
  async t => {
    const pacs = await openLyingPacs(t, { aeTitle: 'LECTURE', lie: () => undefined, finds: true })
    const folder = temporary(t)
    const port = await freePort()
    const env = ENV(folder, port)
    await applied(t, env, {
      ...NETWORK,
      peers: [...NETWORK.peers, peerOf('lecture-pacs', 'lecture', 'LECTURE', pacs.port)],
      routes: [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
    })
    const { files } = writePhantom(temporary(t), 'ct', { images: 48, rows: 256 })
    const first = await startProcess(t, env)
    const sent = await relais(
      ['send', ...files.map(({ file }) => file), '--to', 'lecture-pacs', '--json'],
      env,
    )
    t.like(JSON.parse(sent.stdout), { sent: 48, failed: [] }, 'the command sends them straight')
    pacs.held.clear()
    pacs.stored.length = 0
    const received = storescu(port, 'NORDPACS', files)
    await eventually('some arrived', () => (pacs.stored.length >= 5 ? true : undefined), 30_000)
    await first.kill()
    const before = pacs.stored.length
    t.is(acknowledged(await received, files).length, files.length)
    t.true(before < files.length, `${before} had arrived`)

    await startProcess(t, env)
    await eventually('all arrived', () => (pacs.held.size === files.length ? true : undefined), 30_000)
    t.deepEqual(pacs.holds(), digestsOf(files))
    const db = new Sqlite(join(folder, 'relais.sqlite'), { readonly: true })
    t.teardown(() => db.close())
    const state = db.prepare('SELECT state, confirmed FROM transfers')
    await eventually('it is confirmed', () =>
      (state.get() as { state: string }).state === 'confirmed' ? true : undefined,
    )
    t.deepEqual(state.all(), [{ state: 'confirmed', confirmed: files.length }])
    t.is(pacs.stored.length, files.length, 'not one twice')
  },
)
