import { fail } from '../../errors.js'
import { SOPClass, TransferSyntax } from '../uids.js'
import { encodeDataset, type Values } from './dataset.js'

/** A code of a coding scheme (PS3.3 8.8). */
export interface Code {
  CodeValue: string
  CodingSchemeDesignator: string
  CodeMeaning: string
}

/** One signed version of a report as a document for a PACS. Dates are DA, times TM, as the site's clocks show them. */
export interface PDFReport {
  pdf: Buffer
  patient: {
    PatientName?: string
    PatientID?: string
    IssuerOfPatientID?: string
    PatientBirthDate?: string
    PatientSex?: string
  }
  /** The study the report belongs to: copied from its images, so that the PACS files it there. */
  study: {
    StudyInstanceUID: string
    StudyDate?: string
    StudyTime?: string
    StudyID?: string
    StudyDescription?: string
    AccessionNumber?: string
    ReferringPhysicianName?: string
  }
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
  uids: { SeriesInstanceUID: string; SOPInstanceUID: string }
}

export interface MadeObject {
  dataset: Buffer
  sopClassUID: string
  sopInstanceUID: string
  seriesInstanceUID: string
  transferSyntaxUID: string
}

const diagnosticImagingReport: Code = {
  CodeValue: '18748-4',
  CodingSchemeDesignator: 'LN',
  CodeMeaning: 'Diagnostic Imaging Report',
}

/** Far from the images' own series numbers. */
const SERIES_NUMBER = 9001

/**
 * An Encapsulated PDF object (PS3.3 A.45.1): modules Patient, General Study, Encapsulated Document Series, General
 * and SC Equipment, Encapsulated Document, SOP Common. A preliminary report says so in its series description and
 * is UNVERIFIED. The length of the PDF stands beside it (0042,0015), so that the padding of an odd one can be told.
 *
 * @throws Failure `invalid` for what is no PDF, or a UID that is none.
 */
export function encapsulatedPDF({ pdf, patient, study, report, uids }: PDFReport): MadeObject {
  if (!pdf.subarray(0, 1024).includes('%PDF-')) fail('invalid', 'the document is no PDF')
  const transferSyntaxUID = TransferSyntax.ExplicitVRLittleEndian
  const description =
    report.status === 'preliminary' ? `PROVISOIRE - ${report.seriesDescription}` : report.seriesDescription
  const values: Values = {
    SOPClassUID: SOPClass.EncapsulatedPDFStorage,
    SOPInstanceUID: uids.SOPInstanceUID,
    InstanceCreationDate: report.contentDate,
    InstanceCreationTime: report.contentTime,

    PatientName: patient.PatientName ?? '',
    PatientID: shortened(patient.PatientID, 64),
    ...optional({ IssuerOfPatientID: patient.IssuerOfPatientID }),
    PatientBirthDate: patient.PatientBirthDate ?? '',
    PatientSex: patient.PatientSex ?? '',

    StudyInstanceUID: study.StudyInstanceUID,
    StudyDate: study.StudyDate ?? '',
    StudyTime: study.StudyTime ?? '',
    ReferringPhysicianName: study.ReferringPhysicianName ?? '',
    StudyID: shortened(study.StudyID, 16),
    AccessionNumber: shortened(study.AccessionNumber, 16),
    ...optional({ StudyDescription: study.StudyDescription }),

    Modality: 'DOC',
    SeriesInstanceUID: uids.SeriesInstanceUID,
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: shortened(description, 64),

    Manufacturer: 'Relais',
    ManufacturerModelName: 'Relais exchange node',
    ...optional({ InstitutionName: report.institutionName, SoftwareVersions: report.softwareVersion }),
    // Made on a workstation (PS3.3 C.8.6.1).
    ConversionType: 'WSD',

    InstanceNumber: report.instanceNumber,
    ContentDate: report.contentDate,
    ContentTime: report.contentTime,
    AcquisitionDateTime: '',
    ...optional({ ImageLaterality: report.laterality }),
    // The pages show the patient's identity.
    BurnedInAnnotation: 'YES',
    DocumentTitle: report.title.slice(0, 1024),
    ConceptNameCodeSequence: [{ ...(report.conceptName ?? diagnosticImagingReport) }],
    VerificationFlag: report.status === 'final' ? 'VERIFIED' : 'UNVERIFIED',
    HL7InstanceIdentifier: report.hl7InstanceIdentifier,
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocument: pdf,
    EncapsulatedDocumentLength: pdf.length,
  }
  return {
    dataset: encodeDataset(values, transferSyntaxUID, { alwaysUTF8: true }),
    sopClassUID: SOPClass.EncapsulatedPDFStorage,
    sopInstanceUID: uids.SOPInstanceUID,
    seriesInstanceUID: uids.SeriesInstanceUID,
    transferSyntaxUID,
  }
}

/** Type 3 attributes: present with a value, or not at all. A backslash would make two values of one. */
function optional(values: Record<string, string | undefined>): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([keyword, text]) => (text ? [[keyword, shortened(text, 64)]] : [])),
  )
}

/** What its VR can hold: a text that was read from elsewhere may be longer than the standard allows. */
function shortened(text: string | undefined, characters: number): string {
  return [...(text ?? '').replaceAll('\\', ' ')].slice(0, characters).join('')
}
