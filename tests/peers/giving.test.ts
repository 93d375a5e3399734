import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { asking, everything, listen } from '../support/acceptors.js'
import { eventually, freePort, run } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openOrthanc, openStorescp, programs } from '../support/pacs.js'
import {
  datasetDigest,
  digestsOf,
  inOrder,
  type PhantomFile,
  toStore,
  writePhantom,
  ZOE,
} from '../support/phantoms.js'
import { found } from '../support/programs.js'

// What others find with us and fetch from us. One after the other: each has processes of its own.
const getscu = found('getscu')
const movescu = found('movescu')
const withDcmtk = getscu && movescu && programs.findscu && programs.storescp ? test.serial : test.skip
const withOrthanc = programs.orthanc ? test.serial : test.skip

const RIGHTS = { may: ['echo', 'store', 'find', 'move', 'get'] }

async function sendAs(aeTitle: string, node: TestNode, files: readonly PhantomFile[]) {
  const association = await asking(node.addresses.dicom, {
    callingAETitle: aeTitle,
    contexts: [...new Set(files.map(file => `${file.sopClassUID} ${file.transferSyntaxUID}`))].map(pair => ({
      abstractSyntax: pair.split(' ')[0] as string,
      transferSyntaxes: [pair.split(' ')[1] as string],
    })),
  })
  for (const file of files) await association.store(toStore(file))
  await association.release()
}

const uncompressed = [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian]

/** C-MOVE as a peer of ours (`AE>TITLE` where it calls us otherwise), at study level unless told. */
async function move(
  node: TestNode,
  aeTitle: string,
  destination: string,
  keys: Record<string, string>,
  cancel = new AbortController().signal,
) {
  const [callingAETitle = '', calledAETitle = 'RELAIS'] = aeTitle.split('>')
  const association = await asking(node.addresses.dicom, {
    callingAETitle,
    calledAETitle,
    contexts: [{ abstractSyntax: SOPClass.StudyRootMove, transferSyntaxes: uncompressed }],
  })
  const outcome = await association.retrieve({
    sopClassUID: SOPClass.StudyRootMove,
    destination,
    messageId: 77,
    identifier: syntax => encodeDataset({ QueryRetrieveLevel: 'STUDY', ...keys }, syntax),
    cancel,
    onProgress: () => undefined,
  })
  await association.release()
  return outcome
}

/** Three sites: at two of them a PACS called PACS, and a reading group. */
async function threeSites(t: ExecutionContext, ports: { nord: number; sud: number; lecture: number }) {
  return openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        // They come from one address: told apart by the title they call us by.
        peerOf('nord-pacs', 'nord', 'PACS', ports.nord, { ...RIGHTS, callUs: 'RELAISNORD' }),
        peerOf('nord-ws', 'nord', 'NORDWS', ports.nord, {
          ...RIGHTS,
          callUs: 'RELAIS',
          may: ['find', 'move'],
        }),
        peerOf('sud-pacs', 'sud', 'PACS', ports.sud, { ...RIGHTS, callUs: 'RELAISSUD' }),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', ports.lecture, RIGHTS),
        peerOf('nord-modality', 'nord', 'NORDCT', ports.nord, { may: ['store'] }),
        peerOf('sud-modality', 'sud', 'SUDCT', ports.sud, { may: ['store'] }),
      ],
    },
  })
}

/** A place that takes whatever comes, under any title. */
const place = (t: ExecutionContext) => listen(t, { admit: () => everything })
const arrived = (at: Awaited<ReturnType<typeof place>>) =>
  inOrder(at.received.map(each => [each.sopInstanceUID, each.digest] as const))

