import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readHeader } from '../../node/dicom/format/header.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import { comparePixels } from '../../node/dicom/format/pixel-digest.js'
import { differingValues } from '../../node/dicom/format/same-values.js'
import { openTranscoder } from '../../node/dicom/transcoder.js'
import { TransferSyntax } from '../../node/dicom/uids.js'
import { asking } from '../support/acceptors.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openStorescp, programs } from '../support/pacs.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { datasetDigest, digestsOf, type PhantomFile, toStore, writePhantom } from '../support/phantoms.js'

const withDcmtk = programs.storescp ? test.serial : test.skip
const nowhere = 4242

function routed(ports: Record<string, number>, routes: object[]) {
  return {
    sites: SITES,
    contracts: CONTRACTS,
    peers: [
      peerOf('nord-pacs', 'nord', 'NORDPACS', nowhere),
      ...Object.entries(ports).map(([id, port]) => peerOf(id, 'lecture', id.toUpperCase(), port)),
    ],
    routes,
  }
}

async function sendAs(aeTitle: string, node: TestNode, files: readonly PhantomFile[]) {
  const association = await asking(node.addresses.dicom, {
    callingAETitle: aeTitle,
    contexts: files.map(file => ({
      abstractSyntax: file.sopClassUID,
      transferSyntaxes: [file.transferSyntaxUID],
    })),
  })
  for (const file of files) accepted(await association.store(toStore(file)))
  await association.release()
}

function accepted(outcome: { outcome: string; status?: number }) {
  if (outcome.outcome !== 'answered' || outcome.status !== 0) throw new Error(JSON.stringify(outcome))
}

async function opened(file: string) {
  const { datasetOffset, transferSyntaxUID } = readFileHeader(readFileSync(file).subarray(0, 65_536))
  return { file, datasetOffset, header: await readHeader(file, { datasetOffset, transferSyntaxUID }) }
}

/** Files of a folder by SOP Instance UID. */
const filesIn = (folder: string) =>
  new Map(
    readdirSync(folder).map(name => {
      const file = join(folder, name)
      return [readFileHeader(readFileSync(file)).sopInstanceUID ?? '', file]
    }),
  )

const nothingLeft = (t: ExecutionContext, node: TestNode) =>
  t.false(
    existsSync(join(node.folder, 'scratch', 'transcoded')) &&
      readdirSync(join(node.folder, 'scratch', 'transcoded')).length > 0,
  )

