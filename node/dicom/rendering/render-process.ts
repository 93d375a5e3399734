/**
 * The child process of `renderer.ts`: reads one frame, decodes and draws it, again and again. What decodes pixels may
 * be made to hang, to grow or to crash by them; then it is this process that ends.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Segment } from '../format/frames.js'
import { pngOf } from './png.js'
import type { RenderAnswer, RenderCall, RenderOptions } from './renderer.js'
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
  const { attributes, transferSyntaxUID, swapBytes } = picture
  const pixels = bytesOf(picture.segments)
  if (swapBytes === 2) pixels.swap16()
  if (swapBytes === 4) pixels.swap32()
  const palettes = Object.entries(picture.palettes).map(([keyword, segment]) => [
    keyword,
    [arrayBuffer(bytesOf([segment]))],
  ])
  const { window } = options
  const elements = {
    ...attributes,
    ...(window === undefined ? {} : { VOILUTFunction: window.shape }),
    ...Object.fromEntries(palettes),
    PixelData: [arrayBuffer(pixels)],
  }
  const drawn = new imaging.DicomImage(elements, transferSyntaxUID).render({
    renderOverlays: false,
    ...(window === undefined ? {} : { windowLevel: new imaging.WindowLevel(window.width, window.center) }),
  })
  return encoded({ width: drawn.width, height: drawn.height, data: new Uint8Array(drawn.pixels) }, options)
}

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
