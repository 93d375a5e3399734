import { SOPClass } from '../../uids.js'
import type { Values } from '../dataset.js'
import { chestSection } from './chest.js'
import { headSection } from './head.js'
import { kneeSection } from './knee.js'
import { burnIn, markAsSynthetic } from './lettering.js'
import { chestCT, headCT, headT2, kneePD } from './palettes.js'
import type { Projection } from './projection.js'
import { chestRadiograph, wristRadiograph } from './radiographs.js'
import { addNoise, develop, soften } from './raster.js'

/** How one kind of synthetic study is made: its header's own part, and its pixels, image by image. */
export interface Recipe {
  sopClassUID: string
  studyDescription: string
  /** What is the same in every image of the series. */
  series: Values
  images: number
  /** Rows unless told otherwise, and columns for each row. */
  rows: number
  columnsPerRow: number
  /** What differs from image to image, `n` from 0. */
  geometry(n: number, rows: number): Values
  /** Stored values, 0 to 4095. */
  pixels(n: number, rows: number): Float32Array
}

const ct = {
  Modality: 'CT',
  ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
  Manufacturer: 'Relais (synthetic)',
  ManufacturerModelName: 'Phantom CT',
  PatientPosition: 'HFS',
  KVP: 120,
  GantryDetectorTilt: 0,
  RescaleIntercept: -1024,
  RescaleSlope: 1,
  RescaleType: 'HU',
}

const mr = {
  Modality: 'MR',
  ImageType: ['ORIGINAL', 'PRIMARY', 'OTHER'],
  Manufacturer: 'Relais (synthetic)',
  ManufacturerModelName: 'Phantom MR',
  ScanningSequence: 'SE',
  SequenceVariant: 'SK',
  ScanOptions: '',
  MRAcquisitionType: '2D',
  MagneticFieldStrength: 1.5,
}

const dx = {
  Modality: 'DX',
  ImageType: ['ORIGINAL', 'PRIMARY', ''],
  Manufacturer: 'Relais (synthetic)',
  ManufacturerModelName: 'Phantom DX',
  PresentationIntentType: 'FOR PRESENTATION',
  DetectorType: 'DIRECT',
  PixelIntensityRelationship: 'LOG',
  PixelIntensityRelationshipSign: -1,
  RescaleIntercept: 0,
  RescaleSlope: 1,
  RescaleType: 'US',
  PresentationLUTShape: 'IDENTITY',
  AcquisitionContextSequence: [],
  WindowCenter: 2000,
  WindowWidth: 3400,
}

function headScan(haematoma: boolean): Recipe {
  return {
    sopClassUID: SOPClass.CTImageStorage,
    studyDescription: 'Scanner cérébral sans injection',
    series: {
      ...ct,
      SeriesDescription: 'Cerveau sans injection',
      ProtocolName: 'Crane',
      BodyPartExamined: 'HEAD',
      ConvolutionKernel: 'H30',
      XRayTubeCurrent: 280,
      ExposureTime: 1000,
      Exposure: 280,
      CTDIvol: 48.6,
      WindowCenter: ['40', '600'],
      WindowWidth: ['80', '2800'],
      WindowCenterWidthExplanation: ['Cerveau', 'Os'],
    },
    images: 64,
    rows: 512,
    columnsPerRow: 1,
    geometry: (n, rows) => axial(-66 + n * 2.4, 250, rows, 2.4),
    pixels: (n, rows) => {
      const section = headSection(rows, 250, -66 + n * 2.4, { haematoma, spots: false })
      return hounsfield(develop(section, headCT, { noise: 3.5, seed: n }), rows)
    },
  }
}

