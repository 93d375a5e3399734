import {
  encapsulatedDocument,
  type MadeObject,
  type PDFDocument,
} from '../dicom/format/encapsulated-document.js'
import { secondaryCapture } from '../dicom/format/secondary-capture.js'
import { fail } from '../errors.js'
import { paperOf } from '../objects/paper.js'

/** What a paper is to become, apart from its bytes. */
export interface PaperObject {
  kind: 'pdf' | 'jpeg'
  title: string
  patient: PDFDocument['patient']
  study: PDFDocument['study']
  uids: PDFDocument['uids']
  /** In its series, from 1. */
  instanceNumber: number
  date: string
  time: string
}

/** Far from the images' own series numbers, and from those of reports. */
const SERIES_NUMBER = { pdf: 9101, jpeg: 9102 } as const

/**
 * A paper of a disc as an object: a PDF as Encapsulated PDF, a JPEG as Secondary Capture.
 *
 * @throws Failure `invalid` for what is neither.
 */
export function paperObject(bytes: Buffer, paper: PaperObject): MadeObject {
  const { kind, title, patient, study, uids, instanceNumber, date, time } = paper
  const series = { number: SERIES_NUMBER[kind], description: title }
  const { fault, picture } = paperOf(kind, bytes)
  if (fault !== undefined) fail('invalid', `the file is no paper that can be taken: ${fault}`)
  if (kind === 'pdf')
    return encapsulatedDocument({
      pdf: bytes,
      patient,
      study,
      uids,
      series,
      document: { title, instanceNumber, date, time, conversionType: 'WSD' },
    })
  if (picture === undefined) return fail('invalid', 'the file is no picture')
  const { rows, columns, photometric } = picture
  return secondaryCapture({
    jpeg: bytes.subarray(0, picture.bytes),
    rows,
    columns,
    photometric,
    patient,
    study,
    uids,
    series,
    captured: { title, instanceNumber, date, time },
  })
}
