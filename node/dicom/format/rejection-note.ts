import { isUID, SOPClass, TransferSyntax } from '../uids.js'
import { encodeDataset, type Values } from './dataset.js'
import type { DataSet } from './dataset-reading.js'
import type { Code, MadeObject } from './encapsulated-document.js'

/** Document titles that make a Key Object Selection a rejection note (IHE RAD IOCM; PS3.16 CID 7010), scheme DCM. */
export const rejectionTitles = {
  '113001': 'Rejected for Quality Reasons',
  '113037': 'Rejected for Patient Safety Reasons',
  '113038': 'Incorrect Modality Worklist Entry',
  '113039': 'Data Retention Policy Expired',
} as const

export type RejectionCode = keyof typeof rejectionTitles

export interface RejectedReference {
  StudyInstanceUID: string
  SeriesInstanceUID: string
  sopClassUID: string
  sopInstanceUID: string
}

/** What a rejection note says. */
export interface RejectionNote {
  code: RejectionCode
  /** The Key Object Description, in the writer's words; may be empty. */
  text: string
  references: RejectedReference[]
}

export function isRejectionCode(value: string): value is RejectionCode {
  return Object.hasOwn(rejectionTitles, value)
}

/**
 * Reads a Key Object Selection as a rejection note; undefined for any other document. What it rejects stands in the
 * Current Requested Procedure Evidence Sequence (PS3.3 C.17.6.2.1); references that are none are left out.
 */
export function rejectionNoteIn(dataSet: DataSet): RejectionNote | undefined {
  if (dataSet.text('SOPClassUID') !== SOPClass.KeyObjectSelectionDocumentStorage) return undefined
  const title = codeIn(dataSet)
  if (title.CodingSchemeDesignator !== 'DCM' || !isRejectionCode(title.CodeValue)) return undefined
  const references = new Map<string, RejectedReference>()
  for (const study of dataSet.sequence('CurrentRequestedProcedureEvidenceSequence'))
    for (const series of study.sequence('ReferencedSeriesSequence'))
      for (const item of series.sequence('ReferencedSOPSequence')) {
        const reference = {
          StudyInstanceUID: study.text('StudyInstanceUID') ?? '',
          SeriesInstanceUID: series.text('SeriesInstanceUID') ?? '',
          sopClassUID: item.text('ReferencedSOPClassUID') ?? '',
          sopInstanceUID: item.text('ReferencedSOPInstanceUID') ?? '',
        }
        if (Object.values(reference).every(uid => isUID(uid)))
          references.set(`${reference.StudyInstanceUID} ${reference.sopInstanceUID}`, reference)
      }
  return { code: title.CodeValue, text: descriptionIn(dataSet), references: [...references.values()] }
}

function codeIn(item: DataSet): Pick<Code, 'CodeValue' | 'CodingSchemeDesignator'> {
  const code = item.sequence('ConceptNameCodeSequence')[0]
  return {
    CodeValue: code?.text('CodeValue') ?? '',
    CodingSchemeDesignator: code?.text('CodingSchemeDesignator') ?? '',
  }
}

/** TID 2010, row 7: (113012, DCM, "Key Object Description"). */
function descriptionIn(dataSet: DataSet): string {
  for (const item of dataSet.sequence('ContentSequence'))
    if (item.text('ValueType') === 'TEXT' && codeIn(item).CodeValue === '113012')
      return (item.text('TextValue') ?? '').slice(0, 1000)
  return ''
}

/** What a note of ours needs besides what it says. Dates are DA, times TM. */
export interface NoteToMake extends RejectionNote {
  patient: {
    PatientName: string
    PatientID: string
    IssuerOfPatientID?: string
    PatientBirthDate: string
    PatientSex: string
  }
  /** The study the note is filed in: that of its references. */
  study: {
    StudyInstanceUID: string
    StudyDate: string
    StudyTime: string
    StudyID: string
    AccessionNumber: string
    ReferringPhysicianName: string
    StudyDescription: string
  }
  /** Who rejects, as a person name. */
  observer: string
  institutionName: string
  contentDate: string
  contentTime: string
  uids: { SeriesInstanceUID: string; SOPInstanceUID: string }
}

/** Far from the images' own series numbers, and beside our reports'. */
const SERIES_NUMBER = 9002

const dcm = (CodeValue: string, CodeMeaning: string): Code => ({
  CodeValue,
  CodingSchemeDesignator: 'DCM',
  CodeMeaning,
})
const named = (code: Code): Values => ({ ConceptNameCodeSequence: [{ ...code }] })

/**
 * A rejection note (PS3.3 A.35.4, TID 2010): modules Patient, General Study, Key Object Document Series, General
 * Equipment, Key Object Document, SR Document Content, SOP Common. Evidence and content name the same instances.
 */
