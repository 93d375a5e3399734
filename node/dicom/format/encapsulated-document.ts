import { fail } from '../../errors.js'
import { SOPClass, TransferSyntax } from '../uids.js'
import { encodeDataset, type Values } from './dataset.js'
import { type Predecessor, predecessorItems } from './predecessors.js'

/** A code of a coding scheme (PS3.3 8.8). */
export interface Code {
  CodeValue: string
  CodingSchemeDesignator: string
  CodeMeaning: string
}

/** Who an object that we make shows. Dates are DA. */
export interface MadePatient {
  PatientName?: string
  PatientID?: string
  IssuerOfPatientID?: string
  PatientBirthDate?: string
  PatientSex?: string
}

/** The study it is filed in: copied from its images, so that the PACS files it there. */
export interface MadeStudy {
  StudyInstanceUID: string
  StudyDate?: string
  StudyTime?: string
  StudyID?: string
  StudyDescription?: string
  AccessionNumber?: string
  ReferringPhysicianName?: string
}

export interface MadeObject {
  dataset: Buffer
  sopClassUID: string
  sopInstanceUID: string
  seriesInstanceUID: string
  transferSyntaxUID: string
}

/** A PDF as it stands in a study. Dates are DA, times TM, as the site's clocks show them. */
export interface PDFDocument {
  pdf: Buffer
  patient: MadePatient
  study: MadeStudy
  uids: { SeriesInstanceUID: string; SOPInstanceUID: string }
  series: { number: number; description: string }
  document: {
    title: string
    /** In its series, from 1. */
    instanceNumber: number
    date: string
    time: string
    /** WSD: made on a workstation, or SD: a scanned document (PS3.3 C.8.6.1). */
    conversionType: 'WSD' | 'SD'
    institutionName?: string
    laterality?: string
    softwareVersion?: string
    /** What kind of document, where that is known. */
    conceptName?: Code
    verification?: 'VERIFIED' | 'UNVERIFIED'
    /** `root^extension` (0040,E001). */
    hl7InstanceIdentifier?: string
  }
  /** Documents this one comes after (0040,A360). */
  predecessors?: readonly Predecessor[]
}

/**
 * An Encapsulated PDF object (PS3.3 A.45.1): modules Patient, General Study, Encapsulated Document Series, General and SC
 * Equipment, Encapsulated Document, SOP Common. The length of the PDF stands beside it (0042,0015), so that the padding of
 * an odd one can be told.
 *
 * @throws Failure `invalid` for what is no PDF, or a UID that is none.
 */
export function encapsulatedDocument({
  pdf,
  patient,
  study,
  uids,
  series,
  document,
  predecessors = [],
}: PDFDocument): MadeObject {
  if (!pdf.subarray(0, 1024).includes('%PDF-')) fail('invalid', 'the document is no PDF')
  const { conceptName, verification, hl7InstanceIdentifier } = document
  return madeObject(SOPClass.EncapsulatedPDFStorage, TransferSyntax.ExplicitVRLittleEndian, uids, {
    ...heading({ patient, study, uids, series }, document),
    Modality: 'DOC',
    ...optional({ InstitutionName: document.institutionName, SoftwareVersions: document.softwareVersion }),
    ConversionType: document.conversionType,
    AcquisitionDateTime: '',
    ...optional({ ImageLaterality: document.laterality }),
    // The pages show the patient's identity.
    BurnedInAnnotation: 'YES',
    DocumentTitle: document.title.slice(0, 1024),
    ConceptNameCodeSequence: conceptName === undefined ? [] : [{ ...conceptName }],
    ...(verification === undefined ? {} : { VerificationFlag: verification }),
    ...(hl7InstanceIdentifier === undefined ? {} : { HL7InstanceIdentifier: hl7InstanceIdentifier }),
    ...(predecessors.length === 0 ? {} : { PredecessorDocumentsSequence: predecessorItems(predecessors) }),
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocument: pdf,
    EncapsulatedDocumentLength: pdf.length,
  })
}

/** What stands at the head of every object that we make: its patient, study, series and equipment, and when it was made. */
export function heading(
  { patient, study, uids, series }: Pick<PDFDocument, 'patient' | 'study' | 'uids' | 'series'>,
  made: { instanceNumber: number; date: string; time: string },
): Values {
  return {
    InstanceCreationDate: made.date,
    InstanceCreationTime: made.time,

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

    SeriesInstanceUID: uids.SeriesInstanceUID,
    SeriesNumber: series.number,
    SeriesDescription: shortened(series.description, 64),

    Manufacturer: 'Relais',
    ManufacturerModelName: 'Relais exchange node',

    InstanceNumber: made.instanceNumber,
    ContentDate: made.date,
    ContentTime: made.time,
  }
}

export function madeObject(
  sopClassUID: string,
  transferSyntaxUID: string,
  uids: PDFDocument['uids'],
  values: Values,
): MadeObject {
  const { SeriesInstanceUID, SOPInstanceUID } = uids
  return {
    dataset: encodeDataset({ ...values, SOPClassUID: sopClassUID, SOPInstanceUID }, transferSyntaxUID, {
      alwaysUTF8: true,
    }),
    sopClassUID,
    sopInstanceUID: SOPInstanceUID,
    seriesInstanceUID: SeriesInstanceUID,
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
