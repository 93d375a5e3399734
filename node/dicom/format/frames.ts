import { type FileHandle, open } from 'node:fs/promises'
import { fail } from '../../errors.js'
import { TransferSyntax, transferSyntaxTraits } from '../uids.js'
import type { PixelElement } from './element.js'
import type { Header } from './header.js'

/** Bytes of a stored file, to be streamed one after the other. */
export interface Segment {
  file: string
  offset: number
  length: number
}

/** One frame, ready for a multipart answer of WADO-RS (PS3.18 10.4.1.1.6). */
export interface Frame {
  segments: Segment[]
  mediaType: string
  /** What the frame's bytes are in; native frames are Explicit VR Little Endian once swapped. */
  transferSyntaxUID: string
  /** Words of this many bytes are to be swapped before sending (pixels stored big endian); 0: none. */
  swapBytes: 0 | 2 | 4
}

export interface Frames {
  /** How many frames can be asked for; a video stream is one. */
  readonly count: number
  /**
   * Where frame `number` (from 1) lies.
   * @throws Failure `missing` beyond the count, `invalid` where the file breaks off, `unsupported` where frames
   * cannot be told apart.
   */
  locate(number: number): Promise<Frame>
}

/** Fragments looked at to find a frame where there is no offset table. */
const MAX_FRAGMENTS = 500_000
const MAX_OFFSET_TABLE_BYTES = 16 * 1024 * 1024

/**
 * The frames of a stored file. Nothing is loaded: only item heads and offset tables are read.
 *
 * @throws Failure `missing` for an object without pixels, `unsupported` for a deflated one.
 */
export function openFrames(file: string, header: Header): Frames {
  const { pixels } = header
  if (pixels === undefined) return fail('missing', 'this object has no pixels')
  const traits = transferSyntaxTraits(header.transferSyntaxUID)
  if (traits === undefined || traits.deflated) {
    return fail('unsupported', 'the frames of a deflated object cannot be read in place')
  }
  if (pixels.length !== undefined) return nativeFrames(file, header, pixels, pixels.length)
  const count = traits.mediaType.startsWith('video/') ? 1 : Math.max(1, header.integer('NumberOfFrames') ?? 1)
  let index: Promise<FragmentIndex> | undefined
  return {
    count,
    locate: async number => {
      checkNumber(number, count)
      index ??= readIndex(file, header, pixels, count)
      return {
        segments: await segmentsOf(file, await index, number, count),
        mediaType: traits.mediaType,
        transferSyntaxUID: traits.uid,
        swapBytes: 0,
      }
    },
  }
}

function checkNumber(number: number, count: number) {
  if (!Number.isSafeInteger(number) || number < 1 || number > count) {
    fail('missing', `there is no frame ${number}: this object has ${count}`)
  }
}

/** Uncompressed pixels: plain arithmetic (PS3.5 8.1.1, 8.2; PS3.3 C.7.6.3). */
function nativeFrames(file: string, header: Header, pixels: PixelElement, pixelBytes: number): Frames {
  const count = Math.max(1, header.integer('NumberOfFrames') ?? 1)
  const rows = header.integer('Rows') ?? 0
  const columns = header.integer('Columns') ?? 0
  const bitsAllocated = header.integer('BitsAllocated') ?? bitsOfTag(pixels.tag)
  // Horizontally subsampled colour: two luminance samples share a pair of chrominance ones (C.7.6.3.1.2).
  const subsampled = header.text('PhotometricInterpretation') === 'YBR_FULL_422'
  const samples = subsampled ? 2 : (header.integer('SamplesPerPixel') ?? 1)
  const frameBits = rows * columns * samples * bitsAllocated
  const bigEndian = !header.littleEndian || header.transferSyntaxUID === '1.2.840.113619.5.2'
  return {
    count,
    locate: async number => {
      checkNumber(number, count)
      if (frameBits <= 0)
        fail('invalid', 'the size of the image (Rows, Columns, Bits Allocated) is not stated')
      if (frameBits % 8 !== 0 && count > 1)
        fail('unsupported', 'frames that do not end on a byte cannot be cut out')
      const length = Math.ceil(frameBits / 8)
      const offset = (number - 1) * length
      if (offset + length > pixelBytes) {
        fail(
          'invalid',
          `frame ${number} is cut off: ${pixelBytes} bytes of pixels hold fewer than ${count} frames`,
        )
      }
      return {
        segments: [{ file, offset: pixels.offset + offset, length }],
        mediaType: 'application/octet-stream',
        transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
        swapBytes: bigEndian ? swapOf(pixels, bitsAllocated, length) : 0,
      }
    },
  }
}

/** Bytes of OW stand in words, also where a pixel is one byte (PS3.5 8.1.1, Annex D). */
function swapOf({ vr }: PixelElement, bitsAllocated: number, length: number): 0 | 2 | 4 {
  if (vr === 'OB' || bitsAllocated > 32) return 0
  const word = bitsAllocated === 32 ? 4 : 2
  if (length % word !== 0) fail('unsupported', 'a frame that ends inside a word cannot be put in order')
  return word
}

function bitsOfTag(tag: string): number {
  return tag === '7FE00009' ? 64 : tag === '7FE00008' ? 32 : 0
}

