import { dicomDateTime } from '../../clock.js'
import { IMPLEMENTATION_CLASS_UID, SOPClass, TransferSyntax } from '../uids.js'
import { encodeDataset } from './dataset.js'

/** What everybody can tell a test object by, wherever it lies. */
export const TEST_PATIENT_ID = 'RELAIS-TEST'
/** Every UID of a test object begins so, and no other UID does. */
export const TEST_UID_ROOT = `${IMPLEMENTATION_CLASS_UID}.9`
const SIDE = 16

/**
 * A Secondary Capture of nobody, 16 × 16 pixels, that says in every field that it is a connection test
 * (PS3.3 A.8.1). Explicit VR Little Endian.
 */
export function testObject(nowMs: number) {
  const instance = `${TEST_UID_ROOT}.${nowMs}`
  const { date, time } = dicomDateTime(nowMs)
  const dataset = encodeDataset(
    {
      SOPClassUID: SOPClass.SecondaryCaptureImageStorage,
      SOPInstanceUID: `${instance}.1.1`,
      StudyInstanceUID: instance,
      SeriesInstanceUID: `${instance}.1`,
      StudyDate: date,
      StudyTime: time,
      AccessionNumber: '',
      ReferringPhysicianName: '',
      Modality: 'OT',
      ConversionType: 'SYN',
      StudyDescription: 'CONNECTION TEST - MAY BE DELETED',
      SeriesDescription: 'CONNECTION TEST - MAY BE DELETED',
      PatientName: 'TEST^CONNECTION',
      PatientID: TEST_PATIENT_ID,
      PatientBirthDate: '',
      PatientSex: 'O',
      StudyID: 'TEST',
      SeriesNumber: 1,
      InstanceNumber: 1,
      PatientOrientation: '',
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      Rows: SIDE,
      Columns: SIDE,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      BurnedInAnnotation: 'NO',
      PixelData: Buffer.from(Array.from({ length: SIDE * SIDE }, (_, at) => (at % SIDE) * SIDE)),
    },
    TransferSyntax.ExplicitVRLittleEndian,
  )
  return {
    sopClassUID: SOPClass.SecondaryCaptureImageStorage,
    sopInstanceUID: `${instance}.1.1`,
    transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
    dataset,
  }
}
