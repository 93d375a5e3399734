import {
  type Code,
  encapsulatedDocument,
  type MadeObject,
  type MadePatient,
  type MadeStudy,
} from './encapsulated-document.js'
import type { Predecessor } from './predecessors.js'

/** One signed version of a report as a document for a PACS. Dates are DA, times TM, as the site's clocks show them. */
export interface PDFReport {
  pdf: Buffer
  patient: MadePatient
  /** The study the report belongs to. */
  study: MadeStudy
  report: {
    status: 'preliminary' | 'final'
    title: string
    seriesDescription: string
    /** Of the version inside its report, from 1. */
    instanceNumber: number
    contentDate: string
    contentTime: string
    /** `root^extension`, the same for every version of one report (0040,E001). */
    hl7InstanceIdentifier: string
    institutionName?: string
    /** What kind of report; Diagnostic Imaging Report unless told (PS3.16 CID 7000). */
    conceptName?: Code
    laterality?: string
    softwareVersion?: string
  }
  /** The version before (0040,A360). */
  predecessors?: readonly Predecessor[]
  uids: { SeriesInstanceUID: string; SOPInstanceUID: string }
}

const diagnosticImagingReport: Code = {
  CodeValue: '18748-4',
  CodingSchemeDesignator: 'LN',
  CodeMeaning: 'Diagnostic Imaging Report',
}

/** Far from the images' own series numbers. */
const SERIES_NUMBER = 9001

/**
 * A report as an Encapsulated PDF object. A preliminary one says so in its series description and is UNVERIFIED.
 *
 * @throws Failure `invalid` for what is no PDF, or a UID that is none.
 */
export function encapsulatedPDF({ pdf, patient, study, report, predecessors, uids }: PDFReport): MadeObject {
  const { contentDate: date, contentTime: time, status, seriesDescription, conceptName, ...document } = report
  return encapsulatedDocument({
    pdf,
    patient,
    study,
    uids,
    ...(predecessors === undefined ? {} : { predecessors }),
    series: {
      number: SERIES_NUMBER,
      description: status === 'preliminary' ? `PROVISOIRE - ${seriesDescription}` : seriesDescription,
    },
    document: {
      ...document,
      date,
      time,
      conversionType: 'WSD',
      conceptName: conceptName ?? diagnosticImagingReport,
      verification: status === 'final' ? 'VERIFIED' : 'UNVERIFIED',
    },
  })
}
