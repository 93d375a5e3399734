import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { decodeDataset, encodeDataset } from '../../node/dicom/format/dataset.js'
import { UNDEFINED } from '../../node/dicom/format/element-head.js'
import { writeElement, writeHead, writeItem, writeSequence } from '../../node/dicom/format/element-writing.js'
import { readHeader, readHeaderSync } from '../../node/dicom/format/header.js'
import { fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { renewedReferences } from '../../node/dicom/format/references.js'
import { editsFor, type Modification, pieces } from '../../node/dicom/format/rewriting.js'
import { TransferSyntax, transferSyntaxTraits } from '../../node/dicom/uids.js'
import { run } from '../support/children.js'
import { temporary } from '../support/node.js'
import { found } from '../support/programs.js'

const MODIFICATION: Modification = {
  attributes: {
    PatientName: 'ESSAI^ZOE',
    PatientID: 'N-42',
    IssuerOfPatientID: 'NORD',
    AccessionNumber: 'A7',
  },
  at: '20261126143000+0000',
  system: 'Relais d’essai',
  source: 'CLINIQUE',
  reason: 'COERCE',
}

type Syntax = { explicitVR: boolean; littleEndian: boolean }
interface Part {
  tag: number
  vr: string
  value: Buffer | string
}

function rewritten(dataset: Buffer, transferSyntaxUID: string, modification: Modification): Buffer {
  const header = readHeaderSync(dataset, { datasetOffset: 0, transferSyntaxUID })
  const edits = editsFor(header, modification, (offset, length) => dataset.subarray(offset, offset + length))
  return Buffer.concat(
    [...pieces(edits, 0, dataset.length)].map(piece =>
      'from' in piece ? dataset.subarray(piece.from, piece.to) : piece,
    ),
  )
}

const read = (dataset: Buffer, transferSyntaxUID: string) =>
  readHeaderSync(dataset, { datasetOffset: 0, transferSyntaxUID })

function datasetOf(parts: readonly Part[], syntax: Syntax): Buffer {
  return Buffer.concat(
    parts.map(({ tag, vr, value }) =>
      writeElement(tag, vr, Buffer.isBuffer(value) ? value : Buffer.from(value, 'latin1'), syntax),
    ),
  )
}

const BASE: readonly Part[] = [
  { tag: 0x0008_0016, vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.7' },
  { tag: 0x0008_0018, vr: 'UI', value: '1.2.3.4' },
  { tag: 0x0009_0010, vr: 'LO', value: 'RELAIS TEST' },
  { tag: 0x0009_1001, vr: 'UN', value: Buffer.from([1, 2, 3, 255]) },
  { tag: 0x0010_0010, vr: 'PN', value: 'AUTRE^NOM' },
  { tag: 0x0010_0020, vr: 'LO', value: ' 17 ' },
  { tag: 0x0010_0040, vr: 'CS', value: 'F ' },
  { tag: 0x0020_000d, vr: 'UI', value: '1.2.3' },
  { tag: 0x0020_000e, vr: 'UI', value: '1.2.3.1' },
  { tag: 0x7fe0_0010, vr: 'OW', value: Buffer.alloc(64, 7) },
]
const without = (...tags: number[]) => BASE.filter(({ tag }) => !tags.includes(tag))
const withCharset = (terms: string, ...more: Part[]) =>
  [{ tag: 0x0008_0005, vr: 'CS', value: terms }, ...BASE, ...more].sort((a, b) => a.tag - b.tag)

for (const [name, uid] of Object.entries({
  'explicit little endian': TransferSyntax.ExplicitVRLittleEndian,
  'implicit little endian': TransferSyntax.ImplicitVRLittleEndian,
  'explicit big endian': TransferSyntax.ExplicitVRBigEndian,
}))
  test(`in ${name}, only what is concerned changes, and what was there is kept in the object`, t => {
    const syntax = transferSyntaxTraits(uid) as Syntax
    const before = datasetOf(BASE, syntax)
    const after = rewritten(before, uid, MODIFICATION)
    const header = read(after, uid)
    t.is(header.text('PatientName'), 'ESSAI^ZOE')
    t.is(header.text('PatientID'), 'N-42')
    t.is(header.text('IssuerOfPatientID'), 'NORD')
    t.is(header.text('AccessionNumber'), 'A7')
    t.is(header.text('PatientSex'), 'F')
    const [original, ...more] = header.sequence('OriginalAttributesSequence')
    t.is(more.length, 0)
    t.is(original?.text('AttributeModificationDateTime'), MODIFICATION.at)
    t.is(original?.text('ModifyingSystem'), 'Relais dessai')
    t.is(original?.text('SourceOfPreviousValues'), 'CLINIQUE')
    t.is(original?.text('ReasonForTheAttributeModification'), 'COERCE')
    const [modified] = original?.sequence('ModifiedAttributesSequence') ?? []
    t.is(modified?.text('PatientName'), 'AUTRE^NOM')
    t.deepEqual(modified?.element('PatientID')?.bytes, Buffer.from(' 17 '), 'byte for byte, blanks and all')
    t.true(modified?.has('IssuerOfPatientID'))
    t.is(modified?.text('IssuerOfPatientID'), undefined, 'it had none')
    t.false(modified?.has('PatientSex'))
    // Everything else stands as it stood, in order.
    const rest = (bytes: Buffer) =>
      [...read(bytes, uid).elements.values()]
        .filter(({ tag }) => !['00100010', '00100020', '00100021', '00080050', '04000561'].includes(tag))
        .map(({ tag, start, offset, length }) => [
          tag,
          bytes.subarray(start, offset + length).toString('hex'),
        ])
    t.deepEqual(rest(after), rest(before))
    const tags = [...header.elements.keys()]
    t.deepEqual(tags, [...tags].sort())
    t.true(after.subarray(-64).equals(Buffer.alloc(64, 7)), 'the pixels are not touched')
  })

test('each modification appends its own item, behind those that were there, open or of stated length', t => {
  const uid = TransferSyntax.ExplicitVRLittleEndian
  const once = rewritten(datasetOf(BASE, transferSyntaxTraits(uid) as Syntax), uid, MODIFICATION)
  const second = { ...MODIFICATION, attributes: { PatientName: 'ENCORE^AUTRE' }, reason: 'CORRECT' as const }
  const twice = rewritten(once, uid, second)
  const names = (bytes: Buffer) =>
    read(bytes, uid)
      .sequence('OriginalAttributesSequence')
      .map(item => item.sequence('ModifiedAttributesSequence')[0]?.text('PatientName'))
  t.deepEqual(names(twice), ['AUTRE^NOM', 'ESSAI^ZOE'])

  const syntax = transferSyntaxTraits(uid) as Syntax
  const item = writeItem(
    writeSequence(
      0x0400_0550,
      [datasetOf([{ tag: 0x0010_0010, vr: 'PN', value: 'FIRST^OF ALL' }], syntax)],
      syntax,
    ),
    syntax,
  )
  const open = Buffer.concat([
    writeHead(0x0400_0561, 'SQ', UNDEFINED, syntax),
    item,
    Buffer.from('feffdde000000000', 'hex'),
  ])
  const dataset = Buffer.concat([datasetOf(without(0x7fe0_0010), syntax), open])
  t.deepEqual(names(rewritten(dataset, uid, second)), ['FIRST^OF ALL', 'AUTRE^NOM'])
})

test('nothing to change is nothing changed; what is taken away is kept; group lengths that would lie go', t => {
  const uid = TransferSyntax.ExplicitVRLittleEndian
  const syntax = transferSyntaxTraits(uid) as Syntax
  const dataset = datasetOf(BASE, syntax)
  const same = { ...MODIFICATION, attributes: { PatientName: 'AUTRE^NOM', IssuerOfPatientID: null } }
  t.true(rewritten(dataset, uid, same).equals(dataset))

  const length = Buffer.alloc(4)
  length.writeUInt32LE(40)
  const parts = [...BASE, { tag: 0x0010_0000, vr: 'UL', value: length }].sort((a, b) => a.tag - b.tag)
  const after = read(
    rewritten(datasetOf(parts, syntax), uid, { ...MODIFICATION, attributes: { PatientID: null } }),
    uid,
  )
  t.false(after.has('PatientID'))
  t.false(after.elements.has('00100000'))
  t.is(
    after
      .sequence('OriginalAttributesSequence')[0]
      ?.sequence('ModifiedAttributesSequence')[0]
      ?.text('PatientID'),
    '17',
  )
})

test('accents are written so that no other text changes its meaning', t => {
  const uid = TransferSyntax.ExplicitVRLittleEndian
  const syntax = transferSyntaxTraits(uid) as Syntax
  const zoe = { ...MODIFICATION, attributes: { PatientName: 'ESSAI^Zoé', PatientID: 'N-42' } }
  const comment = (value: Buffer): Part => ({ tag: 0x0010_4000, vr: 'LT', value })
  const outcome = (parts: readonly Part[], modification: Modification = zoe) => {
    const header = read(rewritten(datasetOf(parts, syntax), uid, modification), uid)
    const modified = header
      .sequence('OriginalAttributesSequence')[0]
      ?.sequence('ModifiedAttributesSequence')[0]
    return {
      charset: header.texts('SpecificCharacterSet').join('\\'),
      name: header.text('PatientName'),
      exact: header.exact('PatientName'),
      comment: header.text('PatientComments'),
      before: modified?.text('PatientName'),
    }
  }
  // Plain ASCII throughout: the set that has the letters is declared.
  t.deepEqual(outcome(BASE), {
    charset: 'ISO_IR 100',
    name: 'ESSAI^Zoé',
    exact: true,
    comment: undefined,
    before: 'AUTRE^NOM',
  })
  // The object's own set has them, or is Unicode.
  t.is(outcome(withCharset('ISO_IR 100', comment(Buffer.from('été', 'latin1')))).comment, 'été')
  t.is(outcome(withCharset('ISO_IR 192', comment(Buffer.from('été', 'utf8')))).name, 'ESSAI^Zoé')
  // Beyond Latin 1, in an object without other accents.
  const greek = { ...MODIFICATION, attributes: { PatientName: 'ΔΟΚΙΜΗ^Ζωή' } }
  t.like(outcome(withCharset('ISO_IR 100'), greek), {
    charset: 'ISO_IR 192',
    name: 'ΔΟΚΙΜΗ^Ζωή',
    exact: true,
  })
  // Accents of another set stand in it: code extension leaves them what they are.
  t.deepEqual(outcome(withCharset('ISO_IR 100', comment(Buffer.from('été', 'latin1'))), greek), {
    charset: 'ISO 2022 IR 100\\ISO 2022 IR 126',
    name: 'ΔΟΚΙΜΗ^Ζωή',
    exact: true,
    comment: 'été',
    before: 'AUTRE^NOM',
  })
  // What was replaced is read in the set it was written in.
  const polish = withCharset('ISO_IR 101').map(part =>
    part.tag === 0x0010_0010
      ? {
          ...part,
          value: Buffer.from('BŁĄD^Łukasz'.replaceAll('Ł', '\xa3').replaceAll('Ą', '\xa1'), 'latin1'),
        }
      : part,
  )
  t.like(outcome(polish, { ...MODIFICATION, attributes: { PatientName: 'ESSAI^Zoé' } }), {
    name: 'ESSAI^Zoé',
    before: 'BŁĄD^Łukasz',
  })
  t.like(outcome(polish, greek), { name: 'ΔΟΚΙΜΗ^Ζωή', before: 'BŁĄD^Łukasz' })
  t.throws(
    () =>
      outcome(withCharset('ISO_IR 100', comment(Buffer.from('é', 'latin1'))), {
        ...MODIFICATION,
        attributes: { PatientName: '試験' },
      }),
    { message: /choose a spelling/ },
  )
})

const REFERENCES = {
  // Of a key object and a report: what they are about, and what they stand on.
  CurrentRequestedProcedureEvidenceSequence: [
    {
      StudyInstanceUID: '1.2.3',
      ReferencedSeriesSequence: [
        {
          SeriesInstanceUID: '1.2.3.1',
          ReferencedSOPSequence: [
            { ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2', ReferencedSOPInstanceUID: '1.2.3.4' },
            { ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2', ReferencedSOPInstanceUID: '1.9.9' },
          ],
        },
      ],
    },
  ],
  ContentSequence: [
    {
      RelationshipType: 'CONTAINS',
      ValueType: 'CONTAINER',
      ContentSequence: [
        {
          RelationshipType: 'CONTAINS',
          ValueType: 'IMAGE',
          ReferencedSOPSequence: [
            { ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2', ReferencedSOPInstanceUID: '1.2.3.4' },
          ],
        },
      ],
    },
  ],
  // Of a presentation state.
  ReferencedSeriesSequence: [
    {
      SeriesInstanceUID: '1.2.3.1',
      ReferencedImageSequence: [
        { ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2', ReferencedSOPInstanceUID: '1.2.3.4' },
      ],
    },
  ],
}
const RENEWED: Record<string, string> = { '1.2.3': '2.25.33', '1.2.3.1': '2.25.331', '1.2.3.4': '2.25.34567' }

/** The data set with the references of it renewed, and nothing else. */
function renewed(dataset: Buffer, transferSyntaxUID: string): Buffer {
  const bytesOf = (offset: number, length: number) => dataset.subarray(offset, offset + length)
  const edits = renewedReferences(read(dataset, transferSyntaxUID), uid => RENEWED[uid], bytesOf)
  return Buffer.concat(
    [...pieces(edits, 0, dataset.length)].map(piece =>
      'from' in piece ? dataset.subarray(piece.from, piece.to) : piece,
    ),
  )
}

for (const uid of [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian])
  test(`key objects, reports and presentation states of a disc taken again name what became of their images (${uid})`, t => {
    const values = {
      SOPInstanceUID: '1.2.3.4',
      StudyInstanceUID: '1.2.3',
      ...REFERENCES,
      OriginalAttributesSequence: [{ ModifiedAttributesSequence: [{ StudyInstanceUID: '1.2.3' }] }],
    }
    const before = encodeDataset(values, uid)
    const swapped = JSON.parse(JSON.stringify(REFERENCES), (_, value: unknown) =>
      typeof value === 'string' ? (RENEWED[value] ?? value) : value,
    ) as typeof REFERENCES
    const after = decodeDataset(renewed(before, uid), uid)
    t.like(after, swapped)
    t.like(after, {
      OriginalAttributesSequence: [{ ModifiedAttributesSequence: [{ StudyInstanceUID: '1.2.3' }] }],
      StudyInstanceUID: '1.2.3',
    })
    // What names nobody of them stays, byte for byte.
    const foreign = encodeDataset({ ReferencedImageSequence: [{ ReferencedSOPInstanceUID: '1.9.9' }] }, uid)
    t.true(renewed(foreign, uid).equals(foreign))
  })

test('a reference is renewed in sequences of open length and in what is written as unknown', t => {
  const explicit = transferSyntaxTraits(TransferSyntax.ExplicitVRLittleEndian) as Syntax
  const implicit = transferSyntaxTraits(TransferSyntax.ImplicitVRLittleEndian) as Syntax
  for (const [vr, syntax] of [
    ['SQ', explicit],
    ['UN', implicit],
  ] as const) {
    const dataset = Buffer.concat([
      writeHead(0x0008_1140, vr, UNDEFINED, explicit),
      writeHead(0xfffe_e000, '', UNDEFINED, implicit),
      writeElement(0x0008_1155, 'UI', Buffer.from('1.2.3.4'), syntax),
      writeHead(0xfffe_e00d, '', 0, implicit),
      writeHead(0xfffe_e0dd, '', 0, implicit),
      writeElement(0x0020_000d, 'UI', Buffer.from('1.2.3'), explicit),
    ])
    const after = renewed(dataset, TransferSyntax.ExplicitVRLittleEndian)
    const header = read(after, TransferSyntax.ExplicitVRLittleEndian)
    t.is(header.sequence('ReferencedImageSequence')[0]?.text('ReferencedSOPInstanceUID'), '2.25.34567', vr)
    t.is(header.text('StudyInstanceUID'), '1.2.3')
  }
})

const dcmdump = found('dcmdump')
const withDcmtk = dcmdump ? test : test.skip

withDcmtk('DCMTK reads what was rewritten', async t => {
  const folder = temporary(t)
  for (const uid of [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian]) {
    const dataset = rewritten(datasetOf(BASE, transferSyntaxTraits(uid) as Syntax), uid, {
      ...MODIFICATION,
      attributes: { PatientName: 'ESSAI^Zoé', PatientID: 'N-42' },
    })
    const head = fileHeader({
      sopClassUID: '1.2.840.10008.5.1.4.1.1.7',
      sopInstanceUID: '1.2.3.4',
      transferSyntaxUID: uid,
    })
    const file = join(folder, 'object.dcm')
    writeFileSync(file, Buffer.concat([head, dataset]))
    const { code, output } = await run(dcmdump ?? '', ['-Un', file])
    t.is(code, 0, output)
    t.regex(output, /\(0010,0020\) LO \[N-42\]/)
    t.regex(output, /\(0400,0550\) SQ/)
    t.is(
      (await readHeader(file, readFileHeader(Buffer.concat([head, dataset])))).text('PatientName'),
      'ESSAI^Zoé',
    )
  }
})
