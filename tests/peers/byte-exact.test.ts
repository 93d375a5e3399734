import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { deflateRawSync } from 'node:zlib'
import test from 'ava'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import {
  knownTransferSyntaxes,
  SOPClass,
  storageSOPClasses,
  type TransferSyntaxTraits,
} from '../../node/dicom/uids.js'
import { asking } from '../support/acceptors.js'
import { openNode, peerOf, SITES } from '../support/node.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { digestOf, inOrder, studyUid } from '../support/phantoms.js'

/** An object of which nothing may change on its way. */
interface Original {
  sopClassUID: string
  sopInstanceUID: string
  transferSyntaxUID: string
  dataset: Buffer
}

/** Names in the character sets of PS3.3 C.12.1.1.2, as the bytes that stand in a file. */
const NAMES: readonly (readonly [string, Buffer])[] = [
  ['', Buffer.from('ESSAI^ASCII')],
  ['ISO_IR 100', Buffer.from('ESSAI^Zoé^Éléonore', 'latin1')],
  ['ISO_IR 192', Buffer.from('ESSAI^Zoë=試験^患者', 'utf8')],
  ['\\ISO 2022 IR 87', Buffer.from('4553534149 5e 541b24423b33451b2842'.replaceAll(' ', ''), 'hex')],
  // What no table knows stays what it is.
  ['ISO_IR 100', Buffer.from([0x45, 0x53, 0x53, 0x41, 0x49, 0x5e, 0x81, 0x8d, 0xff])],
]

/** One element in the encoding of a transfer syntax (PS3.5 §7.1). */
function element(traits: TransferSyntaxTraits, tag: number, vr: string, value: Buffer): Buffer {
  const bytes = value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.from(vr === 'UI' ? '\0' : ' ')])
  const long = ['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'UN', 'UC', 'UR', 'UT', 'SV', 'UV'].includes(vr)
  const head = Buffer.alloc(traits.explicitVR && long ? 12 : 8)
  const put16 = (number: number, at: number) =>
    traits.littleEndian ? head.writeUInt16LE(number, at) : head.writeUInt16BE(number, at)
  const put32 = (number: number, at: number) =>
    traits.littleEndian ? head.writeUInt32LE(number, at) : head.writeUInt32BE(number, at)
  put16(tag >>> 16, 0)
  put16(tag & 0xffff, 2)
  if (!traits.explicitVR) put32(bytes.length, 4)
  else {
    head.write(vr, 4, 'latin1')
    if (long) put32(bytes.length, 8)
    else put16(bytes.length, 6)
  }
  return Buffer.concat([head, bytes])
}

/** Pixel data in fragments nobody could decode: nobody has to (PS3.5 A.4). */
function fragments(): Buffer {
  const item = (bytes: Buffer) => {
    const head = Buffer.from('feff00e000000000', 'hex')
    head.writeUInt32LE(bytes.length, 4)
    return Buffer.concat([head, bytes])
  }
  return Buffer.concat([
    Buffer.from('e07f1000', 'hex'),
    Buffer.from('OB\0\0'),
    Buffer.from('ffffffff', 'hex'),
    item(Buffer.alloc(0)),
    item(randomBytes(600)),
    item(randomBytes(64)),
    Buffer.from('feffdde000000000', 'hex'),
  ])
}

/** A data set with what is met in the field and what no dictionary has: private elements, odd VRs, padded texts. */
function strange(traits: TransferSyntaxTraits, sopClassUID: string, number: number): Original {
  const sopInstanceUID = `${studyUid('exact')}.${number}`
  const [charset, name] = NAMES[number % NAMES.length] as (typeof NAMES)[number]
  const text = (tag: number, vr: string, value: string) =>
    element(traits, tag, vr, Buffer.from(value, 'latin1'))
  const body = Buffer.concat([
    ...(charset === '' ? [] : [text(0x0008_0005, 'CS', charset)]),
    text(0x0008_0016, 'UI', sopClassUID),
    text(0x0008_0018, 'UI', sopInstanceUID),
    text(0x0008_0060, 'CS', 'OT'),
    text(0x0009_0010, 'LO', 'RELAIS TEST'),
    element(traits, 0x0009_1001, 'UN', randomBytes(33)),
    text(0x0009_1002, 'UT', ' kept, with its blanks  '),
    element(traits, 0x0010_0010, 'PN', name),
    text(0x0010_0020, 'LO', '  10001 '),
    text(0x0018_1000, 'LO', ''),
    text(0x0020_000d, 'UI', studyUid('exact')),
    text(0x0020_000e, 'UI', `${studyUid('exact')}.0`),
    text(0x0020_0013, 'IS', String(number)),
    element(traits, 0x0040_a161, 'FD', randomBytes(16)),
    element(traits, 0x0066_0129, 'OL', randomBytes(8)),
    traits.encapsulated ? fragments() : element(traits, 0x7fe0_0010, 'OW', randomBytes(512)),
  ])
  return {
    sopClassUID,
    sopInstanceUID,
    transferSyntaxUID: traits.uid,
    dataset: traits.deflated ? deflateRawSync(body) : body,
  }
}

