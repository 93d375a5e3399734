import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { deflateRawSync } from 'node:zlib'
import test from 'ava'
import { studyAttributes } from '../../node/dicom/format/attributes.js'
import { characterSet, personName } from '../../node/dicom/format/charset.js'
import { decodeDataset, encodeDataset, type Values } from '../../node/dicom/format/dataset.js'
import { toDicomJson } from '../../node/dicom/format/dicomjson.js'
import { openFrames } from '../../node/dicom/format/frames.js'
import { readHeader, readHeaderSync } from '../../node/dicom/format/header.js'
import { FILE_HEADER_MAX_BYTES, fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { isUID, knownTransferSyntaxes, nameOfUID, SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'

const folder = mkdtempSync(join(tmpdir(), 'relais-format-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const identity = {
  sopClassUID: SOPClass.CTImageStorage,
  sopInstanceUID: '2.25.1234567',
  transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian as string,
}
const explicit = { datasetOffset: 0, transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian as string }
const implicit = { datasetOffset: 0, transferSyntaxUID: TransferSyntax.ImplicitVRLittleEndian as string }

const uids: Values = {
  StudyInstanceUID: '2.25.1',
  SeriesInstanceUID: '2.25.2',
  SOPInstanceUID: '2.25.3',
  SOPClassUID: SOPClass.CTImageStorage,
}

function failure(
  t: { throws<E extends Error>(run: () => unknown, is: object): E | undefined },
  run: () => unknown,
) {
  return t.throws<Failure>(run, { instanceOf: Failure }) as Failure
}

/** An explicit little endian element by hand, for what our own encoder would never write. */
function element(tag: number, vr: string, value: Buffer, statedLength = value.length): Buffer {
  const long = /^(O.|SQ|UN|UT)$/.test(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(tag >>> 16, 0)
  head.writeUInt16LE(tag & 0xffff, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(statedLength, 8)
  else head.writeUInt16LE(statedLength, 6)
  return Buffer.concat([head, value])
}

function item(value: Buffer, statedLength = value.length): Buffer {
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
  head.writeUInt32LE(statedLength, 4)
  return Buffer.concat([head, value])
}

const itemEnd = Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0])
const sequenceEnd = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])
const UNDEFINED = 0xffffffff

test('the header we put before an object depends on its identity alone, and reads back as it was', t => {
  const header = fileHeader(identity)
  t.deepEqual(header, fileHeader({ ...identity }))
  t.true(header.subarray(0, 128).every(byte => byte === 0))
  t.deepEqual(readFileHeader(header), { ...identity, datasetOffset: header.length, remarks: [] })
  t.regex(
    failure(t, () => fileHeader({ ...identity, sopInstanceUID: '../../etc' })).message,
    /sopInstanceUID/,
  )
})

test('odd beginnings are read, and what was guessed is said', t => {
  const dataset = encodeDataset({ ...uids, Modality: 'CT' }, explicit.transferSyntaxUID)
  const whole = Buffer.concat([fileHeader(identity), dataset])
  const withoutPreamble = readFileHeader(whole.subarray(128))
  t.is(withoutPreamble.datasetOffset, readFileHeader(whole).datasetOffset - 128)
  t.deepEqual(withoutPreamble.remarks, ['the 128-byte preamble is missing'])

  const bare = readFileHeader(dataset)
  t.is(bare.datasetOffset, 0)
  t.is(bare.transferSyntaxUID, TransferSyntax.ExplicitVRLittleEndian)
  t.true(bare.remarks.some(remark => remark.includes('guessed')))
  const bareImplicit = readFileHeader(encodeDataset(uids, implicit.transferSyntaxUID))
  t.is(bareImplicit.transferSyntaxUID, TransferSyntax.ImplicitVRLittleEndian)

  // Group length left out, and group length wrong.
  const meta = fileHeader(identity)
  const noLength = Buffer.concat([meta.subarray(0, 132), meta.subarray(144), dataset])
  t.is(readFileHeader(noLength).datasetOffset, meta.length - 12)
  t.deepEqual(readFileHeader(noLength).remarks, ['group 2 has no group length'])
  const wrongLength = Buffer.from(whole)
  wrongLength.writeUInt32LE(7, 140)
  t.is(readFileHeader(wrongLength).datasetOffset, meta.length)

  t.is(failure(t, () => readFileHeader(Buffer.from('%PDF-1.7 this is no image at all'))).code, 'invalid')
  t.is(failure(t, () => readFileHeader(Buffer.alloc(0))).code, 'invalid')
  t.is(failure(t, () => readFileHeader(meta.subarray(0, 170))).code, 'invalid')
})

test('what is written is read back the same in both little endian syntaxes', t => {
  const values: Values = {
    ...uids,
    PatientName: 'ESSAI^Zoé=試験^ゾエ',
    PatientID: 'A-1',
    AccessionNumber: '',
    ModalitiesInStudy: ['CT', 'SR'],
    Rows: 512,
    SmallestImagePixelValue: -3,
    CTDIvol: 48.25,
    SliceThickness: 1 / 3,
    NumberOfFrames: 12,
    ReferencedImageSequence: [
      { ReferencedSOPInstanceUID: '2.25.9', PurposeOfReferenceCodeSequence: [{ CodeMeaning: 'Référence' }] },
      {},
    ],
    OffendingElement: ['PatientID', '00100010'],
    RedPaletteColorLookupTableData: Buffer.from([1, 2, 3, 4]),
  }
  for (const options of [explicit, implicit]) {
    const bytes = encodeDataset(values, options.transferSyntaxUID)
    t.is(bytes.length % 2, 0)
    const read = decodeDataset(bytes, options.transferSyntaxUID)
    t.is(read['SpecificCharacterSet'], 'ISO_IR 192')
    t.is(read['PatientName'], 'ESSAI^Zoé=試験^ゾエ')
    t.is(read['AccessionNumber'], '')
    t.deepEqual(read['ModalitiesInStudy'], ['CT', 'SR'])
    t.is(read['Rows'], 512)
    t.is(read['CTDIvol'], 48.25)
    t.is(read['SliceThickness'], '0.33333333333333')
    t.is(read['NumberOfFrames'], '12')
    t.deepEqual(read['OffendingElement'], ['00100020', '00100010'])
    t.deepEqual(read['RedPaletteColorLookupTableData'], Buffer.from([1, 2, 3, 4]))
    t.deepEqual(read['ReferencedImageSequence'], [
      { ReferencedSOPInstanceUID: '2.25.9', PurposeOfReferenceCodeSequence: [{ CodeMeaning: 'Référence' }] },
      {},
    ])
    const tags = [...readHeaderSync(bytes, options).elements.keys()]
    t.deepEqual(tags, [...tags].sort(), 'elements stand in ascending order')
  }
})

test('a query says which character set it is in, only where it needs one', t => {
  const syntax = implicit.transferSyntaxUID
  t.false('SpecificCharacterSet' in decodeDataset(encodeDataset({ PatientName: 'ESSAI*' }, syntax), syntax))
  const latin = encodeDataset({ PatientName: 'DÉMO^Léa' }, syntax, { preferLatin1: true })
  t.like(decodeDataset(latin, syntax), { SpecificCharacterSet: 'ISO_IR 100', PatientName: 'DÉMO^Léa' })
  const beyondLatin = encodeDataset({ PatientName: 'Nguyễn' }, syntax, { preferLatin1: true })
  t.like(decodeDataset(beyondLatin, syntax), { SpecificCharacterSet: 'ISO_IR 192', PatientName: 'Nguyễn' })
})

test('what cannot be written is refused with a sentence', t => {
  const syntax = explicit.transferSyntaxUID
  t.is(failure(t, () => encodeDataset({ StudyInstanceUID: '1.2/3' }, syntax)).code, 'invalid')
  t.is(failure(t, () => encodeDataset({ Rows: 70_000 }, syntax)).code, 'invalid')
  t.is(failure(t, () => encodeDataset({ PatientComments: 'x'.repeat(70_000) }, syntax)).code, 'too-large')
  t.is(failure(t, () => encodeDataset({}, TransferSyntax.ExplicitVRBigEndian)).code, 'unsupported')
  t.throws(() => encodeDataset({ NoSuchKeyword: '' }, syntax), { message: /NoSuchKeyword/ })
})

test('text decodes in the character sets of the field, and says where it is not sure', t => {
  const decode = (terms: string[], hex: string, person = true) =>
    characterSet(terms).decode(Buffer.from(hex, 'hex'), { personName: person })
  t.deepEqual(decode(['ISO_IR 100'], '4be972f46d65'), { text: 'Kérôme', exact: true })
  t.deepEqual(decode(['ISO_IR 101'], 'a3f364bc'), { text: 'Łódź', exact: true })
  t.deepEqual(decode(['ISO_IR 144'], 'b8d2d0dd'), { text: 'Иван', exact: true })
  t.deepEqual(decode(['ISO_IR 126'], 'c4e9'), { text: 'Δι', exact: true })
  t.deepEqual(decode(['ISO_IR 138'], 'f9f8e5ef'), { text: 'שרון', exact: true })
  t.deepEqual(decode(['ISO_IR 127'], 'e2c8c7e6ea'), { text: 'قباني', exact: true })
  t.deepEqual(decode(['ISO_IR 166'], 'a1a2'), { text: 'กข', exact: true })
  t.deepEqual(decode(['ISO_IR 192'], Buffer.from('Zoé').toString('hex')), { text: 'Zoé', exact: true })
  t.deepEqual(decode(['GB18030'], 'cdf5'), { text: '王', exact: true })
  t.deepEqual(decode(['GBK'], 'cdf5'), { text: '王', exact: true })
  // PS3.5 H.3.1 and I.2: Japanese and Korean with code extensions.
  t.deepEqual(
    decode(
      ['', 'ISO 2022 IR 87'],
      '59616d616461 5e 5461726f75 3d 1b2442 3b33 4544 1b2842 5e 1b2442 4240 4f3a 1b2842'.replaceAll(' ', ''),
    ),
    { text: 'Yamada^Tarou=山田^太郎', exact: true },
  )
  t.deepEqual(decode(['ISO 2022 IR 13', 'ISO 2022 IR 87'], 'd4cfc0deb5'), { text: 'ﾔﾏﾀﾞｵ', exact: true })
  t.deepEqual(decode(['', 'ISO 2022 IR 149'], '486f6e673d1b242943fbf3'), { text: 'Hong=洪', exact: true })
  t.deepEqual(decode(['', 'ISO 2022 IR 58'], '1b242941cdf5'), { text: '王', exact: true })
  // A second term of a single-byte set, chosen by its escape, forgotten after the delimiter.
  t.deepEqual(decode(['ISO 2022 IR 100', 'ISO 2022 IR 144'], 'e91b2d4cb8'), { text: 'éИ', exact: true })

  t.deepEqual(
    decode([], 'e9'),
    { text: 'é', exact: false },
    'no character set, and yet beyond ASCII: a guess',
  )
  t.deepEqual(decode(['ISO_IR 192'], 'c3'), { text: '\ufffd', exact: false })
  t.deepEqual(decode(['ISO_IR 999'], 'e9'), { text: 'é', exact: false })
  t.deepEqual(decode(['ISO_IR 100'], '92'), { text: '’', exact: false }, 'a Windows code page was meant')
  t.deepEqual(decode(['', 'ISO 2022 IR 149'], '1b242943fbf35efbf3'), { text: '洪^洪', exact: false })
  for (const term of ['ISO 2022 IR 100', 'ISO-IR 100', 'iso_ir_100', 'ISO IR 100']) {
    t.deepEqual(decode([term], 'e9'), { text: 'é', exact: true }, term)
  }
  t.deepEqual(personName('ESSAI^Zoé^^^=試=ゾ'), {
    alphabetic: 'ESSAI^Zoé',
    ideographic: '試',
    phonetic: 'ゾ',
  })
  t.deepEqual(personName('^^^^'), {})
})

test('a header is read from a file only as far as its pixels, with the offset of every value', async t => {
  const pixels = Buffer.alloc(3 * 1024 * 1024, 7)
  const dataset = encodeDataset(
    { ...uids, PatientName: 'ESSAI^Zoé', Rows: 1024, BitsAllocated: 16, PixelData: pixels },
    explicit.transferSyntaxUID,
  )
  const file = join(folder, 'large.dcm')
  const bytes = Buffer.concat([fileHeader(identity), dataset])
  writeFileSync(file, bytes)
  const start = readFileHeader(readFileSync(file).subarray(0, FILE_HEADER_MAX_BYTES))
  const header = await readHeader(file, start)
  t.is(header.text('PatientName'), 'ESSAI^Zoé')
  t.is(header.integer('Rows'), 1024)
  t.deepEqual(header.remarks, [])
  t.is(header.pixels?.offset, bytes.length - pixels.length)
  t.is(header.pixels?.length, pixels.length)
  const name = header.element('PatientName')
  t.is(bytes.toString('utf8', name?.offset, (name?.offset ?? 0) + (name?.length ?? 0)), 'ESSAI^Zoé')
  t.is(bytes.readUInt16LE(name?.start), 0x0010)

  const fromMemory = await readHeader(bytes, start)
  t.deepEqual([...fromMemory.elements.keys()], [...header.elements.keys()])
  const cut = join(folder, 'cut.dcm')
  writeFileSync(cut, bytes.subarray(0, bytes.length - 10))
  t.regex((await readHeader(cut, start)).remarks[0] ?? '', /pixel data says 3145728 bytes, 3145718 are there/)
})

test('a deflated object is inflated only so far, and a bomb is refused', async t => {
  const values = { ...uids, PatientID: 'Z', PixelData: Buffer.alloc(50_000_000) }
  const deflated = deflateRawSync(encodeDataset(values, explicit.transferSyntaxUID))
  const options = { datasetOffset: 0, transferSyntaxUID: TransferSyntax.DeflatedExplicitVRLittleEndian }
  const file = join(folder, 'deflated')
  writeFileSync(file, deflated)
  for (const input of [file, deflated]) t.is((await readHeader(input, options)).text('PatientID'), 'Z')

  const bomb = deflateRawSync(element(0x00091010, 'OB', Buffer.alloc(60_000_000)))
  const before = performance.now()
  const thrown = await t.throwsAsync<Failure>(() => readHeader(bomb, options), { instanceOf: Failure })
  t.is(thrown?.code, 'too-large')
  t.true(performance.now() - before < 3000)
  await t.throwsAsync(() => readHeader(deflated.subarray(0, 40), options), { instanceOf: Failure })
  await t.throwsAsync(() => readHeader(Buffer.from('no deflate stream at all'), options), {
    instanceOf: Failure,
  })
})

test('big endian, sequences of undefined length, and sequences written as UN are read', t => {
  const name = element(0x00080104, 'LO', Buffer.from('Douleur '))
  const open = element(
    0x00081110,
    'SQ',
    Buffer.concat([item(name, UNDEFINED), itemEnd, sequenceEnd]),
    UNDEFINED,
  )
  const inImplicit = item(encodeDataset({ CodeMeaning: 'A ' }, implicit.transferSyntaxUID))
  const asUN = element(0x00081111, 'UN', inImplicit)
  const openUN = element(0x00091001, 'UN', Buffer.concat([inImplicit, sequenceEnd]), UNDEFINED)
  const header = readHeaderSync(Buffer.concat([open, asUN, openUN]), explicit)
  t.is(header.sequence('ReferencedStudySequence')[0]?.text('CodeMeaning'), 'Douleur')
  t.is(header.sequence('ReferencedPerformedProcedureStepSequence')[0]?.text('CodeMeaning'), 'A')
  t.is(header.sequence('00091001')[0]?.text('CodeMeaning'), 'A')
  t.is(header.element('ReferencedStudySequence')?.length, open.length - 12)

  const big = Buffer.from('0028001055530002020000280011555300020100', 'hex')
  const bigHeader = readHeaderSync(big, {
    ...explicit,
    transferSyntaxUID: TransferSyntax.ExplicitVRBigEndian,
  })
  t.is(bigHeader.integer('Rows'), 512)
  t.is(bigHeader.integer('Columns'), 256)
})

test('a syntax that is stated wrongly is seen and said', t => {
  const inExplicit = encodeDataset({ ...uids, PatientID: 'X' }, explicit.transferSyntaxUID)
  const inImplicit = encodeDataset({ ...uids, PatientID: 'X' }, implicit.transferSyntaxUID)
  for (const [bytes, options] of [
    [inExplicit, implicit],
    [inImplicit, explicit],
  ] as const) {
    const header = readHeaderSync(bytes, options)
    t.is(header.text('PatientID'), 'X')
    t.is(header.remarks.length, 1)
  }
})

test('hostile data sets end in a clear failure, at once and in little memory', t => {
  const nested = Buffer.concat(
    Array.from({ length: 100_000 }, () =>
      Buffer.concat([
        element(0x00081110, 'SQ', Buffer.alloc(0), UNDEFINED),
        item(Buffer.alloc(0), UNDEFINED),
      ]),
    ),
  )
  const giant = element(0x00100010, 'UN', Buffer.alloc(8), 0xfffffff0)
  const giantItem = element(0x00081110, 'SQ', item(Buffer.alloc(8), 0x7ffffff0), UNDEFINED)
  const many = Buffer.concat(
    Array.from({ length: 30_000 }, (_, n) => element(0x00110000 + n * 2 + 0x1000, 'LO', Buffer.from('x '))),
  )
  const delimiters = Buffer.concat([sequenceEnd, itemEnd])
  const zeros = Buffer.alloc(20 * 1024 * 1024)
  for (const [what, bytes, code] of [
    ['nesting', nested, 'too-large'],
    ['a length beyond the data', giant, 'invalid'],
    ['an item beyond the data', giantItem, 'invalid'],
    ['too many elements', many, 'too-large'],
    ['delimiters where elements should be', delimiters, 'invalid'],
    ['nothing but zeros', zeros, 'too-large'],
  ] as const) {
    const before = performance.now()
    const thrown = failure(t, () => readHeaderSync(bytes, explicit))
    t.is(thrown.code, code, what)
    t.regex(thrown.message, /byte \d+/, what)
    t.true(performance.now() - before < 5000, what)
  }
})

test('a long but honest header keeps its identity: what is deep in sequences is walked, not kept', t => {
  const frames = Array.from({ length: 400 }, (_, n) => ({ CodeValue: String(n), CodeMeaning: 'frame' }))
  const bytes = encodeDataset(
    { ...uids, PerFrameFunctionalGroupsSequence: frames, PatientID: 'P' },
    explicit.transferSyntaxUID,
  )
  const header = readHeaderSync(bytes, { ...explicit, limits: { maxElements: 100 } })
  t.is(studyAttributes(header).PatientID, 'P')
  t.is(header.remarks.length, 1)
  t.true(header.sequence('PerFrameFunctionalGroupsSequence').length < 120)
  const large = encodeDataset(
    { ...uids, EncapsulatedDocument: Buffer.alloc(40_000_000) },
    explicit.transferSyntaxUID,
  )
  t.is(readHeaderSync(large, explicit).element('EncapsulatedDocument')?.length, 40_000_000)
})

test('no mutation of a good object brings anything but a failure', t => {
  const good = encodeDataset(
    {
      ...uids,
      PatientName: 'ESSAI^Zoé',
      ReferencedImageSequence: [{ ReferencedSOPInstanceUID: '2.25.9' }, {}],
      PixelData: Buffer.alloc(64),
    },
    explicit.transferSyntaxUID,
  )
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  let refused = 0
  for (let round = 0; round < 4000; round += 1) {
    const bytes = Buffer.from(good.subarray(0, random(4) === 0 ? random(good.length) : good.length))
    for (let change = 0; change <= random(4) && bytes.length > 0; change += 1)
      bytes[random(bytes.length)] = random(256)
    try {
      const options = random(2) === 0 ? explicit : implicit
      studyAttributes(readHeaderSync(bytes, options))
      toDicomJson(readHeaderSync(bytes, options))
      readFileHeader(bytes)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      refused += 1
    }
  }
  t.true(refused > 1000)
})

test('the index has the attributes of patient, study, series and instance, and no object without its UIDs', t => {
  const values = {
    ...uids,
    PatientName: 'ESSAI^Zoé',
    PatientID: 'P1 ',
    IssuerOfPatientID: 'HOP-A',
    ReferringPhysicianName: '^^^^',
    Modality: 'CT',
    StudyDate: '20261124',
    InstanceNumber: '12',
    CTDIvol: 48.6,
    Rows: 512,
  }
  const attributes = studyAttributes(
    readHeaderSync(encodeDataset(values, explicit.transferSyntaxUID), explicit),
  )
  t.like(attributes, {
    StudyInstanceUID: '2.25.1',
    PatientID: 'P1',
    IssuerOfPatientID: 'HOP-A',
    PatientNameGroups: { alphabetic: 'ESSAI^Zoé' },
    InstanceNumber: 12,
    CTDIvol: 48.6,
    Rows: 512,
    inexact: [],
  })
  t.false('ReferringPhysicianName' in attributes)
  const unsure = element(0x00100010, 'PN', Buffer.from('Zo\xe9 ', 'latin1'))
  const rest = encodeDataset(uids, explicit.transferSyntaxUID)
  const inexact = studyAttributes(readHeaderSync(Buffer.concat([unsure, rest]), explicit))
  t.deepEqual(inexact.inexact, ['PatientName'])
  const missing = encodeDataset({ ...uids, SeriesInstanceUID: undefined }, explicit.transferSyntaxUID)
  t.regex(
    failure(t, () => studyAttributes(readHeaderSync(missing, explicit))).message,
    /SeriesInstanceUID \(0020,000E\)/,
  )
  const dose = {
    ...uids,
    Modality: 'SR',
    ContentSequence: [
      {
        ContentSequence: [
          {
            ConceptNameCodeSequence: [
              { CodeValue: '113813', CodingSchemeDesignator: 'DCM', CodeMeaning: 'DLP total' },
            ],
            MeasuredValueSequence: [{ NumericValue: '812.5' }],
          },
        ],
      },
    ],
  }
  const report = readHeaderSync(encodeDataset(dose, explicit.transferSyntaxUID), explicit)
  t.is(studyAttributes(report).CTDoseLengthProductTotal, 812.5)
})

test('metadata follows the DICOM JSON model', t => {
  const bytes = encodeDataset(
    {
      ...uids,
      PatientName: 'ESSAI^Zoé=試',
      AccessionNumber: '',
      ImagePositionPatient: [-1.5, 0, 12],
      InstanceNumber: '7',
      WindowCenter: ['40', ''],
      Rows: 2,
      Columns: 2,
      FrameIncrementPointer: ['FrameTime'],
      ReferencedImageSequence: [{ ReferencedSOPInstanceUID: '2.25.9' }],
      RedPaletteColorLookupTableData: Buffer.from([1, 2]),
      PixelData: Buffer.alloc(8),
    },
    explicit.transferSyntaxUID,
  )
  const json = toDicomJson(readHeaderSync(bytes, explicit), { bulkDataURI: tag => `/bulk/${tag}` })
  t.deepEqual(json['00080005'], { vr: 'CS', Value: ['ISO_IR 192'] })
  t.deepEqual(json['00100010'], { vr: 'PN', Value: [{ Alphabetic: 'ESSAI^Zoé', Ideographic: '試' }] })
  t.deepEqual(json['00080050'], { vr: 'SH' })
  t.deepEqual(json['00200032'], { vr: 'DS', Value: [-1.5, 0, 12] })
  t.deepEqual(json['00281050'], { vr: 'DS', Value: [40, null] })
  t.deepEqual(json['00280010'], { vr: 'US', Value: [2] })
  t.deepEqual(json['00280009'], { vr: 'AT', Value: ['00181063'] })
  t.deepEqual(json['00081140'], { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['2.25.9'] } }] })
  t.deepEqual(json['00281201'], { vr: 'OW', InlineBinary: 'AQI=' })
  t.deepEqual(json['7FE00010'], { vr: 'OW', BulkDataURI: '/bulk/7FE00010' })
})

