/**
 * The words beside a measured line. Millimetres only where the data set calibrates its pixels: without Pixel
 * Spacing (0028,0030) a length is in pixels, and in a projection Imager Pixel Spacing (0018,1164) is a distance
 * at the detector, not in the patient (PS3.3 10.7.1.3).
 */
import type { Frame } from './frame.js'

interface Measured {
  cachedStats?: Record<string, { length?: number | null; unit?: string } | undefined>
}

export type LengthWords = (millimetres: number, kind: 'patient' | 'detector') => string

let words: LengthWords = (millimetres, kind) =>
  kind === 'patient' ? `${millimetres.toFixed(1)} mm` : `${millimetres.toFixed(1)} mm (detector)`
let pixels: (count: number) => string = count => `${Math.round(count)} px`

/** The page's language speaks here: Cornerstone draws the text itself. */
export function sayLengths(say: { millimetres: LengthWords; pixels: (count: number) => string }): void {
  words = say.millimetres
  pixels = say.pixels
}

export function lengthText(frameNamed: (imageId: string) => Frame | undefined) {
  return (data: Measured, target: string): string[] | undefined => {
    const length = data.cachedStats?.[target]?.length
    if (length === undefined || length === null || Number.isNaN(length)) return undefined
    const frame = frameNamed(target.replace(/^imageId:/, ''))
    const spacing = frame?.spacing
    if (!spacing) return [pixels(length)]
    // Cornerstone measures with Pixel Spacing, or with 1 mm a pixel where there is none.
    return [words(spacing.measured ? length : length * spacing.mmPerPixel, spacing.at)]
  }
}