test.serial(
  'C-MOVE goes to the destination the caller may name, and no further: two sites have a PACS called PACS',
  async t => {
    const at = { nord: await place(t), sud: await place(t), lecture: await place(t) }
    const node = await threeSites(t, { nord: at.nord.port, sud: at.sud.port, lecture: at.lecture.port })
    const folder = temporary(t)
    const nord = writePhantom(folder, 'nord', { images: 3 })
    const sud = writePhantom(folder, 'sud', { images: 2 })
    await sendAs('NORDCT', node, nord.files)
    await sendAs('SUDCT', node, sud.files)
    await node.received(nord.uid, 3)
    await node.received(sud.uid, 2)
    const keys = { StudyInstanceUID: nord.uid }

    t.like(await move(node, 'PACS>RELAISNORD', 'PACS', keys), {
      status: 0,
      counts: { completed: 3, failed: 0 },
    })
    t.deepEqual(arrived(at.nord), digestsOf(nord.files))
    for (const each of at.nord.received) {
      t.deepEqual(each.moveOriginator, { aeTitle: 'PACS', messageId: 77 })
      t.like(each.association, { callingAETitle: 'RELAISNORD', calledAETitle: 'PACS' })
    }
    // Nobody's title, another site's, one that may not be sent to: all the same to the caller.
    for (const destination of ['NOWHERE', 'LECTURE', 'SUDCT', 'NORDWS', ''])
      t.like(await move(node, 'PACS>RELAISNORD', destination, keys), {
        status: 0xa801,
        comment: 'move destination unknown',
        counts: { completed: 0 },
      })
    // What a site may not see is not there.
    for (const [who, destination] of [
      ['PACS>RELAISSUD', 'PACS'],
      ['LECTURE', 'LECTURE'],
    ] as const)
      t.like(await move(node, who, destination, keys), { status: 0, counts: { completed: 0, failed: 0 } })
    t.is(at.sud.received.length + at.lecture.received.length, 0)

    // The reading group becomes a party: it may fetch, be sent to, and name the PACS of that one hospital.
    const [study] = await node.services.studies.byUid(nord.uid)
    await node.services.db.write(tx =>
      node.services.studies.link(tx, study?.id ?? '', {
        request: 'req',
        sites: ['lecture'],
        urgency: 'routine',
      }),
    )
    t.like(await move(node, 'LECTURE', 'LECTURE', keys), { status: 0, counts: { completed: 3 } })
    t.like(await move(node, 'PACS>RELAISNORD', 'LECTURE', keys), { status: 0, counts: { completed: 3 } })
    t.deepEqual(arrived(at.lecture), digestsOf(nord.files))
    at.nord.received.length = 0
    t.like(await move(node, 'LECTURE', 'PACS', keys), { status: 0, counts: { completed: 3 } })
    t.deepEqual(arrived(at.nord), digestsOf(nord.files))
    t.is(at.sud.received.length, 0)
    // Both hospitals' studies in one request: no single PACS of theirs is a part of both.
    t.like(await move(node, 'LECTURE', 'PACS', { StudyInstanceUID: `${nord.uid}\\${sud.uid}` }), {
      status: 0,
    })
    t.is(at.sud.received.length, 0)

    const series = { QueryRetrieveLevel: 'SERIES', StudyInstanceUID: nord.uid }
    t.like(await move(node, 'PACS>RELAISNORD', 'PACS', series), { status: 0xa900 })
    const image = {
      QueryRetrieveLevel: 'IMAGE',
      StudyInstanceUID: nord.uid,
      SOPInstanceUID: nord.files[1]?.sopInstanceUID ?? '',
    }
    t.like(await move(node, 'PACS>RELAISNORD', 'PACS', image), { status: 0, counts: { completed: 1 } })

    const asked = await node.facts('instances-asked')
    const given = await eventually('all is journaled', async () => {
      const facts = await node.facts('instances-given')
      return facts.length === asked.length ? facts : undefined
    })
    t.like(given[0], {
      site: 'nord',
      ids: { peer: 'nord-pacs' },
      body: { how: 'move', completed: 3, failed: 0 },
    })
    t.like(given[0]?.origin, { by: 'peer', peer: 'nord-pacs', callingAETitle: 'PACS' })
  },
)

