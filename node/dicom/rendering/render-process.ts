/**
 * The child process of `renderer.ts`: reads one frame, decodes and draws it, again and again. What decodes pixels may
 * be made to hang, to grow or to crash by them; then it is this process that ends.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Segment } from '../format/frames.js'
import { TransferSyntax } from '../uids.js'
import type { Picture } from './picture.js'
import { pngOf } from './png.js'
import type { RenderAnswer, RenderCall, RenderOptions } from './renderer.js'
import { decodedRLE } from './rle.js'
import { fitted, type Raster } from './scaling.js'

type Window = object
interface Imaging {
  DicomImage: new (
    elements: Record<string, unknown>,
    transferSyntaxUID: string,
  ) => {
    render(options: object): { width: number; height: number; pixels: ArrayBuffer }
  }
  WindowLevel: new (width: number, center: number) => Window
  NativePixelDecoder: { initializeAsync(): Promise<void> }
}
interface Jpeg {
  encode(raster: Raster, quality: number): { data: Buffer }
  decode(bytes: Buffer, options: object): Raster
}

const load = createRequire(import.meta.url)
const imaging = load('dcmjs-imaging') as Imaging
const jpeg = load('jpeg-js') as Jpeg
const ready = imaging.NativePixelDecoder.initializeAsync()

process.on('message', (call: RenderCall) => void answer(call))
// Nobody is left to draw for.
process.on('disconnect', () => process.exit(0))

async function answer(call: RenderCall): Promise<void> {
  let said: RenderAnswer
  try {
    await ready
    said = { id: call.id, bytes: draw(call) }
  } catch (thrown) {
    said = { id: call.id, failed: thrown instanceof Error ? thrown.message : String(thrown) }
  }
  process.send?.(said)
}

function draw({ picture, options }: RenderCall): Buffer {
  const { attributes, swapBytes } = picture
  const stored = bytesOf(picture.segments)
  if (swapBytes === 2) stored.swap16()
  if (swapBytes === 4) stored.swap32()
  if (isUntransformed(picture, stored)) return encoded(plainJpeg(stored), options)
  const { pixels, transferSyntaxUID } = unpacked(picture, stored)
  const palettes = Object.entries(picture.palettes).map(([keyword, segment]) => [
    keyword,
    [arrayBuffer(bytesOf([segment]))],
  ])
  const { window } = options
  const elements = {
    ...attributes,
    ...(window === undefined ? {} : { VOILUTFunction: window.shape }),
    ...Object.fromEntries(palettes),
    // Of an RLE frame the samples lie side by side once it is unpacked, whatever its source said.
    ...(pixels === stored ? {} : { PlanarConfiguration: 0 }),
    PixelData: [arrayBuffer(pixels)],
  }
  const drawn = new imaging.DicomImage(elements, transferSyntaxUID).render({
    renderOverlays: false,
    ...(window === undefined ? {} : { windowLevel: new imaging.WindowLevel(window.width, window.center) }),
  })
  return encoded({ width: drawn.width, height: drawn.height, data: new Uint8Array(drawn.pixels) }, options)
}

/** RLE of colours comes out of the decoder in the wrong order: it is unpacked here. */
function unpacked({ transferSyntaxUID, rows, columns, attributes }: Picture, stored: Buffer) {
  if (transferSyntaxUID !== TransferSyntax.RLELossless) return { pixels: stored, transferSyntaxUID }
  const bytesPerSample = Math.ceil(Number(attributes['BitsAllocated'] ?? 8) / 8)
  const shape = { rows, columns, samples: Number(attributes['SamplesPerPixel'] ?? 1), bytesPerSample }
  return { pixels: decodedRLE(stored, shape), transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian }
}

const START_OF_IMAGE = 0xffd8
/** JFIF and Adobe: each says, or implies, whether the colours were transformed (PS3.5 8.2.1). */
const COLOUR_MARKERS = [0xffe0, 0xffee]

/** A JPEG that says nothing of its colours is of those its header names: the decoder would take RGB for YCbCr. */
function isUntransformed({ transferSyntaxUID, attributes }: Picture, stored: Buffer): boolean {
  if (transferSyntaxUID !== TransferSyntax.JPEGBaseline || attributes['PhotometricInterpretation'] !== 'RGB')
    return false
  if (stored.length < 4 || stored.readUInt16BE(0) !== START_OF_IMAGE) return false
  for (let at = 2; at + 4 <= stored.length && (stored.readUInt16BE(at) & 0xfff0) === 0xffe0; )
    if (COLOUR_MARKERS.includes(stored.readUInt16BE(at))) return false
    else at += 2 + stored.readUInt16BE(at + 2)
  return true
}

const plainJpeg = (stored: Buffer): Raster =>
  jpeg.decode(stored, {
    colorTransform: false,
    useTArray: true,
    formatAsRGBA: true,
    maxMemoryUsageInMB: 1024,
  })

function encoded(drawn: Raster, { type, quality, viewport }: RenderOptions): Buffer {
  const shown =
    viewport === undefined ? drawn : fitted(drawn, viewport.width, viewport.height, viewport.region)
  return type === 'image/png' ? pngOf(shown) : jpeg.encode(shown, quality).data
}

/** The segments one after the other. Our own files; where they break off is said, never filled. */
function bytesOf(segments: readonly Segment[]): Buffer {
  const bytes = Buffer.alloc(segments.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const { file, offset, length } of segments) {
    const handle = openSync(file, 'r')
    try {
      for (let read = 0; read < length; ) {
        const count = readSync(handle, bytes, at + read, length - read, offset + read)
        if (count === 0) throw new Error('the file breaks off')
        read += count
      }
    } finally {
      closeSync(handle)
    }
    at += length
  }
  return bytes
}

const arrayBuffer = (bytes: Buffer) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