test('frames are found in place: by arithmetic, by either offset table, by looking at the fragments', async t => {
  const image = {
    ...uids,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 2,
    Columns: 4,
    BitsAllocated: 16,
  }
  const write = async (name: string, bytes: Buffer, transferSyntaxUID: string) => {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const frames = openFrames(file, await readHeader(file, { datasetOffset: 0, transferSyntaxUID }))
    const read = async (number: number) => {
      const { segments } = await frames.locate(number)
      return Buffer.concat(segments.map(({ offset, length }) => bytes.subarray(offset, offset + length)))
    }
    return { frames, read }
  }
  const pixels = Buffer.from(Array.from({ length: 48 }, (_, n) => n))
  const native = await write(
    'native',
    encodeDataset({ ...image, NumberOfFrames: 3, PixelData: pixels }, explicit.transferSyntaxUID),
    explicit.transferSyntaxUID,
  )
  t.is(native.frames.count, 3)
  t.deepEqual(await native.read(2), pixels.subarray(16, 32))
  t.like(await native.frames.locate(1), { mediaType: 'application/octet-stream', swapBytes: 0 })
  await t.throwsAsync(() => native.frames.locate(4), { instanceOf: Failure, message: /no frame 4/ })
  await t.throwsAsync(() => native.frames.locate(0), { instanceOf: Failure })

  const short = await write(
    'short',
    encodeDataset({ ...image, NumberOfFrames: 9, PixelData: pixels }, explicit.transferSyntaxUID),
    explicit.transferSyntaxUID,
  )
  await t.throwsAsync(() => short.frames.locate(9), { instanceOf: Failure, message: /cut off/ })

  const parts = ['ffd8aaaa', 'ffd8bbbbbbbb', 'cccc', 'ffd8dddd'].map(hex => Buffer.from(hex, 'hex'))
  const expected = [parts[0], Buffer.concat([parts[1] as Buffer, parts[2] as Buffer]), parts[3]]
  const head = (extra: Values) =>
    encodeDataset({ ...image, NumberOfFrames: 3, ...extra }, explicit.transferSyntaxUID)
  const u32 = (...values: number[]) =>
    Buffer.concat(values.map(value => Buffer.from(Uint32Array.of(value).buffer)))
  const u64 = (...values: number[]) =>
    Buffer.concat(values.map(value => Buffer.from(BigUint64Array.of(BigInt(value)).buffer)))
  const body = (table: Buffer) =>
    element(
      0x7fe00010,
      'OB',
      Buffer.concat([item(table), ...parts.map(part => item(part)), sequenceEnd]),
      UNDEFINED,
    )
  for (const [name, bytes] of [
    ['basic table', Buffer.concat([head({}), body(u32(0, 12, 36))])],
    ['extended table', Buffer.concat([head({ ExtendedOffsetTable: u64(0, 12, 36) }), body(Buffer.alloc(0))])],
    ['no table', Buffer.concat([head({}), body(Buffer.alloc(0))])],
    ['a table that lies', Buffer.concat([head({}), body(u32(0, 9_000_000, 36))])],
  ] as const) {
    const { frames, read } = await write(name, bytes, TransferSyntax.JPEGBaseline)
    t.is(frames.count, 3, name)
    for (const number of [1, 2, 3])
      t.deepEqual(await read(number), expected[number - 1], `${name}, frame ${number}`)
    t.like(await frames.locate(1), {
      mediaType: 'image/jpeg',
      transferSyntaxUID: TransferSyntax.JPEGBaseline,
    })
  }
  const video = await write(
    'video',
    Buffer.concat([head({}), body(Buffer.alloc(0))]),
    '1.2.840.10008.1.2.4.102',
  )
  t.is(video.frames.count, 1)
  t.deepEqual(await video.read(1), Buffer.concat(parts))
  const broken = Buffer.concat([
    head({}),
    element(0x7fe00010, 'OB', Buffer.concat([item(Buffer.alloc(0)), item(Buffer.alloc(4), 9999)]), UNDEFINED),
  ])
  const { frames } = await write('broken', broken, TransferSyntax.RLELossless)
  await t.throwsAsync(() => frames.locate(1), { instanceOf: Failure, message: /more than are there/ })
})