withDcmtk(
  'a route that compresses: another implementation finds every value and every pixel as they were; the stored image and other routes are not touched',
  async t => {
    const folders = { small: temporary(t), rle: temporary(t), old: temporary(t), exact: temporary(t) }
    const ports: Record<string, number> = {}
    for (const [id, folder] of Object.entries(folders))
      ports[id] = (await openStorescp(t, { aeTitle: id.toUpperCase(), folder })).port
    const node = await openNode(t, {
      network: routed(ports, [
        { id: 'small', when: { site: 'nord' }, to: ['small'], transferSyntax: 'jpeg-ls-lossless' },
        { id: 'rle', when: { site: 'nord' }, to: ['rle'], transferSyntax: 'rle-lossless' },
        { id: 'old', when: { site: 'nord' }, to: ['old'], transferSyntax: 'jpeg-lossless' },
        { id: 'exact', when: { site: 'nord' }, to: ['exact'] },
      ]),
    })
    const folder = temporary(t)
    const { uid, files } = writePhantom(folder, 'ct', { images: 18 })
    const knee = writePhantom(folder, 'mr', { kind: 'mr-knee', images: 2 })
    await sendAs('NORDPACS', node, files)
    await sendAs('NORDPACS', node, knee.files)
    for (const [study, images] of [
      [uid, 18],
      [knee.uid, 2],
    ] as const) {
      for (const id of ['small', 'rle', 'old'])
        t.like(await node.transferred(study, id, 'sent'), {
          total: images,
          sent: images,
          failed: 0,
          converted: images,
        })
      t.like(await node.transferred(study, 'exact', 'sent'), { converted: 0 })
    }
    for (const [id, syntax] of [
      ['small', TransferSyntax.JPEGLSLossless],
      ['rle', TransferSyntax.RLELossless],
      ['old', TransferSyntax.JPEGLosslessSV1],
    ] as const) {
      const there = filesIn(folders[id])
      for (const file of [...files, ...knee.files]) {
        const [a, b] = [await opened(file.file), await opened(there.get(file.sopInstanceUID) ?? '')]
        t.is(b.header.transferSyntaxUID, syntax)
        t.is(await comparePixels(a, b), 'same')
        t.deepEqual(
          differingValues(a.header, b.header, (_root, tag) => tag !== '00082111' && !tag.endsWith('0000')),
          [],
        )
      }
    }
    for (const file of files)
      t.is(datasetDigest(readFileSync(filesIn(folders.exact).get(file.sopInstanceUID) ?? '')), file.digest)
    t.deepEqual(await node.digests(uid), digestsOf(files))
    nothingLeft(t, node)
    const bytes = (of: string) =>
      [...filesIn(of).values()].reduce((sum, file) => sum + readFileSync(file).length, 0)
    t.true(bytes(folders.small) < bytes(folders.exact))
    t.is((await node.facts('study-sent')).filter(({ body }) => body?.['converted'] !== undefined).length, 6)
  },
)

test.serial(
  'a destination that takes the object but not its encoding: between uncompressed ones by itself, from a compressed one where the route allows it, else a person decides',
  async t => {
    const {
      ImplicitVRLittleEndian: implicit,
      ExplicitVRLittleEndian: explicit,
      JPEGLSLossless,
    } = TransferSyntax
    const old = await openLyingPacs(t, {
      aeTitle: 'OLD',
      lie: () => undefined,
      finds: true,
      takes: [implicit],
    })
    const strict = await openLyingPacs(t, {
      aeTitle: 'STRICT',
      lie: () => undefined,
      finds: true,
      takes: [implicit],
    })
    const plain = await openLyingPacs(t, {
      aeTitle: 'PLAIN',
      lie: () => undefined,
      finds: true,
      takes: [explicit, implicit],
    })
    const kind = await openLyingPacs(t, {
      aeTitle: 'KIND',
      lie: () => undefined,
      finds: true,
      takes: [explicit],
    })
    const node = await openNode(t, {
      network: routed({ old: old.port, strict: strict.port, plain: plain.port, kind: kind.port }, [
        { id: 'old', when: { site: 'nord' }, to: ['old'] },
        { id: 'strict', when: { site: 'nord' }, to: ['strict'], whenRefused: 'nothing' },
        { id: 'plain', when: { site: 'nord' }, to: ['plain'], transferSyntax: 'jpeg-ls-lossless' },
        { id: 'kind', when: { site: 'nord' }, to: ['kind'], whenRefused: 'decompress' },
      ]),
    })
    const folder = temporary(t)
    const { uid, files } = writePhantom(folder, 'ct', { images: 3 })
    await sendAs('NORDPACS', node, files)
    t.like(await node.transferred(uid, 'old', 'confirmed'), { confirmed: 3, converted: 3 })
    t.deepEqual([...old.syntaxes.values()], [implicit, implicit, implicit])
    t.like(await node.transferred(uid, 'strict', 'failed'), { sent: 0, failed: 3 })
    t.is(strict.stored.length, 0)
    // It does not take the compressed one either: then it gets what was received.
    t.like(await node.transferred(uid, 'plain', 'confirmed'), { confirmed: 3, converted: 0 })
    t.deepEqual(plain.holds(), digestsOf(files))
    t.like(await node.transferred(uid, 'kind', 'confirmed'), { confirmed: 3, converted: 0 })
    t.deepEqual(kind.holds(), digestsOf(files))

    // The same with a study that came compressed.
    const [image] = writePhantom(folder, 'dx', { kind: 'dx-chest', images: 1 }).files
    const compressed = await compress(t, image as PhantomFile, JPEGLSLossless)
    await sendAs('NORDPACS', node, [compressed.phantom])
    t.like(await node.transferred(compressed.uid, 'kind', 'confirmed'), { confirmed: 1, converted: 1 })
    t.is(kind.syntaxes.get(compressed.phantom.sopInstanceUID), explicit)
    t.like(await node.transferred(compressed.uid, 'old', 'failed'), { failed: 1 })
    t.deepEqual(await node.digests(compressed.uid), digestsOf([compressed.phantom]))
    nothingLeft(t, node)
  },
)

