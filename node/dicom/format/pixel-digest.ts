import { createHash, type Hash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { constants, inflateRawSync } from 'node:zlib'
import { Failure } from '../../errors.js'
import { TransferSyntax, transferSyntaxTraits } from '../uids.js'
import { openFrames, type Segment } from './frames.js'
import type { Header } from './header.js'

/** A stored object whose pixels are looked at. */
export interface StoredImage {
  file: string
  datasetOffset: number
  header: Header
}

/** `uncompared`: no cheap way tells whether they show the same, as between a lossy and a lossless encoding. */
export type PixelComparison = 'same' | 'different' | 'uncompared' | 'none'

/** Decoded pixels of one image that are looked at: more would keep others waiting. */
const MAX_DECODED_BYTES = 512 * 1024 * 1024
const MAX_INFLATED_BYTES = 512 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024

/**
 * Whether two objects have the same pixels: as they are stored where both are written alike, else decoded frame by
 * frame where the encodings lose nothing. Reads and decodes whole images: for a process that may be killed.
 *
 * @throws Failure `invalid` where a file breaks off.
 */
export async function comparePixels(a: StoredImage, b: StoredImage): Promise<PixelComparison> {
  if (a.header.pixels === undefined && b.header.pixels === undefined) return 'none'
  if (a.header.pixels === undefined || b.header.pixels === undefined) return 'different'
  const [x, y] = [traitsOf(a), traitsOf(b)]
  const alike = x.encapsulated === y.encapsulated && (!x.encapsulated || x.uid === y.uid)
  if (alike && (await storedDigest(a)) === (await storedDigest(b))) return 'same'
  if (!x.encapsulated && !y.encapsulated) return 'different'
  const [left, right] = [await decodedDigest(a), await decodedDigest(b)]
  if (left !== undefined && left === right) return 'same'
  const certain = left !== undefined && right !== undefined && x.lossy === false && y.lossy === false
  return alike || certain ? 'different' : 'uncompared'
}

function traitsOf({ header }: StoredImage) {
  const traits = transferSyntaxTraits(header.transferSyntaxUID)
  if (traits === undefined) throw new Failure('unsupported', 'a transfer syntax that is not known here')
  return traits
}

/** Native pixels in little endian, colour by pixel; fragments without their offset table and their padding. */
async function storedDigest(image: StoredImage): Promise<string> {
  const hash = createHash('sha256')
  if (!traitsOf(image).encapsulated) await eachNativePart(image, part => hash.update(part))
  else
    for await (const fragment of encodedFrames(image))
      hash.update(fragment.at(-1) === 0 ? fragment.subarray(0, -1) : fragment)
  return hash.digest('hex')
}

/** What the pixels are once decoded, unused bits cleared; undefined where that is not tried. */
async function decodedDigest(image: StoredImage): Promise<string | undefined> {
  const { header } = image
  const count = Math.max(1, header.integer('NumberOfFrames') ?? 1)
  const shape = shapeOf(header)
  if (shape === undefined || shape.frameBytes * count > MAX_DECODED_BYTES) return undefined
  const hash = createHash('sha256')
  if (!traitsOf(image).encapsulated) {
    await eachNativePart(image, part => updateMasked(hash, part, shape))
    return hash.digest('hex')
  }
  const decode = await decoderOf(header.transferSyntaxUID)
  if (decode === undefined) return undefined
  try {
    for await (const frame of encodedFrames(image)) {
      const decoded = decode(frame, header)
      if (decoded === undefined || decoded.bytes.length < shape.frameBytes) return undefined
      const pixels = decoded.bytes.subarray(0, shape.frameBytes)
      updateMasked(hash, decoded.planar ? byPixel(pixels, shape) : pixels, shape)
    }
  } catch (thrown) {
    // What no decoder reads is not compared; whether that matters is not decided here.
    if (thrown instanceof Error) return undefined
    throw thrown
  }
  return hash.digest('hex')
}

interface Shape {
  samples: number
  bitsAllocated: number
  frameBytes: number
  /** Of one sample: the bits that are the picture's. */
  mask: number
}

function shapeOf(header: Header): Shape | undefined {
  const samples = header.integer('SamplesPerPixel') ?? 1
  const bitsAllocated = header.integer('BitsAllocated') ?? 0
  const rows = header.integer('Rows') ?? 0
  const columns = header.integer('Columns') ?? 0
  if (![8, 16, 32].includes(bitsAllocated) || rows < 1 || columns < 1) return undefined
  const stored = header.integer('BitsStored') ?? bitsAllocated
  const high = header.integer('HighBit') ?? stored - 1
  const mask = high + 1 === stored && stored < bitsAllocated ? 2 ** stored - 1 : 2 ** bitsAllocated - 1
  return { samples, bitsAllocated, frameBytes: (rows * columns * samples * bitsAllocated) / 8, mask }
}

/** Bits above the stored ones are sign, rubbish, or nothing, as each encoder likes (PS3.5 8.1.1). */
function updateMasked(hash: Hash, bytes: Buffer, { bitsAllocated, mask }: Shape): void {
  if (mask === 2 ** bitsAllocated - 1 || bitsAllocated === 32) {
    hash.update(bytes)
    return
  }
  const plain = Buffer.from(bytes)
  if (bitsAllocated === 8)
    for (let at = 0; at < plain.length; at += 1) plain[at] = (plain[at] as number) & mask
  else for (let at = 0; at + 1 < plain.length; at += 2) plain.writeUInt16LE(plain.readUInt16LE(at) & mask, at)
  hash.update(plain)
}

/** The uncompressed pixels, frame by frame where the frame's size is known; never more than they say they are. */
async function eachNativePart(image: StoredImage, take: (part: Buffer) => void): Promise<void> {
  const { header, file } = image
  const pixels = header.pixels as NonNullable<typeof header.pixels>
  const bits = header.integer('BitsAllocated') ?? 8
  const shape = shapeOf(header)
  const planar = shape !== undefined && shape.samples > 1 && header.integer('PlanarConfiguration') === 1
  const frames = Math.max(1, header.integer('NumberOfFrames') ?? 1)
  // A pad byte after an odd number of bytes is no pixel.
  const subsampled = header.text('PhotometricInterpretation') === 'YBR_FULL_422'
  const stated = shape === undefined || subsampled ? Number.POSITIVE_INFINITY : shape.frameBytes * frames
  const end = pixels.offset + Math.min(pixels.length ?? 0, stated)
  const bigEndian = !header.littleEndian || header.transferSyntaxUID === '1.2.840.113619.5.2'
  const word = !bigEndian || pixels.vr === 'OB' ? 1 : bits === 32 ? 4 : 2
  const partBytes = planar ? shape.frameBytes : CHUNK_BYTES
  if (partBytes > MAX_DECODED_BYTES) throw new Failure('too-large', 'one frame is too large to be compared')
  const reader = await openReader(image)
  try {
    for (let at = pixels.offset; at < end; at += partBytes) {
      // Whole words, so that they can be turned; the pad byte of the last one is cut off again.
      const wanted = Math.min(partBytes + (partBytes % word), Math.ceil((end - at) / word) * word)
      const part = await reader.read(at, wanted)
      if (part.length < Math.min(partBytes, end - at))
        throw new Failure('invalid', `${file} breaks off inside its pixels`)
      if (word === 2 && part.length % 2 === 0) part.swap16()
      if (word === 4 && part.length % 4 === 0) part.swap32()
      const plain = part.subarray(0, Math.min(partBytes, end - at))
      take(planar ? byPixel(plain, shape) : plain)
    }
  } finally {
    await reader.close()
  }
}

/** Colour by plane as colour by pixel (PS3.3 C.7.6.3.1.3). */
function byPixel(planes: Buffer, { samples, bitsAllocated }: Shape): Buffer {
  const pixels = Buffer.allocUnsafe(planes.length)
  const size = bitsAllocated / 8
  const count = Math.floor(planes.length / (samples * size))
  for (let sample = 0; sample < samples; sample += 1)
    for (let at = 0; at < count; at += 1)
      planes.copy(
        pixels,
        (at * samples + sample) * size,
        (sample * count + at) * size,
        (sample * count + at + 1) * size,
      )
  return pixels
}

/** A deflated data set (PS3.5 A.5) is inflated whole: its offsets are those of the inflated one. */
async function openReader({ file, datasetOffset, header }: StoredImage) {
  if (header.transferSyntaxUID === TransferSyntax.DeflatedExplicitVRLittleEndian) {
    const inflated = inflateRawSync((await readFile(file)).subarray(datasetOffset), {
      maxOutputLength: MAX_INFLATED_BYTES,
      finishFlush: constants.Z_SYNC_FLUSH,
    })
    return {
      read: async (offset: number, length: number) => Buffer.from(inflated.subarray(offset, offset + length)),
      close: async () => {},
    }
  }
  const handle = await open(file, 'r')
  return {
    read: async (offset: number, length: number) => {
      const bytes = Buffer.alloc(length)
      const { bytesRead } = await handle.read(bytes, 0, length, offset)
      return bytes.subarray(0, bytesRead)
    },
    close: () => handle.close(),
  }
}

/** The compressed frames, one after the other. */
async function* encodedFrames({ file, header }: StoredImage): AsyncGenerator<Buffer> {
  const frames = openFrames(file, header)
  for (let number = 1; number <= frames.count; number += 1) {
    const { segments } = await frames.locate(number)
    yield await bytesOf(segments)
  }
}

async function bytesOf(segments: readonly Segment[]): Promise<Buffer> {
  const total = segments.reduce((sum, segment) => sum + segment.length, 0)
  if (total > MAX_DECODED_BYTES) throw new Failure('too-large', 'one frame is too large to be compared')
  const parts: Buffer[] = []
  for (const { file, offset, length } of segments) {
    const handle = await open(file, 'r')
    try {
      const bytes = Buffer.alloc(length)
      const { bytesRead } = await handle.read(bytes, 0, length, offset)
      parts.push(bytes.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
  }
  return Buffer.concat(parts)
}

type Decode = (frame: Buffer, header: Header) => { bytes: Buffer; planar: boolean } | undefined

/** WebAssembly, loaded when the first compressed image is compared with one that is written otherwise. */
async function decoderOf(transferSyntaxUID: string): Promise<Decode | undefined> {
  const { default: codecs } = await import('dcmjs-codecs')
  const { NativeCodecs, Context } = codecs
  const way = {
    [TransferSyntax.RLELossless]: NativeCodecs.decodeRle,
    [TransferSyntax.JPEGLossless]: NativeCodecs.decodeJpeg,
    [TransferSyntax.JPEGLosslessSV1]: NativeCodecs.decodeJpeg,
    [TransferSyntax.JPEGLSLossless]: NativeCodecs.decodeJpegLs,
    [TransferSyntax.JPEG2000Lossless]: NativeCodecs.decodeJpeg2000,
    [TransferSyntax.JPEG2000]: NativeCodecs.decodeJpeg2000,
    [TransferSyntax.HTJ2KLossless]: NativeCodecs.decodeHtJpeg2000,
    [TransferSyntax.HTJ2KLosslessRPCL]: NativeCodecs.decodeHtJpeg2000,
    [TransferSyntax.HTJ2K]: NativeCodecs.decodeHtJpeg2000,
  }[transferSyntaxUID]
  if (way === undefined) return undefined
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync()
  return (frame, header) => {
    const context = new Context({
      width: header.integer('Columns') ?? 0,
      height: header.integer('Rows') ?? 0,
      bitsAllocated: header.integer('BitsAllocated') ?? 0,
      bitsStored: header.integer('BitsStored') ?? 0,
      samplesPerPixel: header.integer('SamplesPerPixel') ?? 1,
      pixelRepresentation: header.integer('PixelRepresentation') ?? 0,
      planarConfiguration: header.integer('PlanarConfiguration') ?? 0,
      photometricInterpretation: header.text('PhotometricInterpretation') ?? '',
      encodedBuffer: frame,
    })
    const decoded = way.call(NativeCodecs, context)
    const bytes = decoded.getDecodedBuffer()
    if (bytes === undefined) return undefined
    return {
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      planar: (header.integer('SamplesPerPixel') ?? 1) > 1 && decoded.getPlanarConfiguration() === 1,
    }
  }
}
