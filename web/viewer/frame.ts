/** One picture of a stack (an instance, or one frame of a multi-frame one), as its metadata describes it. */
import type { JsonDataSet } from './dicom-json.js'
import { items, number, numbers, personName, text, texts } from './dicom-json.js'

export interface Window {
  center: number
  width: number
  name?: string
}

export interface Frame {
  /** Cornerstone's name of it: `wadors:` and the WADO-RS frame address. */
  imageId: string
  SOPInstanceUID: string
  InstanceNumber?: number
  /** 1-based, as in the address. */
  frame: number
  /** Image Orientation (Patient), six cosines. */
  orientation?: number[]
  /** Image Position (Patient), mm. */
  position?: number[]
  /** Patient Orientation (0020,0020): towards which side a row and a column run; for projections. */
  patientOrientation?: [string, string]
  /** "R", "L" or "B", of the image or its series. */
  laterality?: string
  windows: Window[]
  /** Set when the pixels went through lossy compression at any time (0028,2110). */
  lossy?: { ratio?: number; method?: string }
  synthetic: boolean
  patient: { name?: string; id?: string; issuer?: string; birthDate?: string; sex?: string }
  /** DICOM DA and TM of the acquisition, or of what stands nearest to it. */
  date?: string
  time?: string
  modality?: string
  description?: string
  seriesNumber?: string
  /**
   * How a pixel becomes a distance: in the patient's plane, or only at the detector. `measured` says whether the
   * data set has Pixel Spacing itself. Absent: not at all.
   */
  spacing?: { mmPerPixel: number; at: 'patient' | 'detector'; measured: boolean }
  /** Bytes of decoded pixels, for the prefetch budget. */
  bytes: number
  transferSyntax?: string
  /** The instance's whole metadata, for the loader. */
  metadata: JsonDataSet
}

/** Images are what we can show; reports, presentation states, structured objects are not. */
export function hasPixels(set: JsonDataSet): boolean {
  return number(set, '00280010') !== undefined && number(set, '00280011') !== undefined
}

export function framesOf(set: JsonDataSet, seriesAddress: string): Frame[] {
  if (!hasPixels(set)) return []
  const uid = text(set, '00080018')
  if (!uid) return []
  const count = Math.max(1, number(set, '00280008') ?? 1)
  return Array.from({ length: count }, (_, i) => frameOf(set, `${seriesAddress}/instances/${uid}`, uid, i))
}

function frameOf(set: JsonDataSet, address: string, uid: string, index: number): Frame {
  // Enhanced objects keep geometry and window per frame (PS3.3 C.7.6.16.2), classic ones at the top.
  const groups = [items(set, '52009230')[index], items(set, '52009229')[0]]
  const within = (sequence: string): JsonDataSet | undefined => {
    for (const group of groups) {
      const item = items(group, sequence)[0]
      if (item) return item
    }
    return undefined
  }
  const orientation = numbers(within('00209116') ?? set, '00200037')
  const position = numbers(within('00209113') ?? set, '00200032')
  const towards = texts(set, '00200020')
  const anatomy = within('00209071')
  const lossy = text(set, '00282110') === '01'
  return {
    imageId: `wadors:${address}/frames/${index + 1}`,
    SOPInstanceUID: uid,
    InstanceNumber: number(set, '00200013'),
    frame: index + 1,
    orientation: orientation?.length === 6 ? orientation : undefined,
    position: position?.length === 3 ? position : undefined,
    patientOrientation: towards[0] && towards[1] ? [towards[0], towards[1]] : undefined,
    laterality: text(set, '00200062') ?? text(anatomy, '00209072') ?? text(set, '00200060'),
    windows: windowsOf(within('00289132') ?? set),
    lossy: lossy ? { ratio: number(set, '00282112'), method: text(set, '00282114') } : undefined,
    synthetic: text(set, '0008001C') === 'YES',
    patient: {
      name: personName(set, '00100010'),
      id: text(set, '00100020'),
      issuer: text(set, '00100021'),
      birthDate: text(set, '00100030'),
      sex: text(set, '00100040'),
    },
    date: text(set, '00080022') ?? text(set, '00080023') ?? text(set, '00080020'),
    time: text(set, '00080032') ?? text(set, '00080033') ?? text(set, '00080030'),
    modality: text(set, '00080060'),
    description: text(set, '0008103E') ?? text(set, '00181030'),
    seriesNumber: text(set, '00200011'),
    spacing: spacingOf(set, within('00289110') ?? set),
    bytes: decodedBytes(set),
    transferSyntax: text(set, '00083002') ?? text(set, '00020010'),
    metadata: set,
  }
}

function windowsOf(set: JsonDataSet): Window[] {
  const centers = numbers(set, '00281050') ?? []
  const widths = numbers(set, '00281051') ?? []
  const names = texts(set, '00281055')
  const windows: Window[] = []
  for (const [i, center] of centers.entries()) {
    const width = widths[i]
    // A width below 1 is not allowed (PS3.3 C.11.2.1.2) and would make the picture vanish.
    if (width === undefined || width < 1) continue
    windows.push({ center, width, name: names[i] || undefined })
  }
  return windows
}

const projections = new Set(['CR', 'DX', 'MG', 'XA', 'RF', 'IO', 'PX', 'XR'])

/** PS3.3 10.7.1.3: equal to the imager's spacing, or alone in a projection, it is not corrected for magnification. */
function spacingOf(set: JsonDataSet, geometry: JsonDataSet): Frame['spacing'] {
  const pixel = numbers(geometry, '00280030')?.[0]
  const imager = numbers(set, '00181164')?.[0]
  if (pixel) {
    const projected = projections.has(text(set, '00080060') ?? '')
    const corrected = text(set, '00280A02') !== undefined || (imager !== undefined && imager !== pixel)
    return { mmPerPixel: pixel, at: projected && !corrected ? 'detector' : 'patient', measured: true }
  }
  return imager ? { mmPerPixel: imager, at: 'detector', measured: false } : undefined
}

function decodedBytes(set: JsonDataSet): number {
  const rows = number(set, '00280010') ?? 0
  const columns = number(set, '00280011') ?? 0
  const samples = number(set, '00280002') ?? 1
  const bits = number(set, '00280100') ?? 16
  return rows * columns * (samples === 1 ? Math.ceil(bits / 8) : 4)
}
