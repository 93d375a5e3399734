import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { defaultLimits, defaultTimers } from '../../node/dicom/network/limits.js'
import type { AssociationFailure } from '../../node/dicom/network/requestor.js'
import { SOPClass } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'
import { asking, listen } from '../support/acceptors.js'
import { eventually, freePort, run, serve } from '../support/children.js'
import { explicitVRLittleEndian, type SyntheticFile, temporaryFolder, writeSlice } from '../support/part10.js'
import { found } from '../support/programs.js'

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function slices(folder: string, count: number, edge?: number): Promise<SyntheticFile[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => writeSlice(folder, index + 1, edge)))
}

function instance(slice: SyntheticFile) {
  const { sopClassUID, sopInstanceUID, transferSyntaxUID, file, offset, dataset } = slice
  return { sopClassUID, sopInstanceUID, transferSyntaxUID, dataset: { file, offset, length: dataset.length } }
}

const storescu = found('storescu')
const storescp = found('storescp')
const echoscu = found('echoscu')
const findscu = found('findscu')

;(echoscu ? test : test.skip)('echoscu is answered, under the AE title that was admitted only', async t => {
  const { port, events } = await listen(t)
  const good = await run(echoscu ?? '', ['-aec', 'RELAIS', '127.0.0.1', String(port)])
  t.is(good.code, 0, good.output)
  const bad = await run(echoscu ?? '', ['-aec', 'ANOTHER', '127.0.0.1', String(port)])
  t.not(bad.code, 0)
  t.regex(bad.output, /Called AE Title Not Recognized/)
  t.deepEqual(
    events.map(event => event.type),
    ['accepted', 'released', 'rejected'],
  )
})

;(storescu ? test : test.skip)('what storescu sends arrives byte for byte', async t => {
  const folder = await temporaryFolder()
  const files = await slices(folder, 12, 300)
  const { port, received } = await listen(t)
  for (const pdu of ['4096', '16384', '131072']) {
    received.length = 0
    const limits = ['--max-pdu', pdu]
    const sent = await run(storescu ?? '', [
      ...limits,
      '--max-send-pdu',
      pdu,
      '-aec',
      'RELAIS',
      '127.0.0.1',
      String(port),
      ...files.map(each => each.file),
    ])
    t.is(sent.code, 0, sent.output)
    t.deepEqual(
      received.map(each => [each.sopInstanceUID, each.digest]),
      files.map(each => [each.sopInstanceUID, digestOf(each.dataset)]),
    )
  }
  await rm(folder, { recursive: true })
})

;(storescp ? test : test.skip)('what we send arrives byte for byte at storescp', async t => {
  const folder = await temporaryFolder()
  const inbox = join(folder, 'inbox')
  await mkdir(inbox)
  const files = await slices(folder, 5, 300)
  const port = await freePort()
  const peer = serve(storescp ?? '', ['-B', '-od', inbox, '-aet', 'RELAIS', String(port)])
  t.teardown(() => peer.stop())
  const association = await eventually('storescp listens', () => asking(port).catch(() => undefined))
  t.is((await association.echo()).outcome, 'answered')
  for (const slice of files) {
    const outcome = await association.store(instance(slice))
    t.like(outcome, { outcome: 'answered', status: 0, meaning: { class: 'success' } })
  }
  t.deepEqual(await association.release(), { kind: 'released' })
  const names = await readdir(inbox)
  t.is(names.length, files.length)
  const digests = await Promise.all(
    names.map(async name => (await readFile(join(inbox, name))).toString('latin1')),
  )
  for (const slice of files) t.true(digests.some(each => each.endsWith(slice.dataset.toString('latin1'))))
  await rm(folder, { recursive: true })
})

test('two nodes of ours use a window of 32 and every instance has its own status', async t => {
  const folder = await temporaryFolder()
  const files = await slices(folder, 60, 200)
  const digests: string[] = []
  let waiting = 0
  let letGo: () => void = () => undefined
  // Nobody is answered before 32 are unanswered at once: with a smaller window this test would not end.
  const full = new Promise<void>(resolve => {
    letGo = resolve
  })
  const { port } = await listen(t, {
    services: {
      store: context => {
        const hash = createHash('sha256')
        return {
          write: chunk => {
            hash.update(chunk)
            return true
          },
          drained: () => Promise.resolve(),
          end: async () => {
            waiting += 1
            if (waiting === 32) letGo()
            await full
            digests.push(hash.digest('hex'))
            if (context.sopInstanceUID.endsWith('.7')) throw new Failure('storage-full', 'disque plein')
            return { status: 0 }
          },
          abort: () => undefined,
        }
      },
    },
  })
  const association = await asking(port, { window: 32 })
  t.is(association.window, 32)
  const outcomes = await Promise.all(files.map(slice => association.store(instance(slice))))
  t.deepEqual(digests.sort(), files.map(each => digestOf(each.dataset)).sort())
  outcomes.forEach((outcome, index) => {
    if (index === 6) t.like(outcome, { outcome: 'answered', status: 0xa700, comment: 'disque plein' })
    else t.like(outcome, { outcome: 'answered', status: 0 })
  })
  t.deepEqual(await association.release(), { kind: 'released' })
  await rm(folder, { recursive: true })
})