export const recipes = {
  'ct-head': headScan(true),
  'ct-head-prior': headScan(false),
  'ct-chest': {
    sopClassUID: SOPClass.CTImageStorage,
    studyDescription: 'Scanner thoracique sans injection',
    series: {
      ...ct,
      SeriesDescription: 'Thorax sans injection',
      ProtocolName: 'Thorax',
      BodyPartExamined: 'CHEST',
      ConvolutionKernel: 'B50',
      XRayTubeCurrent: 150,
      ExposureTime: 500,
      Exposure: 75,
      CTDIvol: 6.2,
      WindowCenter: ['40', '-550'],
      WindowWidth: ['400', '1600'],
      WindowCenterWidthExplanation: ['Mediastin', 'Poumon'],
    },
    images: 64,
    rows: 512,
    columnsPerRow: 1,
    geometry: (n, rows) => axial(-150 + n * 4.5, 400, rows, 4.5),
    pixels: (n, rows) =>
      hounsfield(develop(chestSection(rows, 400, -150 + n * 4.5), chestCT, { noise: 9, seed: n }), rows),
  },
  'mr-brain': {
    sopClassUID: SOPClass.MRImageStorage,
    studyDescription: 'IRM cérébrale',
    series: {
      ...mr,
      SeriesDescription: 'AX T2',
      ProtocolName: 'Encephale',
      BodyPartExamined: 'BRAIN',
      PatientPosition: 'HFS',
      RepetitionTime: 4500,
      EchoTime: 98,
      EchoTrainLength: 15,
      SpacingBetweenSlices: 5,
      WindowCenter: 700,
      WindowWidth: 1500,
    },
    images: 28,
    rows: 384,
    columnsPerRow: 1,
    geometry: (n, rows) => axial(-60 + n * 5, 230, rows, 4.5),
    pixels: (n, rows) => {
      const section = headSection(rows, 230, -60 + n * 5, { haematoma: false, spots: true })
      return signal(develop(section, headT2, { noise: 18, seed: n }), rows)
    },
  },
  'mr-knee': {
    sopClassUID: SOPClass.MRImageStorage,
    studyDescription: 'IRM du genou droit',
    series: {
      ...mr,
      SeriesDescription: 'SAG DP',
      ProtocolName: 'Genou',
      BodyPartExamined: 'KNEE',
      Laterality: 'R',
      PatientPosition: 'FFS',
      RepetitionTime: 2400,
      EchoTime: 30,
      EchoTrainLength: 7,
      SpacingBetweenSlices: 3.5,
      WindowCenter: 580,
      WindowWidth: 1250,
    },
    images: 28,
    rows: 384,
    columnsPerRow: 1,
    geometry: (n, rows) => sagittal(-47.25 + n * 3.5, 170, rows, 3),
    pixels: (n, rows) =>
      signal(develop(kneeSection(rows, 170, -47.25 + n * 3.5), kneePD, { noise: 18, seed: n }), rows),
  },
  'dx-chest': {
    sopClassUID: SOPClass.DigitalXRayImageStorageForPresentation,
    studyDescription: 'Radiographie du thorax de face',
    series: {
      ...dx,
      SeriesDescription: 'Thorax PA',
      ProtocolName: 'Thorax',
      BodyPartExamined: 'CHEST',
      AnatomicRegionSequence: [anatomicRegion('51185008', 'Chest')],
      ViewPosition: 'PA',
      ImageLaterality: 'U',
      PatientOrientation: ['L', 'F'],
      KVP: 125,
      Exposure: 2,
      ImageAndFluoroscopyAreaDoseProduct: 0.9,
    },
    images: 1,
    rows: 1720,
    columnsPerRow: 0.82,
    geometry: (_, rows) => radiograph(360 / (rows * 0.82)),
    pixels: (_, rows) => film(chestRadiograph(Math.round(rows * 0.82), rows), 'D'),
  },
  'dx-wrist': {
    sopClassUID: SOPClass.DigitalXRayImageStorageForPresentation,
    studyDescription: 'Radiographie du poignet gauche',
    series: {
      ...dx,
      SeriesDescription: 'Poignet gauche face',
      ProtocolName: 'Poignet',
      BodyPartExamined: 'WRIST',
      AnatomicRegionSequence: [anatomicRegion('74670003', 'Wrist joint')],
      ViewPosition: 'PA',
      Laterality: 'L',
      ImageLaterality: 'L',
      // Hand hanging, palm forward: the thumb points to the patient's left, the fingers to the feet.
      PatientOrientation: ['L', 'H'],
      KVP: 52,
      Exposure: 3,
      ImageAndFluoroscopyAreaDoseProduct: 0.05,
    },
    images: 1,
    rows: 1720,
    columnsPerRow: 0.82,
    geometry: (_, rows) => radiograph(190 / (rows * 0.82)),
    pixels: (_, rows) => film(wristRadiograph(Math.round(rows * 0.82), rows), 'G'),
  },
} satisfies Record<string, Recipe>

/** Image plane (PS3.3 C.7.6.2): columns run to the patient's left, rows to the back; the first image is the lowest. */
function axial(z: number, fieldOfViewMm: number, rows: number, thicknessMm: number): Values {
  const corner = (-fieldOfViewMm / rows) * ((rows - 1) / 2)
  return {
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [corner, corner, hundredths(z)],
    SliceLocation: hundredths(z),
    ...spacing(fieldOfViewMm / rows, thicknessMm),
  }
}

/** Columns run to the back, rows to the feet; the first image is the patient's rightmost. */
function sagittal(x: number, fieldOfViewMm: number, rows: number, thicknessMm: number): Values {
  const corner = (-fieldOfViewMm / rows) * ((rows - 1) / 2)
  return {
    ImageOrientationPatient: [0, 1, 0, 0, 0, -1],
    ImagePositionPatient: [hundredths(x), corner, -corner],
    SliceLocation: hundredths(x),
    ...spacing(fieldOfViewMm / rows, thicknessMm),
  }
}

function hundredths(mm: number): number {
  return Math.round(mm * 100) / 100
}

function spacing(mm: number, thicknessMm: number): Values {
  return { PixelSpacing: [mm, mm], SliceThickness: thicknessMm }
}

function radiograph(mm: number): Values {
  return { PixelSpacing: [mm, mm], ImagerPixelSpacing: [mm, mm] }
}

function anatomicRegion(CodeValue: string, CodeMeaning: string) {
  return { CodeValue, CodingSchemeDesignator: 'SCT', CodeMeaning }
}

function hounsfield(values: Float32Array, width: number): Float32Array {
  markAsSynthetic(values, width, 400)
  for (let index = 0; index < values.length; index += 1) values[index] = (values[index] as number) + 1024
  return values
}

function signal(values: Float32Array, width: number): Float32Array {
  markAsSynthetic(values, width, 2000)
  // A magnitude image has no negative signal.
  for (let index = 0; index < values.length; index += 1) values[index] = Math.abs(values[index] as number)
  return values
}

/** What the beam lost as film density, the side's letter in the upper corner of the patient's right (D) or left (G). */
function film(image: Projection, side: 'D' | 'G'): Float32Array {
  const { loss, width } = image
  soften(loss, width)
  addNoise(loss, 0.006, 1)
  for (let index = 0; index < loss.length; index += 1) {
    loss[index] = 4095 * (1 - Math.exp(-0.9 * Math.max(0, loss[index] as number)))
  }
  const scale = Math.max(1, Math.round(width / 180))
  burnIn(loss, width, side, {
    column: Math.round(width * 0.05),
    row: Math.round(width * 0.05),
    scale,
    value: 4095,
  })
  markAsSynthetic(loss, width, 4095)
  return loss
}
