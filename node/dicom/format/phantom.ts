import { TransferSyntax } from '../uids.js'
import { encodeDataset, type Values } from './dataset.js'
import { derivedUID } from './derived-uid.js'
import { type Recipe, recipes } from './phantoms/recipes.js'

/**
 * `ct-head` shows a haematoma on the patient's left, `ct-head-prior` the same head before it; `mr-knee` is a right
 * knee, `dx-wrist` a left wrist.
 */
export type PhantomKind = keyof typeof recipes

export interface PhantomOptions {
  kind: PhantomKind
  patient: {
    PatientName: string
    PatientID: string
    PatientBirthDate: string
    PatientSex: 'M' | 'F' | 'O'
    IssuerOfPatientID?: string
  }
  /** All other UIDs are derived from it: the same options give the same objects, byte by byte. */
  StudyInstanceUID: string
  /** DA and TM. */
  StudyDate: string
  StudyTime: string
  AccessionNumber?: string
  StudyID?: string
  StudyDescription?: string
  ReferringPhysicianName?: string
  InstitutionName?: string
  StationName?: string
  /** Rows of an image; smaller ones for tests. */
  rows?: number
  /** Images of the series, evenly chosen out of the whole; all unless told. */
  images?: number
  /** Explicit or Implicit VR Little Endian. */
  transferSyntaxUID?: string
  /** Text in ISO_IR 100, as most French archives have it, instead of UTF-8. */
  preferLatin1?: boolean
}

export interface PhantomInstance {
  sopInstanceUID: string
  sopClassUID: string
  seriesInstanceUID: string
  transferSyntaxUID: string
  instanceNumber: number
  /** The data set without a Part 10 header. */
  dataset: Buffer
}

/** The kinds there are, in the order a list shows them. */
export const phantomKinds = Object.keys(recipes) as PhantomKind[]

/**
 * A synthetic study, image by image: anatomy made of ellipsoids and noise, `SYNTHETIQUE` written into the pixels, and
 * said again in Patient Comments and Image Comments. Nothing in it comes from a person.
 */
export function* phantomStudy(options: PhantomOptions): Generator<PhantomInstance, void, void> {
  const recipe: Recipe = recipes[options.kind]
  const count = Math.min(options.images ?? recipe.images, recipe.images)
  const rows = options.rows ?? recipe.rows
  const transferSyntaxUID = options.transferSyntaxUID ?? TransferSyntax.ExplicitVRLittleEndian
  const seriesInstanceUID = derivedUID(options.StudyInstanceUID, options.kind, 'series')
  for (let index = 0; index < count; index += 1) {
    const section = count === recipe.images ? index : Math.floor(((index + 0.5) * recipe.images) / count)
    const sopInstanceUID = derivedUID(options.StudyInstanceUID, options.kind, String(index + 1))
    const values: Values = {
      ...studyValues(options, recipe),
      ...recipe.series,
      ...recipe.geometry(section, rows),
      ...pixelValues(recipe.pixels(section, rows), rows),
      SOPClassUID: recipe.sopClassUID,
      SOPInstanceUID: sopInstanceUID,
      SeriesInstanceUID: seriesInstanceUID,
      ...(recipe.series['Modality'] === 'DX'
        ? {}
        : {
            FrameOfReferenceUID: derivedUID(options.StudyInstanceUID, options.kind, 'frame'),
            PositionReferenceIndicator: '',
          }),
      InstanceNumber: index + 1,
    }
    yield {
      sopInstanceUID,
      sopClassUID: recipe.sopClassUID,
      seriesInstanceUID,
      transferSyntaxUID,
      instanceNumber: index + 1,
      dataset: encodeDataset(values, transferSyntaxUID, { preferLatin1: options.preferLatin1 ?? false }),
    }
  }
}

function studyValues(options: PhantomOptions, recipe: Recipe): Values {
  const { StudyDate, StudyTime } = options
  return {
    ...options.patient,
    PatientComments: 'Synthetic patient: no such person exists',
    ImageComments: 'Synthetic image, made by a program',
    StudyInstanceUID: options.StudyInstanceUID,
    StudyDate,
    StudyTime,
    SeriesDate: StudyDate,
    SeriesTime: StudyTime,
    AcquisitionDate: StudyDate,
    AcquisitionTime: StudyTime,
    ContentDate: StudyDate,
    ContentTime: StudyTime,
    StudyID: options.StudyID ?? '1',
    StudyDescription: options.StudyDescription ?? recipe.studyDescription,
    AccessionNumber: options.AccessionNumber ?? '',
    ReferringPhysicianName: options.ReferringPhysicianName ?? '',
    InstitutionName: options.InstitutionName,
    StationName: options.StationName,
    SeriesNumber: 1,
    AcquisitionNumber: 1,
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
  }
}

/** Image Pixel (PS3.3 C.7.6.3): twelve bits in sixteen. */
function pixelValues(stored: Float32Array, rows: number): Values {
  const words = new Uint16Array(stored.length)
  for (let index = 0; index < stored.length; index += 1) {
    const value = stored[index] as number
    words[index] = value <= 0 ? 0 : value >= 4095 ? 4095 : value + 0.5
  }
  const bytes = Buffer.from(words.buffer)
  // Words are in the machine's order; the data set is little endian.
  const machineIsBig = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: stored.length / rows,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PixelData: machineIsBig ? bytes.swap16() : bytes,
  }
}
