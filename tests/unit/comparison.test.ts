import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import test from 'ava'
import { encodeDataset, type Values } from '../../node/dicom/format/dataset.js'
import { tagOf } from '../../node/dicom/format/dictionary.js'
import { type Header, readHeader, readHeaderSync } from '../../node/dicom/format/header.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import { comparePixels } from '../../node/dicom/format/pixel-digest.js'
import { differingValues } from '../../node/dicom/format/same-values.js'
import {
  type Difference,
  isPrivate,
  sameCorrection,
  summaryOf,
  verdictOf,
  weightOf,
  weightWithin,
  whatMatters,
} from '../../node/studies/rules.js'
import { temporary } from '../support/node.js'

const EXPLICIT = '1.2.840.10008.1.2.1'
const IMPLICIT = '1.2.840.10008.1.2'

const BASE: Values = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  SOPInstanceUID: '2.25.1',
  StudyInstanceUID: '2.25.2',
  SeriesInstanceUID: '2.25.3',
  StudyDate: '20261124',
  StudyTime: '024000',
  PatientName: 'ESSAI^Zoé',
  PatientID: '10001',
  PatientBirthDate: '19700514',
  PatientSex: 'F',
  Modality: 'CT',
  SliceThickness: '1.50',
  ImagePositionPatient: ['-120.0', '0', '3.25'],
  OtherPatientIDsSequence: [{ PatientID: 'X1', IssuerOfPatientID: 'SUD' }],
  WindowCenter: 40,
  Rows: 2,
  Columns: 2,
}

function header(values: Values, syntax = EXPLICIT): Header {
  return readHeaderSync(encodeDataset(values, syntax), { datasetOffset: 0, transferSyntaxUID: syntax })
}

/** What matters between the two, as the child that compares sees it. */
function between(a: Header, b: Header, reencoded = false): Difference[] {
  return whatMatters(
    differingValues(a, b, (root, tag) => weightWithin(root, tag) !== 'never'),
    reencoded,
  )
}

const changed = (more: Values) => between(header(BASE), header({ ...BASE, ...more }))

test('the same values are the same in implicit and explicit VR, in any spelling of numbers, names, times and padding', t => {
  t.deepEqual(between(header(BASE), header(BASE, IMPLICIT)), [])
  const same: Values[] = [
    { SliceThickness: '1.5' },
    { SliceThickness: ' +1.500 ' },
    { ImagePositionPatient: ['-120', '0.0', '3.250'] },
    { PatientName: 'ESSAI^Zoé^^^' },
    { PatientName: 'ESSAI ^Zoé' },
    { StudyTime: '024000.000' },
    { StudyDescription: '' },
    { ReferencedStudySequence: [] },
    { PatientSex: 'F ' },
  ]
  for (const more of same) t.deepEqual(changed(more), [], JSON.stringify(more))
})

test('a sequence is the same with lengths and without, and differs where its items do', t => {
  const plain = encodeDataset(BASE, IMPLICIT)
  // (0010,1002) of defined length, rewritten with delimiters.
  const at = plain.indexOf(Buffer.from([0x10, 0x00, 0x02, 0x10]))
  const length = plain.readUInt32LE(at + 4)
  const item = plain.subarray(at + 8, at + 8 + length)
  const delimited = Buffer.concat([
    plain.subarray(0, at + 4),
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    item.subarray(0, 4),
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    item.subarray(8),
    Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
    plain.subarray(at + 8 + length),
  ])
  const rewritten = readHeaderSync(delimited, { datasetOffset: 0, transferSyntaxUID: IMPLICIT })
  t.deepEqual(between(header(BASE), rewritten), [])
  t.deepEqual(changed({ OtherPatientIDsSequence: [{ PatientID: 'X2', IssuerOfPatientID: 'SUD' }] }), [
    {
      attribute: 'OtherPatientIDsSequence[1].PatientID',
      weight: 'identity',
      kept: 'X1',
      beside: 'X2',
    },
  ])
  t.like(
    changed({
      OtherPatientIDsSequence: [{ PatientID: 'X1', IssuerOfPatientID: 'SUD' }, { PatientID: 'Y' }],
    })[0],
    {
      attribute: 'OtherPatientIDsSequence',
      kept: '1 ×',
      beside: '2 ×',
    },
  )
})