/** Where the fragments are: `starts[n]` is the item of frame n + 1; or each fragment, where no table tells frames. */
interface FragmentIndex {
  /** Offset of the first fragment's item. */
  first: number
  fileBytes: number
  starts: number[] | undefined
  fragments: Segment[] | undefined
}

async function readIndex(
  file: string,
  header: Header,
  pixels: PixelElement,
  count: number,
): Promise<FragmentIndex> {
  const handle = await open(file, 'r')
  try {
    const fileBytes = (await handle.stat()).size
    const table = await itemAt(handle, pixels.offset, fileBytes)
    if (table === undefined) return fail('invalid', 'the encapsulated pixel data has no offset table item')
    if (table.length > MAX_OFFSET_TABLE_BYTES) fail('too-large', 'the offset table is longer than 16 MiB')
    const first = pixels.offset + 8 + table.length
    const starts =
      count === 1
        ? undefined
        : ((await extendedOffsets(handle, header, count)) ?? (await basicOffsets(handle, table, count)))
    const absolute = starts?.map(start => first + start)
    const usable = absolute?.every((start, n) => start < fileBytes && start > (absolute[n - 1] ?? first - 1))
    if (absolute !== undefined && usable) return { first, fileBytes, starts: absolute, fragments: undefined }
    return { first, fileBytes, starts: undefined, fragments: await scan(handle, file, first, fileBytes) }
  } finally {
    await handle.close()
  }
}

/** Extended Offset Table (7FE0,0001): 64-bit offsets (PS3.3 C.7.6.3.1.8). */
async function extendedOffsets(
  handle: FileHandle,
  header: Header,
  count: number,
): Promise<number[] | undefined> {
  const element = header.element('7FE00001')
  if (element === undefined || element.length !== count * 8 || element.length > MAX_OFFSET_TABLE_BYTES)
    return undefined
  const bytes = await bytesAt(handle, element.offset, element.length)
  return Array.from({ length: count }, (_, n) => Number(bytes.readBigUInt64LE(n * 8)))
}

/** Basic Offset Table (PS3.5 A.4); undefined where it is empty or does not fit the number of frames. */
async function basicOffsets(
  handle: FileHandle,
  table: Segment,
  count: number,
): Promise<number[] | undefined> {
  if (table.length !== count * 4) return undefined
  const bytes = await bytesAt(handle, table.offset, table.length)
  return Array.from({ length: count }, (_, n) => bytes.readUInt32LE(n * 4))
}

async function segmentsOf(
  file: string,
  index: FragmentIndex,
  number: number,
  count: number,
): Promise<Segment[]> {
  const handle = await open(file, 'r')
  try {
    if (index.starts !== undefined) {
      const from = index.starts[number - 1] as number
      const to = index.starts[number] ?? index.fileBytes
      const segments = await scan(handle, file, from, to)
      if (segments.length === 0) fail('invalid', `the offset table points to no fragment for frame ${number}`)
      return segments
    }
    const fragments = index.fragments ?? []
    if (fragments.length === 0) fail('invalid', 'the encapsulated pixel data has no fragment')
    if (count === 1) return fragments
    if (fragments.length === count) return [fragments[number - 1] as Segment]
    const groups = await byImageStart(handle, fragments)
    if (groups.length !== count) {
      fail(
        'unsupported',
        `${fragments.length} fragments without an offset table cannot be told into ${count} frames`,
      )
    }
    return groups[number - 1] as Segment[]
  } finally {
    await handle.close()
  }
}

/** A JPEG, JPEG-LS or JPEG 2000 image begins with its own marker: a fragment without it goes on with the last one. */
async function byImageStart(handle: FileHandle, fragments: readonly Segment[]): Promise<Segment[][]> {
  const groups: Segment[][] = []
  for (const fragment of fragments) {
    const mark = fragment.length >= 2 ? (await bytesAt(handle, fragment.offset, 2)).readUInt16BE(0) : 0
    const last = groups[groups.length - 1]
    if (mark === 0xffd8 || mark === 0xff4f || last === undefined) groups.push([fragment])
    else last.push(fragment)
  }
  return groups
}

/** The fragments from one item up to `to`, the delimiter, or the end of the file. */
async function scan(handle: FileHandle, file: string, from: number, to: number): Promise<Segment[]> {
  const segments: Segment[] = []
  for (let at = from; at < to; ) {
    const item = await itemAt(handle, at, to)
    if (item === undefined) break
    segments.push({ ...item, file })
    if (segments.length > MAX_FRAGMENTS)
      fail('too-large', `the pixel data has more than ${MAX_FRAGMENTS} fragments`)
    at = item.offset + item.length
  }
  return segments
}

/** The item at an offset; undefined where another tag stands there (the sequence delimiter) or nothing does. */
async function itemAt(handle: FileHandle, at: number, end: number): Promise<Segment | undefined> {
  if (at + 8 > end) return undefined
  const head = await bytesAt(handle, at, 8)
  if (head.readUInt32LE(0) !== 0xe000fffe) return undefined
  const length = head.readUInt32LE(4)
  if (at + 8 + length > end)
    fail('invalid', `a fragment says ${length} bytes, more than are there, at byte ${at}`)
  return { file: '', offset: at + 8, length }
}

async function bytesAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, offset)
  if (bytesRead < length) fail('invalid', `the file breaks off at byte ${offset + bytesRead}`)
  return bytes
}