async function compress(t: ExecutionContext, image: PhantomFile, to: string) {
  const folder = temporary(t)
  const transcoder = openTranscoder({ folder })
  t.teardown(() => transcoder.close())
  const answer = await transcoder.transcode({ ...image }, to, join(folder, 'one'))
  if ('failed' in answer) throw new Error(answer.failed)
  const bytes = readFileSync(answer.made.file)
  const header = await readHeader(answer.made.file, {
    datasetOffset: answer.made.datasetOffset,
    transferSyntaxUID: to,
  })
  return {
    uid: header.text('StudyInstanceUID') ?? '',
    phantom: {
      ...image,
      file: answer.made.file,
      transferSyntaxUID: to,
      digest: datasetDigest(bytes),
      datasetOffset: answer.made.datasetOffset,
      bytes: bytes.length,
    },
  }
}

test.serial(
  'the encoder cannot be trusted: what it changes, cannot do, or hangs on is not used, and nothing of it is left',
  async t => {
    const folder = temporary(t)
    const transcoder = openTranscoder({ folder })
    t.teardown(() => transcoder.close())
    const [image] = writePhantom(folder, 'ct', { images: 1 }).files as [PhantomFile]
    const failed = async (file: PhantomFile, to: string = TransferSyntax.JPEGLSLossless, by = transcoder) => {
      const own = join(folder, 'own')
      const answer = await by.transcode({ ...file }, to, own)
      t.false(existsSync(own) && 'failed' in answer)
      return 'failed' in answer ? answer.failed : undefined
    }
    const garbage = { ...image, file: join(folder, 'garbage'), bytes: 4000 }
    writeFileSync(garbage.file, Buffer.alloc(4000, 0xa5))
    t.truthy(await failed(garbage))
    const cut = { ...image, file: join(folder, 'cut') }
    writeFileSync(cut.file, readFileSync(image.file).subarray(0, image.bytes - 2000))
    t.truthy(await failed(cut))
    t.regex((await failed(image, '1.2.840.10008.1.2.4.999')) ?? '', /./)
    // A UID that would lead out of the folder is never given to it.
    const escaping = { ...image, file: join(folder, 'escape') }
    const bytes = Buffer.from(readFileSync(image.file))
    for (
      let at = bytes.indexOf(image.sopInstanceUID);
      at >= 0;
      at = bytes.indexOf(image.sopInstanceUID, at + 1)
    )
      bytes.write('../../escaped', at, 'latin1')
    writeFileSync(escaping.file, bytes)
    t.regex((await failed(escaping)) ?? '', /UID/)
    // A process that hangs is killed, and the next object has a fresh one.
    const hasty = openTranscoder({ folder, timeoutMs: 1 })
    t.teardown(() => hasty.close())
    t.regex((await failed(image, TransferSyntax.RLELossless, hasty)) ?? '', /within 1 ms/)
    mkdirSync(join(folder, 'more'), { recursive: true })
    t.is(await failed(image), undefined)
    await eventually('the good one is there', () =>
      existsSync(join(folder, 'own', image.sopInstanceUID)) ? true : undefined,
    )
  },
)