;(findscu ? test : test.skip)(
  'findscu gets every match, and an empty answer where there is none',
  async t => {
    const match = Buffer.concat([
      Buffer.from([0x10, 0, 0x20, 0]),
      Buffer.from('LO'),
      Buffer.from([8, 0]),
      Buffer.from('ESSAI-42'),
    ])
    const asked: string[] = []
    let answers = 3
    const { port } = await listen(t, {
      admit: () => ({
        admitted: true,
        peer: 'test',
        abstractSyntaxes: uid => uid === SOPClass.StudyRootFind,
        transferSyntaxes: (_, uid) => uid === explicitVRLittleEndian,
        maxAssociations: 8,
        window: 1,
      }),
      services: {
        find: async function* (context, identifier) {
          asked.push(`${context.sopClassUID} ${identifier.includes('STUDY')}`)
          for (let index = 0; index < answers; index += 1) yield match
        },
      },
    })
    const ask = () =>
      run(findscu ?? '', [
        '-v',
        '-S',
        '-aec',
        'RELAIS',
        '-k',
        'QueryRetrieveLevel=STUDY',
        '-k',
        'PatientID',
        '127.0.0.1',
        String(port),
      ])
    const three = await ask()
    t.is(three.code, 0, three.output)
    t.is(three.output.split('ESSAI-42').length - 1, 3, three.output)
    answers = 0
    t.is((await ask()).code, 0)
    t.deepEqual(asked, [`${SOPClass.StudyRootFind} true`, `${SOPClass.StudyRootFind} true`])
  },
)

test('a query says whether it is complete, cut, refused or failed', async t => {
  let cancelled = false
  const { port } = await listen(t, {
    services: {
      find: async function* (context, identifier) {
        const wanted = identifier.toString()
        if (wanted === 'forbidden') throw new Failure('forbidden', 'no')
        if (wanted === 'broken') throw new Failure('invalid', 'no')
        if (wanted === 'none') return
        for (;;) {
          yield identifier
          if (context.cancelled.aborted) {
            cancelled = true
            return
          }
        }
      },
    },
  })
  const association = await asking(port)
  const matches: string[] = []
  const ask = (identifier: string, maximum = 5) =>
    association.find({
      sopClassUID: SOPClass.StudyRootFind,
      identifier: Buffer.from(identifier),
      maximum,
      onMatch: match => matches.push(match.toString()),
    })
  t.deepEqual(await ask('none'), { outcome: 'complete', matches: 0 })
  t.deepEqual(await ask('endless'), { outcome: 'cut', matches: 5 })
  t.is(matches.length, 5)
  t.true(cancelled)
  t.like(await ask('forbidden'), { outcome: 'refused', status: 0x0124 })
  t.like(await ask('broken'), { outcome: 'failed', status: 0xc000 })
  t.deepEqual(await association.release(), { kind: 'released' })
})

/** Everything a peer says until it closes. */
function conversation(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', part => parts.push(part))
  socket.on('error', () => undefined)
  return new Promise(resolve => socket.on('close', () => resolve(Buffer.concat(parts))))
}

test('garbage is aborted with its reason while another association goes on', async t => {
  const folder = await temporaryFolder()
  const [slice] = await slices(folder, 1)
  const { port, received, events } = await listen(t)
  const association = await asking(port)
  const bad = connect(port, '127.0.0.1')
  const said = conversation(bad)
  bad.write('GET / HTTP/1.1\r\n\r\n')
  const answer = await eventually('an A-ABORT', () => (bad.bytesRead >= 10 ? true : undefined))
  bad.end()
  t.true(answer)
  // A-ABORT, source 2 (service provider), reason 1 (unrecognised PDU).
  t.deepEqual([...(await said)], [7, 0, 0, 0, 0, 4, 0, 0, 2, 1])
  t.like(await association.store(instance(slice as SyntheticFile)), { outcome: 'answered', status: 0 })
  await association.release()
  t.is(received.length, 1)
  t.true(events.some(event => event.type === 'aborted' && event.by === 'us'))
  await rm(folder, { recursive: true })
})

test('whoever says nothing, before or after association, is closed in time', async t => {
  const { acceptor, port, events } = await listen(t, {
    limits: { ...defaultLimits, artimTimeoutMs: 200, idleTimeoutMs: 300, closeTimeoutMs: 200 },
  })
  const silent = conversation(connect(port, '127.0.0.1'))
  const association = await asking(port)
  t.is((await silent).length, 0)
  t.like(await association.end, { kind: 'aborted', by: 'peer' })
  t.like(await association.echo(), { outcome: 'unanswered' })
  await eventually('both are told', () =>
    events.filter(event => event.type === 'aborted').length === 2 ? true : undefined,
  )
  t.is(acceptor.associations(), 0)
})

test('opening an association fails with the step that failed', async t => {
  const nobody = await freePort()
  const closed = await t.throwsAsync<AssociationFailure>(asking(nobody))
  t.is(closed?.step, 'tcp')
  const { port } = await listen(t)
  const rejected = await t.throwsAsync<AssociationFailure>(asking(port, { calledAETitle: 'OTHER' }))
  t.is(rejected?.step, 'rejected')
  t.deepEqual(rejected?.rejection, { result: 1, source: 1, reason: 7 })
  t.regex(rejected?.message ?? '', /called AE title not recognised/)
  const tls = await t.throwsAsync<AssociationFailure>(
    asking(port, { tls: {}, timers: { ...defaultTimers, tlsHandshakeTimeoutMs: 5_000 } }),
  )
  t.is(tls?.step, 'tls')
})