export function rejectionNote(note: NoteToMake): MadeObject {
  const { patient, study, references, uids, text } = note
  const transferSyntaxUID = TransferSyntax.ExplicitVRLittleEndian
  const values: Values = {
    SOPClassUID: SOPClass.KeyObjectSelectionDocumentStorage,
    SOPInstanceUID: uids.SOPInstanceUID,
    InstanceCreationDate: note.contentDate,
    InstanceCreationTime: note.contentTime,

    PatientName: patient.PatientName,
    PatientID: short(patient.PatientID, 64),
    ...(patient.IssuerOfPatientID ? { IssuerOfPatientID: short(patient.IssuerOfPatientID, 64) } : {}),
    PatientBirthDate: patient.PatientBirthDate,
    PatientSex: patient.PatientSex,

    StudyInstanceUID: study.StudyInstanceUID,
    StudyDate: study.StudyDate,
    StudyTime: study.StudyTime,
    ReferringPhysicianName: study.ReferringPhysicianName,
    StudyID: short(study.StudyID, 16),
    AccessionNumber: short(study.AccessionNumber, 16),
    ...(study.StudyDescription ? { StudyDescription: short(study.StudyDescription, 64) } : {}),

    Modality: 'KO',
    SeriesInstanceUID: uids.SeriesInstanceUID,
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: rejectionTitles[note.code],
    ReferencedPerformedProcedureStepSequence: [],

    Manufacturer: 'Relais',
    ManufacturerModelName: 'Relais exchange node',
    InstitutionName: short(note.institutionName, 64),

    InstanceNumber: 1,
    ContentDate: note.contentDate,
    ContentTime: note.contentTime,
    CurrentRequestedProcedureEvidenceSequence: evidenceOf(references),

    ValueType: 'CONTAINER',
    ...named(dcm(note.code, rejectionTitles[note.code])),
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2010' }],
    ContentSequence: [
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'CODE',
        ...named(dcm('121005', 'Observer Type')),
        ConceptCodeSequence: [{ ...dcm('121006', 'Person') }],
      },
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'PNAME',
        ...named(dcm('121008', 'Person Observer Name')),
        PersonName: short(note.observer, 64),
      },
      ...(text === ''
        ? []
        : [
            {
              RelationshipType: 'CONTAINS',
              ValueType: 'TEXT',
              ...named(dcm('113012', 'Key Object Description')),
              TextValue: text,
            },
          ]),
      ...references.map(({ sopClassUID, sopInstanceUID }) => ({
        RelationshipType: 'CONTAINS',
        // IMAGE is for image SOP classes; documents and what else there is are COMPOSITE.
        ValueType: isImage(sopClassUID) ? 'IMAGE' : 'COMPOSITE',
        ReferencedSOPSequence: [
          { ReferencedSOPClassUID: sopClassUID, ReferencedSOPInstanceUID: sopInstanceUID },
        ],
      })),
    ],
  }
  return {
    dataset: encodeDataset(values, transferSyntaxUID, { alwaysUTF8: true }),
    sopClassUID: SOPClass.KeyObjectSelectionDocumentStorage,
    sopInstanceUID: uids.SOPInstanceUID,
    seriesInstanceUID: uids.SeriesInstanceUID,
    transferSyntaxUID,
  }
}

/** Study by study, series by series (PS3.3 Table C.17-3). */
function evidenceOf(references: readonly RejectedReference[]): Values[] {
  const studies = grouped(references, each => each.StudyInstanceUID)
  return [...studies].map(([StudyInstanceUID, ofStudy]) => ({
    StudyInstanceUID,
    ReferencedSeriesSequence: [...grouped(ofStudy, each => each.SeriesInstanceUID)].map(
      ([SeriesInstanceUID, ofSeries]) => ({
        SeriesInstanceUID,
        ReferencedSOPSequence: ofSeries.map(({ sopClassUID, sopInstanceUID }) => ({
          ReferencedSOPClassUID: sopClassUID,
          ReferencedSOPInstanceUID: sopInstanceUID,
        })),
      }),
    ),
  }))
}

function grouped<T>(list: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const group = groups.get(keyOf(each))
    if (group === undefined) groups.set(keyOf(each), [each])
    else group.push(each)
  }
  return groups
}

/** PS3.4 B.5 names image classes so; everything under SR, presentation states, waveforms, PDF and raw data is none. */
function isImage(sopClassUID: string): boolean {
  return !/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88|104|11|9|66)(\.|$)/.test(sopClassUID)
}

/** What its VR can hold; a backslash would make two values of one. */
function short(text: string, characters: number): string {
  return [...text.replaceAll('\\', ' ')].slice(0, characters).join('')
}
