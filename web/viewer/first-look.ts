/**
 * The first picture, drawn by hand while the viewer itself is still loading: one uncompressed grey frame through its
 * own rescale and window, nothing more. Whatever would need more than that (compression, colour, lookup tables,
 * oblong pixels) is left to the viewer, which takes over as soon as it has drawn the same picture.
 */
import { number, text } from './dicom-json.js'
import type { Frame } from './frame.js'

export interface FirstLook {
  frame: Frame
  picture: ImageData
}

const native = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'])
const accept = 'multipart/related; type=application/octet-stream; transfer-syntax=*'

/**
 * Asks for the frame's bytes; the loader asks for them again, since the browser keeps no image of a patient. Null where it is not simple enough, or where anything fails: the loader asks again, and tells.
 */
export async function firstLook(frame: Frame): Promise<FirstLook | null> {
  try {
    const address = frame.imageId.slice('wadors:'.length)
    const answer = await fetch(address, { headers: { accept }, credentials: 'same-origin' })
    if (!answer.ok) return null
    const picture = drawn(frame, new Uint8Array(await answer.arrayBuffer()))
    return picture && { frame, picture }
  } catch {
    // Only ahead of time: the loader's own failure is the one that is told.
    return null
  }
}

function drawn(frame: Frame, answer: Uint8Array): ImageData | null {
  const { metadata: set, windows, transferSyntax } = frame
  const window = windows[0]
  const rows = number(set, '00280010') ?? 0
  const columns = number(set, '00280011') ?? 0
  const bits = number(set, '00280100')
  const stored = number(set, '00280101') ?? 0
  const photometric = text(set, '00280004')
  const simple =
    window !== undefined &&
    native.has(transferSyntax ?? '') &&
    number(set, '00280002') === 1 &&
    (photometric === 'MONOCHROME1' || photometric === 'MONOCHROME2') &&
    (bits === 16 || bits === 8) &&
    stored > 0 &&
    stored <= bits &&
    squarePixels(frame) &&
    // A window function or lookup tables of its own (PS3.3 C.11.1, C.11.2).
    (text(set, '00281056') ?? 'LINEAR') === 'LINEAR' &&
    !set['00283000'] &&
    !set['00283010']
  if (!simple) return null
  const bytes = body(answer, (rows * columns * bits) / 8)
  if (!bytes) return null
  const shade = shades({
    stored,
    signed: number(set, '00280103') === 1,
    slope: number(set, '00281053') ?? 1,
    intercept: number(set, '00281052') ?? 0,
    center: window.center,
    width: window.width,
    inverse: photometric === 'MONOCHROME1',
  })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mask = 2 ** stored - 1
  const picture = new ImageData(columns, rows)
  const pixels = new Uint32Array(picture.data.buffer)
  for (let i = 0; i < pixels.length; i++) {
    const raw = (bits === 16 ? view.getUint16(i * 2, true) : view.getUint8(i)) & mask
    const grey = shade[raw] ?? 0
    // Opaque grey; the four bytes are alike but for the last, so the machine's byte order only matters for that one.
    pixels[i] = 0xff000000 | (grey << 16) | (grey << 8) | grey
  }
  return picture
}

/** Every stored value's grey, by the linear function of PS3.3 C.11.2.1.2.1. */
function shades(how: {
  stored: number
  signed: boolean
  slope: number
  intercept: number
  center: number
  width: number
  inverse: boolean
}): Uint8Array {
  const count = 2 ** how.stored
  const low = how.center - 0.5 - (how.width - 1) / 2
  const reach = Math.max(1, how.width - 1)
  return Uint8Array.from({ length: count }, (_, raw) => {
    const value = (how.signed && raw >= count / 2 ? raw - count : raw) * how.slope + how.intercept
    const shade = Math.round(Math.min(1, Math.max(0, (value - low) / reach)) * 255)
    return how.inverse ? 255 - shade : shade
  })
}

function squarePixels({ metadata }: Frame): boolean {
  const across = number(metadata, '00280030', 1)
  const down = number(metadata, '00280030', 0)
  const aspect = metadata['00280034']
  return (
    aspect === undefined && (across === undefined || down === undefined || Math.abs(across - down) < 1e-6)
  )
}

/** The one part of a multipart answer; undefined when it is shorter than the picture must be. */
function body(answer: Uint8Array, length: number): Uint8Array | undefined {
  const limit = Math.min(answer.length - 3, 4096)
  for (let i = 0; i < limit; i++) {
    if (answer[i] !== 13 || answer[i + 1] !== 10 || answer[i + 2] !== 13 || answer[i + 3] !== 10) continue
    const start = i + 4
    return answer.length >= start + length ? answer.subarray(start, start + length) : undefined
  }
  return undefined
}