test('text is compared decoded: the same name in Latin-1 and in UTF-8 is the same name', t => {
  const latin1 = readHeaderSync(encodeDataset(BASE, EXPLICIT, { preferLatin1: true }), {
    datasetOffset: 0,
    transferSyntaxUID: EXPLICIT,
  })
  t.not(latin1.text('SpecificCharacterSet'), header(BASE).text('SpecificCharacterSet'))
  t.deepEqual(between(header(BASE), latin1), [])
  t.deepEqual(changed({ PatientName: 'ESSAI^Zoe' }), [
    { attribute: 'PatientName', weight: 'identity', kept: 'ESSAI^Zoé', beside: 'ESSAI^Zoe' },
  ])
})

test('every attribute of the table exists, and weighs what it says', t => {
  const expected: [weight: ReturnType<typeof weightOf>, keywords: string][] = [
    [
      'never',
      `SpecificCharacterSet InstanceCreationDate InstanceCreationTime InstanceCreatorUID InstanceCoercionDateTime
       RetrieveAETitle InstanceAvailability AlternateRepresentationSequence AvailableTransferSyntaxUID
       ContributingEquipmentSequence StorageMediaFileSetID StorageMediaFileSetUID SOPInstanceStatus
       SOPAuthorizationDateTime SOPAuthorizationComment AuthorizationEquipmentCertificationNumber
       OriginalAttributesSequence MACParametersSequence ExtendedOffsetTable ExtendedOffsetTableLengths
       EncapsulatedPixelDataValueTotalLength DigitalSignaturesSequence DataSetTrailingPadding
       SourceApplicationEntityTitle SendingApplicationEntityTitle TransferSyntaxUID ImplementationVersionName`,
    ],
    [
      'encoding',
      `ImageType DerivationDescription DerivationCodeSequence PhotometricInterpretation PlanarConfiguration
       LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod IconImageSequence`,
    ],
    [
      'identity',
      `PatientName PatientID IssuerOfPatientID TypeOfPatientID IssuerOfPatientIDQualifiersSequence PatientBirthDate
       PatientBirthTime PatientSex OtherPatientIDs OtherPatientNames OtherPatientIDsSequence PatientBirthName
       PatientMotherBirthName SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID`,
    ],
    [
      'clinical',
      `AccessionNumber StudyDate StudyTime StudyDescription SeriesDescription Modality BodyPartExamined Laterality
       ImageLaterality ViewPosition ContentDate PatientWeight PatientComments ReferringPhysicianName InstitutionName
       Rows Columns BitsStored PixelRepresentation RescaleSlope RescaleIntercept WindowCenter PixelSpacing
       ImageOrientationPatient ImagePositionPatient FrameOfReferenceUID CTDIvol ContrastBolusAgent
       EncapsulatedDocument ContentSequence CompletionFlag VerificationFlag WaveformSequence ProtocolName KVP`,
    ],
  ]
  for (const [weight, keywords] of expected)
    for (const keyword of keywords.split(/\s+/).filter(Boolean))
      t.is(weightOf(tagOf(keyword)), weight, keyword)
  for (const group of ['0008', '0010', '0020', '0029', '7FE0'])
    t.is(weightOf(`${group}0000`), 'never', 'group lengths')
  t.is(weightOf('00291010'), 'clinical')
})

test('what follows the compression counts only where both are compressed alike', t => {
  const lossy = header({
    ...BASE,
    LossyImageCompression: '01',
    LossyImageCompressionRatio: '10',
    ImageType: ['DERIVED', 'PRIMARY'],
  })
  const plain = header({ ...BASE, LossyImageCompression: '00', ImageType: ['ORIGINAL', 'PRIMARY'] })
  t.deepEqual(between(plain, lossy, true), [])
  t.deepEqual(
    between(plain, lossy, false).map(({ attribute }) => attribute),
    ['ImageType', 'LossyImageCompression', 'LossyImageCompressionRatio'],
  )
})

