/** As the native pixels of one frame are described (PS3.3 C.7.6.3). */
export interface PixelShape {
  rows: number
  columns: number
  samples: number
  bytesPerSample: number
}

const HEADER_BYTES = 64
const SEGMENTS_MAX = 15

/**
 * One frame of RLE Lossless (PS3.5 Annex G) as native pixels: little endian, the samples of a pixel side by side.
 * Throws an Error for a frame that is not of that shape, or breaks off.
 */
export function decodedRLE(bytes: Buffer, { rows, columns, samples, bytesPerSample }: PixelShape): Buffer {
  const planes = samples * bytesPerSample
  if (bytes.length < HEADER_BYTES || planes > SEGMENTS_MAX || bytes.readUInt32LE(0) !== planes)
    throw new Error(`the RLE frame does not have ${planes} segments`)
  const pixels = rows * columns
  const native = Buffer.alloc(pixels * planes)
  for (let plane = 0; plane < planes; plane++) {
    const from = bytes.readUInt32LE(4 + plane * 4)
    const to = plane + 1 < planes ? bytes.readUInt32LE(8 + plane * 4) : bytes.length
    if (from < HEADER_BYTES || to > bytes.length || from > to) throw new Error('an RLE segment lies outside')
    const sample = Math.floor(plane / bytesPerSample)
    // Of one sample the most significant byte comes first (G.2).
    const byte = bytesPerSample - 1 - (plane % bytesPerSample)
    const written = unpack(bytes.subarray(from, to), native, sample * bytesPerSample + byte, planes)
    if (written < pixels) throw new Error('an RLE segment breaks off')
  }
  return native
}

/** Writes one byte plane into every `step`th byte; gives how many it held. What is beyond the frame is padding. */
function unpack(packed: Buffer, into: Buffer, start: number, step: number): number {
  let at = 0
  let to = start
  let count = 0
  const put = (value: number) => {
    if (to < into.length) into[to] = value
    to += step
    count++
  }
  while (at + 1 < packed.length && to < into.length) {
    const control = packed.readInt8(at++)
    if (control >= 0) for (const value of packed.subarray(at, at + control + 1)) put(value)
    else if (control !== -128) for (let left = 1 - control; left > 0; left--) put(packed[at] ?? 0)
    at += control >= 0 ? control + 1 : control === -128 ? 0 : 1
  }
  return count
}
