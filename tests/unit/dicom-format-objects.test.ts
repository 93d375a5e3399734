import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { studyAttributes } from '../../node/dicom/format/attributes.js'
import { basicTextSR, type TextReport } from '../../node/dicom/format/basic-text-sr.js'
import { decodeDataset, encodeDataset } from '../../node/dicom/format/dataset.js'
import { derivedUID } from '../../node/dicom/format/derived-uid.js'
import { type DicomJson, toDicomJson } from '../../node/dicom/format/dicomjson.js'
import type { MadeObject } from '../../node/dicom/format/encapsulated-document.js'
import { encapsulatedPDF, type PDFReport } from '../../node/dicom/format/encapsulated-pdf.js'
import { readHeader, readHeaderSync } from '../../node/dicom/format/header.js'
import {
  type KeyObjectSelection,
  keyObjectSelection,
  OF_INTEREST,
} from '../../node/dicom/format/key-object-selection.js'
import { fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { type PhantomOptions, phantomKinds, phantomStudy } from '../../node/dicom/format/phantom.js'
import {
  type NoteToMake,
  type RejectionCode,
  rejectionNote,
  rejectionNoteIn,
  rejectionTitles,
} from '../../node/dicom/format/rejection-note.js'
import { editsFor, pieces } from '../../node/dicom/format/rewriting.js'
import { isUID, SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'
import { paperObject } from '../../node/imports/paper-object.js'
import { photograph, textPDF } from '../support/papers.js'
import { found } from '../support/programs.js'

const folder = mkdtempSync(join(tmpdir(), 'relais-objects-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const explicit = { datasetOffset: 0, transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian as string }

function report(pdf: Buffer, status: 'preliminary' | 'final' = 'final'): PDFReport {
  return {
    pdf,
    patient: { PatientName: 'ESSAI^Zoé', PatientID: 'P1', IssuerOfPatientID: 'HOP-A', PatientSex: 'F' },
    study: {
      StudyInstanceUID: '2.25.1',
      StudyDate: '20261124',
      AccessionNumber: 'A1',
      StudyDescription: 'Scanner',
    },
    report: {
      status,
      title: 'Compte rendu de scanner cérébral',
      seriesDescription: 'Compte rendu',
      instanceNumber: 2,
      contentDate: '20261124',
      contentTime: '031500',
      hl7InstanceIdentifier: '2.25.77^rep_1',
    },
    uids: { SeriesInstanceUID: '2.25.2', SOPInstanceUID: '2.25.3' },
  }
}

const smallPDF = (bytes: number) =>
  Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(bytes - 15, 'x'), Buffer.from('%%EOF\n')])

test('a signed report becomes an Encapsulated PDF with every attribute its IOD demands', t => {
  const made = encapsulatedPDF(report(smallPDF(1001)))
  const read = decodeDataset(made.dataset, made.transferSyntaxUID)
  t.like(read, {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: SOPClass.EncapsulatedPDFStorage,
    SOPInstanceUID: '2.25.3',
    PatientName: 'ESSAI^Zoé',
    IssuerOfPatientID: 'HOP-A',
    Modality: 'DOC',
    ConversionType: 'WSD',
    InstanceNumber: '2',
    BurnedInAnnotation: 'YES',
    VerificationFlag: 'VERIFIED',
    DocumentTitle: 'Compte rendu de scanner cérébral',
    HL7InstanceIdentifier: '2.25.77^rep_1',
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocumentLength: 1001,
  })
  for (const emptyAllowed of [
    'PatientBirthDate',
    'StudyTime',
    'StudyID',
    'ReferringPhysicianName',
    'AcquisitionDateTime',
  ]) {
    t.is(read[emptyAllowed], '', `${emptyAllowed} is of type 2: present, though empty`)
  }
  t.deepEqual(read['ConceptNameCodeSequence'], [
    { CodeValue: '18748-4', CodingSchemeDesignator: 'LN', CodeMeaning: 'Diagnostic Imaging Report' },
  ])
  t.is((read['EncapsulatedDocument'] as Buffer).length, 1002, 'padded to even length')

  const preliminary = encapsulatedPDF(report(smallPDF(100), 'preliminary'))
  t.like(decodeDataset(preliminary.dataset, preliminary.transferSyntaxUID), {
    SeriesDescription: 'PROVISOIRE - Compte rendu',
    VerificationFlag: 'UNVERIFIED',
  })
  t.throws(() => encapsulatedPDF(report(Buffer.from('<html>'))), { instanceOf: Failure, message: /no PDF/ })
  const long = report(smallPDF(100))
  const cut = encapsulatedPDF({
    ...long,
    study: { ...long.study, StudyDescription: 'é'.repeat(200), StudyID: 'x'.repeat(40) },
  })
  t.like(decodeDataset(cut.dataset, cut.transferSyntaxUID), {
    StudyDescription: 'é'.repeat(64),
    StudyID: 'x'.repeat(16),
  })
})
;(found('dcm2pdf') ? test : test.skip)('DCMTK takes the PDF out again byte by byte, even or odd', t => {
  for (const bytes of [1000, 1001]) {
    const pdf = smallPDF(bytes)
    const made = encapsulatedPDF(report(pdf))
    const file = join(folder, `${bytes}.dcm`)
    writeFileSync(file, Buffer.concat([fileHeader(made), made.dataset]))
    execFileSync('dcm2pdf', [file, `${file}.pdf`])
    t.deepEqual(readFileSync(`${file}.pdf`), pdf)
  }
})

const phantom: PhantomOptions = {
  kind: 'ct-head',
  patient: { PatientName: 'ESSAI^Zoé', PatientID: 'P1', PatientBirthDate: '19580412', PatientSex: 'F' },
  StudyInstanceUID: '2.25.99',
  StudyDate: '20261124',
  StudyTime: '031500',
  rows: 128,
}

test('every kind of synthetic study says what it is, and is the same each time', t => {
  for (const kind of phantomKinds) {
    const options = { ...phantom, kind, images: 3 }
    const made = [...phantomStudy(options)]
    t.deepEqual(made, [...phantomStudy(options)], kind)
    const seen = new Set<string>()
    for (const instance of made) {
      const header = readHeaderSync(instance.dataset, explicit)
      const attributes = studyAttributes(header)
      t.is(attributes.SOPInstanceUID, instance.sopInstanceUID)
      t.is(attributes.SeriesInstanceUID, instance.seriesInstanceUID)
      t.is(attributes.StudyInstanceUID, '2.25.99')
      t.is(attributes.InstanceNumber, instance.instanceNumber)
      t.regex(header.text('PatientComments') ?? '', /Synthetic patient/)
      t.regex(header.text('ImageComments') ?? '', /Synthetic image/)
      t.is(header.pixels?.length, (attributes.Rows ?? 0) * (attributes.Columns ?? 0) * 2)
      seen.add(instance.sopInstanceUID)
    }
    t.is(seen.size, made.length)
  }
  t.true(isUID(derivedUID('a', 'b')))
  t.not(derivedUID('a', 'b'), derivedUID('ab'))
})

/** Mean stored value around a point given in mm of the patient (left, back), as CT number. */
function meanHU(dataset: Buffer, left: number, back: number): number {
  const header = readHeaderSync(dataset, explicit)
  const [x = 0, y = 0] = header.numbers('ImagePositionPatient')
  const [spacing = 1] = header.numbers('PixelSpacing')
  const columns = header.integer('Columns') ?? 0
  const middle = [Math.round((left - x) / spacing), Math.round((back - y) / spacing)] as const
  let sum = 0
  for (let row = middle[1] - 1; row <= middle[1] + 1; row += 1) {
    for (let column = middle[0] - 1; column <= middle[0] + 1; column += 1) {
      sum += dataset.readUInt16LE((header.pixels?.offset ?? 0) + (row * columns + column) * 2)
    }
  }
  return sum / 9 - 1024
}

test('the haematoma lies on the left of the patient, and the prior has none', t => {
  const at = (kind: 'ct-head' | 'ct-head-prior') =>
    [...phantomStudy({ ...phantom, kind })].find(({ dataset }) => {
      const z = readHeaderSync(dataset, explicit).numbers('ImagePositionPatient')[2] ?? 0
      return Math.abs(z - 10) < 1.3
    })?.dataset as Buffer
  t.true(meanHU(at('ct-head'), 29, 0) > 60)
  t.true(meanHU(at('ct-head'), -29, 0) < 50)
  t.true(meanHU(at('ct-head-prior'), 29, 0) < 50)
  t.true(meanHU(at('ct-head'), 0, -91) > 500, 'bone in front')
  t.true(meanHU(at('ct-head'), -120, -120) < -900, 'air around')
})

test('the sections of a volume lie evenly in space, from the feet up', t => {
  const positions = [...phantomStudy({ ...phantom, kind: 'ct-chest', rows: 64 })].map(({ dataset }) => {
    const header = readHeaderSync(dataset, explicit)
    t.deepEqual(header.numbers('ImageOrientationPatient'), [1, 0, 0, 0, 1, 0])
    return header.numbers('ImagePositionPatient')[2] ?? 0
  })
  t.true(positions.length >= 60)
  for (const [n, z] of positions.entries())
    if (n > 0) t.true(Math.abs(z - (positions[n - 1] ?? 0) - 4.5) < 0.001)
})

test('a wrist is a left one in the header, and the word is burnt into the pixels', t => {
  const [wrist] = phantomStudy({ ...phantom, kind: 'dx-wrist', rows: 400 })
  const dataset = wrist?.dataset as Buffer
  const header = readHeaderSync(dataset, explicit)
  t.is(header.text('ImageLaterality'), 'L')
  const columns = header.integer('Columns') ?? 0
  const row = (n: number) =>
    Array.from({ length: columns }, (_, c) =>
      dataset.readUInt16LE((header.pixels?.offset ?? 0) + (n * columns + c) * 2),
    )
  const bright = Array.from({ length: 30 }, (_, n) => row(399 - n).filter(value => value === 4095).length)
  // Eleven letters of five by seven dots: more than a hundred dots in the seven lowest rows that have any.
  t.true(bright.reduce((sum, count) => sum + count, 0) > 100)
})

/** What DCMTK makes of a file, without the pixels and what follows them; single floats come out with fewer digits. */
function byDCMTK(file: string): DicomJson {
  const json = JSON.parse(
    execFileSync('dcm2json', [file], { maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' }),
  ) as DicomJson
  return Object.fromEntries(Object.entries(json).filter(([tag]) => tag < '7FE00008'))
}

function comparable(json: DicomJson): DicomJson {
  const rounded = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)
  return JSON.parse(JSON.stringify(json), (_, value) => rounded(value)) as DicomJson
}

async function byUs(file: string): Promise<DicomJson> {
  const header = await readHeader(file, readFileHeader(readFileSync(file)))
  const json = toDicomJson(header, { maxPrivateInlineBytes: 1e9 })
  return Object.fromEntries(Object.entries(json).filter(([tag]) => tag < '7FE00008'))
}

const withDCMTK = found('dcm2json') ? test : test.skip
withDCMTK('DCMTK reads the same values as we do in what we make', async t => {
  const objects = [
    encapsulatedPDF(report(smallPDF(999))),
    ...phantomKinds.flatMap(kind => [...phantomStudy({ ...phantom, kind, images: 1, rows: 64 })]),
    ...phantomStudy({
      ...phantom,
      images: 1,
      rows: 64,
      transferSyntaxUID: TransferSyntax.ImplicitVRLittleEndian,
    }),
  ]
  for (const [n, object] of objects.entries()) {
    const file = join(folder, `made-${n}.dcm`)
    writeFileSync(file, Buffer.concat([fileHeader(object), object.dataset]))
    t.deepEqual(comparable(await byUs(file)), comparable(byDCMTK(file)))
  }
})

const outside = process.env['RELAIS_TEST_DICOM_DIR']
;(outside && found('dcm2json') ? test : test.skip)(
  'DCMTK reads the same values as we do in files from outside',
  async t => {
    // Explicit and implicit, both byte orders, character sets, private elements, structured reports, plans.
    const sample =
      /^(CT_small|MR_small(_bigendian|_implicit)?|test-SR|rtplan|rtdose|chrFren|chrGreek|chrX1|reportsi|image_dfl)\.dcm$/
    const names = readdirSync(outside as string).filter(name => sample.test(name))
    for (const name of names) {
      const file = join(outside as string, name)
      t.deepEqual(comparable(await byUs(file)), comparable(byDCMTK(file)), name)
    }
  },
)

function note(code: RejectionCode, changes: Partial<NoteToMake> = {}): NoteToMake {
  const reference = (study: number, series: number, image: number, sopClassUID: string) => ({
    StudyInstanceUID: `2.25.${study}`,
    SeriesInstanceUID: `2.25.${study}.${series}`,
    sopClassUID,
    sopInstanceUID: `2.25.${study}.${series}.${image}`,
  })
  return {
    code,
    text: 'Mauvais côté : l’épaule gauche a été radiographiée.',
    references: [
      reference(1, 1, 1, SOPClass.CTImageStorage),
      reference(1, 1, 2, SOPClass.CTImageStorage),
      reference(1, 2, 1, SOPClass.BasicTextSRStorage),
      reference(2, 1, 1, SOPClass.MRImageStorage),
    ],
    patient: {
      PatientName: 'ESSAI^Zoé',
      PatientID: 'P1',
      IssuerOfPatientID: 'HOP-A',
      PatientBirthDate: '19800101',
      PatientSex: 'F',
    },
    study: {
      StudyInstanceUID: '2.25.1',
      StudyDate: '20261124',
      StudyTime: '0800',
      StudyID: '7',
      AccessionNumber: 'A1',
      ReferringPhysicianName: '',
      StudyDescription: 'Scanner',
    },
    observer: 'Léa Martin',
    institutionName: 'Hôpital Nord (fictif)',
    contentDate: '20261124',
    contentTime: '090000',
    uids: { SeriesInstanceUID: '2.25.8', SOPInstanceUID: '2.25.9' },
    ...changes,
  }
}

const readNote = (bytes: Buffer) => rejectionNoteIn(readHeaderSync(bytes, explicit))

test('a rejection note reads back as it was said, for each of the four reasons', t => {
  for (const code of Object.keys(rejectionTitles) as RejectionCode[]) {
    const { text, references, ...rest } = note(code)
    t.deepEqual(readNote(rejectionNote({ text, references, ...rest }).dataset), { code, text, references })
  }
  t.is(readNote(rejectionNote(note('113001', { text: '' })).dataset)?.text, '')
})

test('only a Key Object Selection with one of the four titles of DCM is a rejection note', t => {
  const values = decodeDataset(rejectionNote(note('113001')).dataset, explicit.transferSyntaxUID)
  const again = (changes: object) =>
    readNote(encodeDataset({ ...values, ...changes } as never, explicit.transferSyntaxUID))
  const title = (CodeValue: string, CodingSchemeDesignator = 'DCM') => ({
    ConceptNameCodeSequence: [{ CodeValue, CodingSchemeDesignator, CodeMeaning: 'x' }],
  })
  t.is(again({})?.code, '113001')
  t.is(again({ SOPClassUID: SOPClass.BasicTextSRStorage }), undefined)
  // Of Interest, and the same number in another scheme.
  t.is(again(title('113000')), undefined)
  t.is(again(title('113001', '99LOCAL')), undefined)
  t.is(again({ ConceptNameCodeSequence: [] }), undefined)
  // What names nothing that could be a UID names nothing.
  t.deepEqual(again({ CurrentRequestedProcedureEvidenceSequence: [] })?.references, [])
})

const withDsrdump = found('dsrdump') && found('dcm2json') ? test : test.skip

withDsrdump('DCMTK reads a rejection note as a Key Object Selection without a word of complaint', t => {
  const made = rejectionNote(note('113037'))
  const file = join(folder, 'note.dcm')
  writeFileSync(file, Buffer.concat([fileHeader(made), made.dataset]))
  const dumped = execFileSync(found('dsrdump') ?? '', ['+Pc', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.regex(dumped, /Key Object Selection Document/)
  t.regex(dumped, /113037.*Rejected for Patient Safety Reasons/)
  t.regex(dumped, /Person Observer Name/)
  t.regex(dumped, /Key Object Description/)
  t.is(dumped.match(/contains IMAGE/gi)?.length, 3)
  t.is(dumped.match(/contains COMPOSITE/gi)?.length, 1)
  t.notRegex(dumped, /invalid|warning|error/i)
  const json = JSON.parse(execFileSync(found('dcm2json') ?? '', [file], { encoding: 'utf8' }))
  t.like(json['0040A375'].Value[0]['0020000D'], { vr: 'UI', Value: ['2.25.1'] })
  t.is(json['0040A375'].Value.length, 2)
  t.is(json['0040A375'].Value[0]['00081115'].Value.length, 2)
  t.is(json['0040A504'].Value[0]['0040DB00'].Value[0], '2010')
})

const dciodvfy = found('dciodvfy')
const judged = dciodvfy ? test : test.skip

/** What dicom3tools says is wrong with an object by its IOD. */
function errorsOf(made: MadeObject, name: string): string[] {
  const file = join(folder, `${name}.dcm`)
  writeFileSync(file, Buffer.concat([fileHeader(made), made.dataset]))
  const { stdout, stderr } = spawnSync(dciodvfy ?? '', [file], { encoding: 'utf8' })
  return `${stdout}${stderr}`.split('\n').filter(line => line.startsWith('Error'))
}

const PAPER = {
  title: 'Lettre',
  patient: note('113001').patient,
  study: note('113001').study,
  uids: { SeriesInstanceUID: '2.25.12', SOPInstanceUID: '2.25.13' },
  instanceNumber: 1,
  date: '20261124',
  time: '090000',
}

judged('dicom3tools finds no error by its IOD in any kind of object that is made here', t => {
  for (const [name, made] of Object.entries({
    report: encapsulatedPDF(report(textPDF('Compte rendu'))),
    preliminary: encapsulatedPDF(report(textPDF('Compte rendu'), 'preliminary')),
    'report after another': encapsulatedPDF({
      ...report(textPDF('Compte rendu')),
      predecessors: PREDECESSORS,
    }),
    text: basicTextSR(textReport('final')),
    'preliminary text': basicTextSR(textReport('preliminary')),
    'first text': basicTextSR({ ...textReport('final'), predecessors: [] }),
    paper: paperObject(textPDF('Lettre'), { ...PAPER, kind: 'pdf' }),
    photograph: paperObject(photograph(300, 200), { ...PAPER, kind: 'jpeg' }),
    'note for quality': rejectionNote(note('113001')),
    'note for safety': rejectionNote(note('113037', { text: '' })),
    'key images': keyObjectSelection(keyImages()),
  }))
    t.deepEqual(
      // What ties the versions of a report together, which the IOD keeps for documents of HL7.
      errorsOf(made, name).filter(line => !line.includes('<HL7InstanceIdentifier>')),
      [],
      name,
    )
})

judged('what is rewritten has no error that the original had not', t => {
  for (const kind of phantomKinds) {
    const [made] = phantomStudy({
      kind,
      patient: { PatientName: 'ESSAI^Zoé', PatientID: 'X', PatientBirthDate: '19700514', PatientSex: 'F' },
      StudyInstanceUID: '2.25.77',
      StudyDate: '20261124',
      StudyTime: '010000',
      AccessionNumber: 'A1',
      rows: 64,
    })
    if (made === undefined) return t.fail(kind)
    const header = readHeaderSync(made.dataset, { ...explicit, transferSyntaxUID: made.transferSyntaxUID })
    const edits = editsFor(
      header,
      {
        attributes: {
          PatientID: 'N-42',
          IssuerOfPatientID: 'NORD',
          PatientName: 'ESSAI^Zoë',
          AccessionNumber: '',
          StudyDescription: 'EXT Scanner',
          StudyInstanceUID: '2.25.78',
          SOPInstanceUID: '2.25.79',
        },
        at: '20261124090000+0000',
        system: 'Relais d’essai',
        source: 'CLINIQUE',
        reason: 'COERCE',
      },
      (offset, length) => made.dataset.subarray(offset, offset + length),
    )
    const dataset = Buffer.concat(
      [...pieces(edits, 0, made.dataset.length)].map(piece =>
        'from' in piece ? made.dataset.subarray(piece.from, piece.to) : piece,
      ),
    )
    const before = errorsOf(made, kind)
    const again = { ...made, sopInstanceUID: '2.25.79', dataset }
    t.deepEqual(
      errorsOf(again, `${kind}-rewritten`).filter(line => !before.includes(line)),
      [],
      kind,
    )
  }
})

const PREDECESSORS = ['2.25.50', '2.25.51'].map(sopInstanceUID => ({
  StudyInstanceUID: '2.25.1',
  SeriesInstanceUID: '2.25.40',
  sopClassUID: SOPClass.BasicTextSRStorage as string,
  sopInstanceUID,
}))

function textReport(status: 'preliminary' | 'final'): TextReport {
  const { patient, study } = report(smallPDF(100))
  return {
    patient,
    study,
    language: 'fr',
    status,
    parts: [
      { section: 'indication', text: 'Céphalée brutale.' },
      { section: 'technique', text: '' },
      { section: 'results', text: 'Œdème.\nPas d’hémorragie\u0007.' },
      { section: 'conclusion', text: 'Normal.' },
    ],
    verifier: { name: 'Dr Un^x', organization: 'Groupe \\ de lecture' },
    verifiedAt: '20261124061000+0000',
    seriesDescription: 'Compte rendu',
    instanceNumber: 2,
    contentDate: '20261124',
    contentTime: '061000',
    institutionName: 'Groupe de lecture',
    predecessors: PREDECESSORS,
    uids: { SeriesInstanceUID: '2.25.41', SOPInstanceUID: '2.25.42' },
  }
}

test('a signed report as a structured text says who verified it, how complete it is, and what came before', t => {
  const made = basicTextSR(textReport('final'))
  t.is(made.sopClassUID, '1.2.840.10008.5.1.4.1.1.88.11')
  const read = decodeDataset(made.dataset, made.transferSyntaxUID)
  t.like(read, {
    Modality: 'SR',
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'VERIFIED',
    PreliminaryFlag: 'FINAL',
    SeriesDescription: 'Compte rendu',
  })
  const [observer] = read['VerifyingObserverSequence'] as Record<string, unknown>[]
  t.like(observer, {
    VerifyingObserverName: 'Dr Un x',
    VerifyingOrganization: 'Groupe   de lecture',
    VerificationDateTime: '20261124061000+0000',
  })
  t.regex(JSON.stringify(read['PredecessorDocumentsSequence']), /2\.25\.50.*2\.25\.51/)
  t.regex(JSON.stringify(read['ContentSequence']), /Œdème\.\\r\\nPas d’hémorragie\./)
  const preliminary = basicTextSR(textReport('preliminary'))
  const early = decodeDataset(preliminary.dataset, preliminary.transferSyntaxUID)
  t.like(early, {
    CompletionFlag: 'PARTIAL',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    SeriesDescription: 'PROVISOIRE - Compte rendu',
  })
  t.is(early['VerifyingObserverSequence'], undefined)
})

/** Two images that a reader marked, one of them by two of its frames. */
function keyImages(): KeyObjectSelection {
  const { code: _, references: __, ...rest } = note('113001')
  const image = (n: number) => ({
    StudyInstanceUID: '2.25.1',
    SeriesInstanceUID: '2.25.1.1',
    sopClassUID: SOPClass.CTImageStorage as string,
    sopInstanceUID: `2.25.1.1.${n}`,
  })
  return {
    ...rest,
    title: OF_INTEREST,
    text: '',
    references: [
      image(1),
      // Enhanced CT Image Storage: only objects of many frames are named by frames.
      { ...image(2), sopClassUID: '1.2.840.10008.5.1.4.1.1.2.1', frames: [3, 7] },
    ],
    series: { number: 9004, description: 'Images clés' },
    instanceNumber: 1,
  }
}

test('key images name the instances twice, as evidence and as content, and of many frames the ones meant', t => {
  const made = keyObjectSelection(keyImages())
  const read = decodeDataset(made.dataset, made.transferSyntaxUID)
  t.like(read, { Modality: 'KO', SeriesDescription: 'Images clés' })
  t.regex(JSON.stringify(read['ConceptNameCodeSequence']), /113000.*Of Interest/)
  const content = JSON.stringify(read['ContentSequence'])
  t.regex(content, /2\.25\.1\.1\.1".*2\.25\.1\.1\.2"/)
  t.regex(content, /"ReferencedFrameNumber":\["3","7"\]/)
  t.regex(JSON.stringify(read['CurrentRequestedProcedureEvidenceSequence']), /2\.25\.1\.1\.1.*2\.25\.1\.1\.2/)
  t.is(readNote(made.dataset), undefined)
})

/** Every object of a report that leaves the house, as a file. */
function reportFiles(): [name: string, file: string][] {
  const predecessors = PREDECESSORS.map(one => ({ ...one, sopClassUID: SOPClass.EncapsulatedPDFStorage }))
  const objects: [string, MadeObject][] = (['preliminary', 'final'] as const).flatMap(
    (status): [string, MadeObject][] => [
      [`pdf-${status}`, encapsulatedPDF({ ...report(smallPDF(1001), status), predecessors })],
      [`sr-${status}`, basicTextSR(textReport(status))],
    ],
  )
  objects.push(['ko-final', keyObjectSelection(keyImages())])
  objects.push(['note', rejectionNote(note('113001'))])
  return objects.map(([name, made]) => {
    const file = join(folder, `${name}.dcm`)
    writeFileSync(file, Buffer.concat([fileHeader(made), made.dataset]))
    return [name, file]
  })
}
;(found('dsrdump') ? test : test.skip)('DCMTK reads the structured text as it was written', t => {
  for (const [name, file] of reportFiles()) {
    execFileSync('dcmdump', ['-q', file])
    if (name.startsWith('ko')) {
      const text = execFileSync('dsrdump', ['+U8', file], { encoding: 'utf8' })
      t.regex(text, /Key Object Selection Document/)
      t.regex(text, /Of Interest/)
      t.is(text.match(/contains IMAGE/gi)?.length, 2)
    }
    if (!name.startsWith('sr')) continue
    const text = execFileSync('dsrdump', ['+U8', file], { encoding: 'utf8' })
    t.regex(text, /Basic Text SR Document/)
    t.regex(text, /Œdème/)
    t.regex(text, name === 'sr-final' ? /VERIFIED/ : /UNVERIFIED/)
  }
})
;(found('gdcminfo') ? test : test.skip)('GDCM reads every object of a report', t => {
  for (const [name, file] of reportFiles()) {
    const text = execFileSync('gdcminfo', [file], { encoding: 'utf8' })
    const sopClass = { pdf: '104.1', sr: '88.11', ko: '88.59', not: '88.59' }[
      name.slice(0, 3).replace('-', '')
    ]
    t.true(text.includes(`1.2.840.10008.5.1.4.1.1.${sopClass}`), name)
    execFileSync('gdcmdump', [file])
  }
})