test('private attributes that were stripped or added say nothing; one that says something else does', t => {
  t.true(isPrivate('00290010'))
  t.false(isPrivate('00280010'))
  const found = (a: string | undefined, b: string | undefined) =>
    whatMatters([{ root: '00291010', tag: '00291010', path: '00291010', a, b }], false).length
  t.deepEqual([found('1', undefined), found(undefined, '1'), found('1', '2')], [0, 0, 1])
})

test('the verdict: other pixels before all; changed headers are a correction; the rest is another writing', t => {
  const name: Difference = { attribute: 'PatientName', weight: 'identity', kept: 'A', beside: 'B' }
  const table = [
    [[], 'same', 'alternative'],
    [[], 'none', 'alternative'],
    [[], 'uncompared', 'alternative'],
    [[], 'different', 'pixels'],
    [[name], 'same', 'correction'],
    [[name], 'none', 'correction'],
    [[name], 'uncompared', 'correction'],
    [[name], 'different', 'pixels'],
  ] as const
  for (const [differences, pixels, verdict] of table) t.is(verdictOf(differences, pixels), verdict)
})

test('many instances are one correction: what they share, and what differs in each in its own way', t => {
  const name: Difference = { attribute: 'PatientName', weight: 'identity', kept: 'A', beside: 'B' }
  const at = (n: number): Difference => ({
    attribute: 'ContentTime',
    weight: 'clinical',
    kept: `${n}`,
    beside: `${n + 1}`,
  })
  const only: Difference = { attribute: 'KVP', weight: 'clinical', beside: '120' }
  t.deepEqual(
    summaryOf([
      [name, at(1)],
      [name, at(2)],
      [name, at(3), only],
    ]),
    {
      common: [name],
      varying: [
        { attribute: 'ContentTime', weight: 'clinical', instances: 3 },
        { attribute: 'KVP', weight: 'clinical', instances: 1 },
      ],
    },
  )
  t.deepEqual(summaryOf([]), { common: [], varying: [] })
  t.true(sameCorrection(summaryOf([[name]]), summaryOf([[name, only]])))
  t.false(sameCorrection(summaryOf([[name]]), summaryOf([[{ ...name, beside: 'C' }]])))
  t.false(sameCorrection(summaryOf([]), summaryOf([[name]])))
})

const SIZE = 8
const pixels = Buffer.from(Uint16Array.from({ length: SIZE * SIZE * 2 }, (_, n) => (n * 37) % 4096).buffer)

/** Two frames of twelve bits, written under a transfer syntax. */
async function written(
  folder: string,
  name: string,
  syntax: string,
  options: { change?: (bytes: Buffer) => void } = {},
) {
  const bytes = Buffer.from(pixels)
  options.change?.(bytes)
  const values: Values = {
    ...BASE,
    Rows: SIZE,
    Columns: SIZE,
    NumberOfFrames: 2,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
  }
  const plain = encodeDataset({ ...values, PixelData: bytes }, syntax === IMPLICIT ? IMPLICIT : EXPLICIT)
  let dataset = plain
  if (syntax === '1.2.840.10008.1.2.1.99') dataset = deflateRawSync(plain)
  else if (syntax !== EXPLICIT && syntax !== IMPLICIT)
    dataset = Buffer.concat([encodeDataset(values, EXPLICIT), await encapsulated(bytes, syntax)])
  const file = join(folder, `${name}.dcm`)
  await writeFile(file, dataset)
  return {
    file,
    datasetOffset: 0,
    header: await readHeader(file, { datasetOffset: 0, transferSyntaxUID: syntax }),
  }
}

