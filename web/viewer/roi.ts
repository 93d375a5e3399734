/**
 * The words beside an ellipse: what its pixels are worth. Hounsfield units only where the data set says so or is an
 * original CT; of anything else the stored value, by its rescale; colours have none. An area only where a pixel is a
 * distance in the patient (PS3.3 10.7.1.3).
 */
import { number, text } from './dicom-json.js'
import type { Frame } from './frame.js'

export interface RoiStats {
  mean?: number | null
  stdDev?: number | null
  min?: number | null
  max?: number | null
  area?: number | null
}

export interface RoiWords {
  /** `unit` is empty where the values have none. */
  values(of: { mean: number; sd: number; min: number; max: number }, unit: string): string
  area(mm2: number): string
}

let words: RoiWords = {
  values: ({ mean, sd, min, max }, unit) => `${mean.toFixed(1)} ± ${sd.toFixed(1)} (${min}–${max}) ${unit}`,
  area: mm2 => `${mm2.toFixed(0)} mm²`,
}

/** The page's language speaks here: Cornerstone draws the text itself. */
export function sayRois(say: RoiWords): void {
  words = say
}

/** (0028,1054) names the unit; without it PS3.3 C.11.1.1.2 gives Hounsfield units to CT images that are no secondary ones. */
export function unitOf({ metadata }: Pick<Frame, 'metadata'>): string {
  const type = text(metadata, '00281054')
  if (type !== undefined) return type === 'US' || type === 'UNSPECIFIED' ? '' : type
  const isCT = text(metadata, '00080060') === 'CT' && number(metadata, '00281052') !== undefined
  return isCT && text(metadata, '00080008') === 'ORIGINAL' ? 'HU' : ''
}

export function roiText(frameNamed: (imageId: string) => Frame | undefined) {
  return (data: { cachedStats?: Record<string, RoiStats | undefined> }, target: string): string[] => {
    const frame = frameNamed(target.replace(/^imageId:/, ''))
    const stats = data.cachedStats?.[target]
    if (!frame || !stats) return []
    const { mean, stdDev, min, max, area } = stats
    const lines: string[] = []
    const grey = (number(frame.metadata, '00280002') ?? 1) === 1
    if (grey && known(mean) && known(stdDev) && known(min) && known(max))
      lines.push(words.values({ mean, sd: stdDev, min, max }, unitOf(frame)))
    const { spacing } = frame
    if (known(area) && spacing?.measured && spacing.at === 'patient') lines.push(words.area(area))
    return lines
  }
}

const known = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value)
