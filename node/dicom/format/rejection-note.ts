import { isUID, SOPClass } from '../uids.js'
import type { DataSet } from './dataset-reading.js'
import type { Code, MadeObject } from './encapsulated-document.js'
import { keyObjectSelection } from './key-object-selection.js'

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

/** A rejection note (PS3.3 A.35.4, TID 2010). Evidence and content name the same instances. */
export function rejectionNote({ code, ...note }: NoteToMake): MadeObject {
  return keyObjectSelection({
    ...note,
    title: { CodeValue: code, CodingSchemeDesignator: 'DCM', CodeMeaning: rejectionTitles[code] },
    series: { number: SERIES_NUMBER, description: rejectionTitles[code] },
    instanceNumber: 1,
  })
}