test.serial('who may not move or get is offered neither, and who may only get may not store', async t => {
  const at = await place(t)
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-modality', 'nord', 'NORDCT', at.port, { may: ['store', 'find'] }),
        peerOf('nord-getter', 'nord', 'GETTER', at.port, { may: ['get'] }),
      ],
    },
  })
  const { files, uid } = writePhantom(temporary(t), 'ct', { images: 2 })
  await sendAs('NORDCT', node, files)
  await node.received(uid, 2)
  const open = (callingAETitle: string) =>
    asking(node.addresses.dicom, {
      callingAETitle,
      contexts: [SOPClass.StudyRootMove, SOPClass.StudyRootGet, SOPClass.CTImageStorage].map(
        abstractSyntax => ({
          abstractSyntax,
          transferSyntaxes: uncompressed,
        }),
      ),
      roles: [{ sopClassUID: SOPClass.CTImageStorage, scu: true, scp: true }],
      store: () => ({
        write: () => true,
        drained: () => Promise.resolve(),
        abort: () => undefined,
        end: async () => ({ status: 0 }),
      }),
    })
  const modality = await open('NORDCT')
  t.deepEqual(
    modality.contexts.map(each => each.abstractSyntax),
    [SOPClass.CTImageStorage],
  )
  await modality.release()
  const getter = await open('GETTER')
  t.deepEqual(
    getter.contexts.map(each => each.abstractSyntax),
    [SOPClass.StudyRootGet, SOPClass.CTImageStorage],
  )
  t.like(await getter.store(toStore(files[0] as PhantomFile)), { outcome: 'answered', status: 0x0122 })
  const got = await getter.retrieve({
    sopClassUID: SOPClass.StudyRootGet,
    identifier: syntax => encodeDataset({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: uid }, syntax),
    cancel: new AbortController().signal,
    onProgress: () => undefined,
  })
  t.like(got, { outcome: 'answered', status: 0, counts: { completed: 2 } })
  await getter.release()
})

test.serial(
  'a destination that hangs: a cancel is answered at once, and the death of the receiver harms nobody else',
  async t => {
    let calls = 0
    const hanging = createServer(socket => {
      calls += 1
      socket.on('error', () => undefined)
    })
    hanging.listen(0, '127.0.0.1')
    await once(hanging, 'listening')
    t.teardown(() => hanging.close())
    const at = await place(t)
    const node = await openNode(t, {
      network: {
        sites: SITES,
        contracts: CONTRACTS,
        peers: [
          peerOf('nord-pacs', 'nord', 'NORDPACS', at.port, RIGHTS),
          peerOf('nord-ws', 'nord', 'NORDWS', (hanging.address() as AddressInfo).port, { may: ['store'] }),
          peerOf('nord-gone', 'nord', 'GONE', await freePort(), { may: ['store'] }),
        ],
      },
    })
    const { files, uid } = writePhantom(temporary(t), 'ct', { images: 2 })
    await sendAs('NORDPACS', node, files)
    await node.received(uid, 2)
    const keys = { StudyInstanceUID: uid }
    const cancelling = new AbortController()
    const moving = move(node, 'NORDPACS', 'NORDWS', keys, cancelling.signal)
    await eventually('the destination is called', () => (calls > 0 ? true : undefined))
    cancelling.abort()
    t.like(await moving, { status: 0xfe00, counts: { remaining: 2, completed: 0, failed: 0 } })

    // Not there at all: all have failed, and are named.
    t.like(await move(node, 'NORDPACS', 'GONE', keys), {
      status: 0xa702,
      counts: { failed: 2, remaining: 0 },
      failed: files.map(file => file.sopInstanceUID),
    })

    const again = move(node, 'NORDPACS', 'NORDWS', keys)
    await eventually('the destination is called again', async () =>
      (await node.facts('instances-asked')).length === 3 ? true : undefined,
    )
    process.kill(node.services.exchange.link.pid() ?? 0, 'SIGKILL')
    t.like(await again, { outcome: 'unanswered' })
    const after = await eventually('another receiver serves', () =>
      move(node, 'NORDPACS', 'NORDPACS', keys).catch(() => undefined),
    )
    t.like(after, { status: 0, counts: { completed: 2 } })
    t.deepEqual(arrived(at), digestsOf(files))
  },
)