async function encapsulated(bytes: Buffer, syntax: string): Promise<Buffer> {
  const { default: codecs } = await import('dcmjs-codecs')
  const { NativeCodecs, Context } = codecs
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync()
  const frames = [0, 1].map(frame => {
    const context = new Context({
      width: SIZE,
      height: SIZE,
      bitsAllocated: 16,
      bitsStored: 12,
      samplesPerPixel: 1,
      pixelRepresentation: 0,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer: bytes.subarray(frame * SIZE * SIZE * 2, (frame + 1) * SIZE * SIZE * 2),
    })
    const ways: Record<string, () => InstanceType<typeof Context>> = {
      '1.2.840.10008.1.2.5': () => NativeCodecs.encodeRle(context),
      '1.2.840.10008.1.2.4.70': () =>
        NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1, pointTransform: 0 }),
      '1.2.840.10008.1.2.4.80': () =>
        NativeCodecs.encodeJpegLs(context, { lossy: false, allowedLossyError: 0 }),
      '1.2.840.10008.1.2.4.90': () =>
        NativeCodecs.encodeJpeg2000(context, { lossy: false, progressionOrder: 0, rate: 0 }),
      '1.2.840.10008.1.2.4.81': () =>
        NativeCodecs.encodeJpegLs(context, { lossy: true, allowedLossyError: 30 }),
    }
    const encoded = ways[syntax]?.().getEncodedBuffer()
    const frameBytes = Buffer.from(encoded as Uint8Array)
    return frameBytes.length % 2 === 0 ? frameBytes : Buffer.concat([frameBytes, Buffer.alloc(1)])
  })
  const item = (content: Buffer) => {
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
    head.writeUInt32LE(content.length, 4)
    return Buffer.concat([head, content])
  }
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff])
  const end = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])
  return Buffer.concat([head, item(Buffer.alloc(0)), ...frames.map(item), end])
}

const LOSSLESS = [
  EXPLICIT,
  IMPLICIT,
  '1.2.840.10008.1.2.1.99',
  '1.2.840.10008.1.2.5',
  '1.2.840.10008.1.2.4.70',
  '1.2.840.10008.1.2.4.80',
  '1.2.840.10008.1.2.4.90',
]

test('pixels are the same in every lossless writing, and different in each where one of them is', async t => {
  const folder = temporary(t)
  const one = (bytes: Buffer) => bytes.writeUInt16LE(bytes.readUInt16LE(2) ^ 1, 2)
  for (const [n, syntax] of LOSSLESS.entries()) {
    const image = await written(folder, `a${n}`, syntax)
    for (const [m, other] of LOSSLESS.entries()) {
      t.is(await comparePixels(image, await written(folder, `b${m}`, other)), 'same', `${syntax} ${other}`)
      const changed = await written(folder, `c${m}`, other, { change: one })
      t.is(await comparePixels(image, changed), 'different', `${syntax} ${other}`)
    }
  }
})

test('between a lossy and a lossless writing nobody can tell cheaply; without pixels there is nothing to compare', async t => {
  const folder = temporary(t)
  const plain = await written(folder, 'plain', EXPLICIT)
  const lossy = await written(folder, 'lossy', '1.2.840.10008.1.2.4.81')
  t.is(await comparePixels(plain, lossy), 'uncompared')
  t.is(await comparePixels(lossy, lossy), 'same')
  const bare = { file: '', datasetOffset: 0, header: header(BASE) }
  t.is(await comparePixels(bare, bare), 'none')
  t.is(await comparePixels(bare, plain), 'different')
})

const samples = process.env['RELAIS_TEST_DICOM_DIR']
const withSamples = samples === undefined ? test.skip : test

withSamples(
  'real images in other writings are the same; of other byte order, compressed, with an odd length',
  async t => {
    const open = async (name: string) => {
      const file = join(samples ?? '', name)
      const { datasetOffset, transferSyntaxUID } = readFileHeader(readFileSync(file))
      return { file, datasetOffset, header: await readHeader(file, { datasetOffset, transferSyntaxUID }) }
    }
    const alike = [
      'MR_small MR_small_RLE MR_small_bigendian MR_small_expb MR_small_implicit MR_small_jp2klossless MR_small_jpeg_ls_lossless MR_small_padded',
      'SC_rgb_small_odd SC_rgb_small_odd_big_endian',
      'rtdose rtdose_rle rtdose_expb',
      'rtdose_1frame rtdose_rle_1frame rtdose_expb_1frame',
      'liver_1frame liver_expb_1frame',
    ]
    for (const group of alike) {
      const [first = '', ...others] = group.split(' ')
      const a = await open(`${first}.dcm`)
      for (const other of others) {
        const b = await open(`${other}.dcm`)
        t.is(await comparePixels(a, b), 'same', other)
        t.deepEqual(between(a.header, b.header, true), [], other)
      }
    }
  },
)