function fromFolder(folder: string): Original[] {
  return readdirSync(folder)
    .filter(name => /\.dcm$/.test(name))
    .flatMap(name => {
      const file = readFileSync(join(folder, name))
      try {
        const {
          datasetOffset,
          sopClassUID = '',
          sopInstanceUID = '',
          transferSyntaxUID,
        } = readFileHeader(file)
        return storageSOPClasses.has(sopClassUID)
          ? [{ sopClassUID, sopInstanceUID, transferSyntaxUID, dataset: file.subarray(datasetOffset) }]
          : []
      } catch {
        return [] // without a header it cannot be sent by anybody
      }
    })
}

test('200 objects in every transfer syntax, with private elements and any character set, are stored and forwarded byte for byte', async t => {
  const pacs = await openLyingPacs(t, { aeTitle: 'LECTURE', lie: () => undefined, finds: true })
  const node = await openNode(t, {
    network: {
      sites: SITES,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', 4242),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', pacs.port),
      ],
      routes: [{ id: 'all', when: { site: 'nord' }, to: ['lecture-pacs'] }],
    },
  })
  const classes = [
    SOPClass.SecondaryCaptureImageStorage,
    SOPClass.CTImageStorage,
    ...storageSOPClasses.keys(),
  ]
  const made = Array.from({ length: 200 }, (_, at) => {
    const traits = knownTransferSyntaxes[at % knownTransferSyntaxes.length] as TransferSyntaxTraits
    return strange(traits, classes[Math.floor(at / knownTransferSyntaxes.length)] ?? '', at + 1)
  })
  const collection = process.env['RELAIS_TEST_DICOM_DIR']
  const outside = collection === undefined ? [] : fromFolder(collection)
  const originals = new Map(
    [...made, ...outside].map(original => [original.sopInstanceUID, original] as const),
  )
  const contexts = [
    ...new Set([...originals.values()].map(each => `${each.sopClassUID} ${each.transferSyntaxUID}`)),
  ]
  const taken: Original[] = []
  for (let from = 0; from < contexts.length; from += 128) {
    const some = new Set(contexts.slice(from, from + 128))
    const association = await asking(node.addresses.dicom, {
      callingAETitle: 'NORDPACS',
      contexts: [...some].map(pair => {
        const [abstractSyntax = '', transferSyntax = ''] = pair.split(' ')
        return { abstractSyntax, transferSyntaxes: [transferSyntax] }
      }),
    })
    for (const original of originals.values()) {
      if (!some.has(`${original.sopClassUID} ${original.transferSyntaxUID}`)) continue
      const outcome = await association.store({ ...original, dataset: Readable.from([original.dataset]) })
      if (outcome.outcome === 'answered' && outcome.status === 0) taken.push(original)
      else if (made.includes(original)) t.fail(`${original.transferSyntaxUID}: ${JSON.stringify(outcome)}`)
      else t.log(`${original.sopInstanceUID}: ${JSON.stringify(outcome)}`)
    }
    await association.release()
  }
  const expected = inOrder(taken.map(each => [each.sopInstanceUID, digestOf(each.dataset)] as const))
  t.log(`${taken.length} of ${originals.size} taken`)
  t.true(taken.length >= made.length)
  await node.transferred(studyUid('exact'), 'lecture-pacs', 'confirmed')
  const held = await new Promise<Map<string, string>>(resolve => {
    const look = () => (pacs.held.size >= taken.length ? resolve(pacs.holds()) : setTimeout(look, 50))
    look()
  })
  t.deepEqual(held, expected)
  const digests = await node.digests(studyUid('exact'))
  for (const { sopInstanceUID } of made) t.is(digests.get(sopInstanceUID), expected.get(sopInstanceUID))
})