withDcmtk('findscu, movescu and getscu: found with its accents, moved and got byte for byte', async t => {
  const storage = await openStorescp(t, { aeTitle: 'NORDPACS' })
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', storage.port, RIGHTS)],
    },
  })
  const folder = temporary(t)
  const { files, uid } = writePhantom(folder, 'ct', { images: 4 })
  const other = writePhantom(folder, 'implicit', {
    images: 2,
    transferSyntaxUID: TransferSyntax.ImplicitVRLittleEndian,
    patient: { ...ZOE, PatientID: '10002', PatientName: 'ŻÓŁĆ^Zofia' },
  })
  await sendAs('NORDPACS', node, files)
  await sendAs('NORDPACS', node, other.files)
  await node.received(uid, 4)
  await node.received(other.uid, 2)
  const who = ['-S', '-aet', 'NORDPACS', '-aec', 'RELAIS', '127.0.0.1', String(node.addresses.dicom)]
  const keysOf = (keys: Record<string, string>) =>
    Object.entries({ QueryRetrieveLevel: 'STUDY', ...keys }).flatMap(([keyword, value]) => [
      '-k',
      `${keyword}=${value}`,
    ])
  const find = async (keys: Record<string, string>) => {
    const answer = await run(programs.findscu ?? '', ['-v', ...who, ...keysOf({ PatientName: '', ...keys })])
    t.is(answer.code, 0, answer.output)
    return answer.output.split('Find Response:').slice(1).join()
  }
  // Latin 1 for who names no character set and where it is enough, UTF-8 else or when asked for.
  t.regex(await find({ PatientName: 'essai*' }), /ISO_IR 100[\s\S]*ESSAI\^Zo\xe9/)
  t.regex(
    await find({ PatientName: 'essai*', SpecificCharacterSet: 'ISO_IR 192' }),
    /ISO_IR 192[\s\S]*Zo\xc3\xa9/,
  )
  t.regex(await find({ StudyInstanceUID: other.uid }), /ISO_IR 192/)
  t.regex(await find({ StudyInstanceUID: other.uid, '0009,0010': 'PRIVATE' }), /RetrieveAETitle/)

  const moved = await run(movescu ?? '', [
    '-v',
    '-aem',
    'NORDPACS',
    ...who,
    ...keysOf({ StudyInstanceUID: uid }),
  ])
  t.is(moved.code, 0, moved.output)
  t.deepEqual(await storage.holds(), digestsOf(files))
  const got = temporary(t)
  const fetched = await run(getscu ?? '', [
    '-v',
    '+B',
    '-od',
    got,
    ...who,
    ...keysOf({ StudyInstanceUID: uid }),
  ])
  t.is(fetched.code, 0, fetched.output)
  const digests = readdirSync(got).map(name => datasetDigest(readFileSync(join(got, name))))
  t.deepEqual(digests.sort(), [...digestsOf(files).values()].sort(), fetched.output)
})

withOrthanc('Orthanc finds a study with us and has it sent to itself', async t => {
  const port = await freePort()
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', port, RIGHTS),
        peerOf('nord-modality', 'nord', 'NORDCT', await freePort(), { may: ['store'] }),
      ],
    },
  })
  const { files, uid } = writePhantom(temporary(t), 'ct', { images: 4 })
  await sendAs('NORDCT', node, files)
  await node.received(uid, 4)
  const pacs = await openOrthanc(t, { aeTitle: 'NORDPACS', node: { port: node.addresses.dicom }, port })
  const answers = await pacs.query({ StudyInstanceUID: uid })
  t.is(answers.count, 1)
  await answers.retrieve('NORDPACS')
  t.deepEqual(await pacs.holds(), digestsOf(files))
  await t.throwsAsync(answers.retrieve('ELSEWHERE'))
})
