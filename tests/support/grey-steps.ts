import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { derivedUID } from '../../node/dicom/format/derived-uid.js'
import type { MadeObject } from '../../node/dicom/format/encapsulated-document.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'

/** Blocks a row and a column, and pixels of each one's side. */
export const STEPS = { across: 8, side: 16 }
/** Hounsfield units of the first block, and from one block to the next. */
const FIRST = -30
const STEP = 3

/** One grey a unit: nothing is left to rounding. */
export const OWN_WINDOW = { center: 98, width: 256 }

/** What a block is worth, HU: by rows. */
export const stepAt = (block: number): number => FIRST + block * STEP

/** The grey of a value at a linear window (PS3.3 C.11.2.1.2.1), 0 to 255. */
export function greyOf(value: number, { center, width }: { center: number; width: number }): number {
  const low = center - 0.5 - (width - 1) / 2
  return Math.round(Math.min(1, Math.max(0, (value - low) / (width - 1))) * 255)
}

/** A CT image of 64 blocks, each of one value: what a screen shows of it can be worked out by hand. */
export function greySteps(StudyInstanceUID: string): MadeObject {
  const { across, side } = STEPS
  const rows = across * side
  const pixels = Buffer.alloc(rows * rows * 2)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < rows; x++) {
      const block = Math.floor(y / side) * across + Math.floor(x / side)
      pixels.writeUInt16LE(stepAt(block) + 1024, (y * rows + x) * 2)
    }
  const SOPInstanceUID = derivedUID(StudyInstanceUID, 'steps')
  const SeriesInstanceUID = derivedUID(StudyInstanceUID, 'steps', 'series')
  const transferSyntaxUID = TransferSyntax.ExplicitVRLittleEndian
  return {
    sopClassUID: SOPClass.CTImageStorage,
    sopInstanceUID: SOPInstanceUID,
    seriesInstanceUID: SeriesInstanceUID,
    transferSyntaxUID,
    dataset: encodeDataset(
      {
        SOPClassUID: SOPClass.CTImageStorage,
        SOPInstanceUID,
        StudyInstanceUID,
        SeriesInstanceUID,
        FrameOfReferenceUID: derivedUID(StudyInstanceUID, 'place'),
        PatientName: 'MIRE^Grise',
        PatientID: 'MIRE-1',
        PatientBirthDate: '',
        PatientSex: 'O',
        StudyDate: '20261124',
        StudyTime: '080000',
        StudyID: '1',
        AccessionNumber: '',
        ReferringPhysicianName: '',
        Modality: 'CT',
        SeriesNumber: 1,
        SeriesDescription: 'Mire de gris',
        InstanceNumber: 1,
        ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
        ImagePositionPatient: [0, 0, 0],
        ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
        PixelSpacing: [1, 1],
        Rows: rows,
        Columns: rows,
        SamplesPerPixel: 1,
        PhotometricInterpretation: 'MONOCHROME2',
        BitsAllocated: 16,
        BitsStored: 12,
        HighBit: 11,
        PixelRepresentation: 0,
        RescaleIntercept: -1024,
        RescaleSlope: 1,
        RescaleType: 'HU',
        WindowCenter: OWN_WINDOW.center,
        WindowWidth: OWN_WINDOW.width,
        PixelData: pixels,
      },
      transferSyntaxUID,
    ),
  }
}
