import { fail } from '../../errors.js'
import { isUID } from '../uids.js'
import { type PersonName, personName } from './charset.js'
import type { DataSet } from './dataset-reading.js'
import { printedTag, tagOf } from './dictionary.js'

const uidKeywords = ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID', 'SOPClassUID'] as const

const textKeywords = [
  'PatientID',
  'IssuerOfPatientID',
  'PatientName',
  'PatientBirthDate',
  'PatientSex',
  'PatientAge',
  'StudyDate',
  'StudyTime',
  'StudyDescription',
  'StudyID',
  'AccessionNumber',
  'ReferringPhysicianName',
  'InstitutionName',
  'Modality',
  'SeriesDate',
  'SeriesTime',
  'SeriesDescription',
  'ProtocolName',
  'BodyPartExamined',
  'Laterality',
  'ImageLaterality',
  'ViewPosition',
  'AcquisitionDate',
  'AcquisitionTime',
  'ContentDate',
  'ContentTime',
  'FrameOfReferenceUID',
  'PhotometricInterpretation',
  'LossyImageCompression',
  'Manufacturer',
  'ManufacturerModelName',
  'StationName',
  'SoftwareVersions',
  'DeviceSerialNumber',
  'ContrastBolusAgent',
  'DocumentTitle',
] as const

const integerKeywords = [
  'SeriesNumber',
  'InstanceNumber',
  'NumberOfFrames',
  'Rows',
  'Columns',
  'SamplesPerPixel',
  'BitsAllocated',
  'BitsStored',
] as const

/** CTDIvol in mGy, dose area product in dGy·cm², KVP in kV, Exposure in mAs, SliceThickness in mm. */
const numberKeywords = [
  'CTDIvol',
  'ImageAndFluoroscopyAreaDoseProduct',
  'KVP',
  'Exposure',
  'SliceThickness',
] as const

type Texts = { [K in (typeof textKeywords)[number]]?: string }
type Numbers = { [K in (typeof integerKeywords)[number] | (typeof numberKeywords)[number]]?: number }
type UIDs = { [K in (typeof uidKeywords)[number]]: string }

/** What the index holds of one instance, under the standard's keywords. */
export type StudyAttributes = UIDs &
  Texts &
  Numbers & {
    PatientNameGroups?: PersonName
    /** All values, as they stand: several terms where code extensions are used. */
    SpecificCharacterSet?: string
    ModalitiesInStudy?: string[]
    /** The title of a document object (SR, Encapsulated PDF). */
    ConceptNameCodeMeaning?: string
    /** From a dose report (X-Ray Radiation Dose SR): CT Dose Length Product Total, mGy·cm. */
    CTDoseLengthProductTotal?: number
    /** Keywords whose text holds characters that could not be decoded for sure. */
    inexact: string[]
  }

/**
 * The attributes of patient, study, series and instance (PS3.3 C.7, C.12.1).
 *
 * @throws Failure `invalid` where one of the four UIDs is missing or is none: such an object cannot be indexed.
 */
export function studyAttributes(dataSet: DataSet): StudyAttributes {
  // Filled in place: this runs for every image that comes, and each copy of so many keys costs as much as reading them.
  const attributes = { inexact: [] as string[] } as StudyAttributes
  for (const keyword of uidKeywords) attributes[keyword] = uidOf(dataSet, keyword)
  for (const keyword of textKeywords) {
    if (!dataSet.has(keyword)) continue
    const text = dataSet.text(keyword)
    if (text !== undefined && isSaid(text)) attributes[keyword] = text
    if (!dataSet.exact(keyword)) attributes.inexact.push(keyword)
  }
  const title = conceptName(dataSet)
  if (title !== undefined && isSaid(title)) attributes.ConceptNameCodeMeaning = title
  for (const keyword of integerKeywords) {
    const value = dataSet.integer(keyword)
    if (value !== undefined) attributes[keyword] = value
  }
  for (const keyword of numberKeywords) {
    const value = dataSet.number(keyword)
    if (value !== undefined) attributes[keyword] = value
  }
  if (attributes.PatientName !== undefined) attributes.PatientNameGroups = personName(attributes.PatientName)
  const characterSets = dataSet.texts('SpecificCharacterSet').join('\\')
  if (characterSets !== '') attributes.SpecificCharacterSet = characterSets
  const modalities = dataSet.texts('ModalitiesInStudy').filter(text => text !== '')
  if (modalities.length > 0) attributes.ModalitiesInStudy = modalities
  const dlp = doseLengthProductTotal(dataSet)
  if (dlp !== undefined) attributes.CTDoseLengthProductTotal = dlp
  return attributes
}

/** A person name of nothing but delimiters is an empty one. */
function isSaid(text: string): boolean {
  return /[^^=]/.test(text)
}

function uidOf(dataSet: DataSet, keyword: (typeof uidKeywords)[number]): string {
  const text = dataSet.text(keyword)
  if (text !== undefined && isUID(text)) return text
  const tag = printedTag(tagOf(keyword))
  if (text === undefined) return fail('invalid', `${keyword} ${tag} is missing`)
  return fail('invalid', `${keyword} ${tag} is no UID: ${JSON.stringify(text.slice(0, 80))}`)
}

function conceptName(dataSet: DataSet): string | undefined {
  return dataSet.sequence('ConceptNameCodeSequence')[0]?.text('CodeMeaning')
}

/** TID 10011 of PS3.16: the value of (113813, DCM, "CT Dose Length Product Total") anywhere in the content tree. */
function doseLengthProductTotal(dataSet: DataSet): number | undefined {
  // The reader has bounded depth and number of items: this ends.
  for (const item of dataSet.sequence('ContentSequence')) {
    const code = item.sequence('ConceptNameCodeSequence')[0]
    const found = code?.text('CodeValue') === '113813' && code.text('CodingSchemeDesignator') === 'DCM'
    const total = found
      ? item.sequence('MeasuredValueSequence')[0]?.number('NumericValue')
      : doseLengthProductTotal(item)
    if (total !== undefined) return total
  }
  return undefined
}