test('every known UID has a name and is well written', t => {
  for (const { uid, name } of knownTransferSyntaxes) {
    t.true(isUID(uid))
    t.is(nameOfUID(uid), name)
  }
  t.is(nameOfUID(SOPClass.EncapsulatedPDFStorage), 'EncapsulatedPDFStorage')
  t.is(nameOfUID('1.2.3'), '1.2.3')
  for (const text of ['', '1..2', '.1', '1.', 'a', '1.2\n', `1.${'2'.repeat(64)}`]) t.false(isUID(text), text)
})

/** Real and odd files from outside, where a folder of them is named. */
const outside = process.env['RELAIS_TEST_DICOM_DIR']
;(outside ? test : test.skip)(
  'every file found outside is read, or refused with a sentence, at once',
  async t => {
    for (const name of readdirSync(outside as string)) {
      const file = join(outside as string, name)
      const before = performance.now()
      try {
        const start = readFileHeader(readFileSync(file).subarray(0, FILE_HEADER_MAX_BYTES))
        const header = await readHeader(file, start)
        JSON.stringify(toDicomJson(header))
        if (header.pixels) await openFrames(file, header).locate(1)
        if (header.has('SOPInstanceUID')) studyAttributes(header)
      } catch (error) {
        t.true(error instanceof Failure, `${name}: ${error}`)
      }
      t.true(performance.now() - before < 5000, name)
    }
  },
)
