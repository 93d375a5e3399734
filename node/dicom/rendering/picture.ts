import { fail } from '../../errors.js'
import type { DataSet } from '../format/dataset-reading.js'
import { openFrames, type Segment } from '../format/frames.js'
import type { Header } from '../format/header.js'
import { TransferSyntax } from '../uids.js'

/** One frame as it is to be drawn: where its bytes are, and what they mean (PS3.3 C.7.6.3, C.11). */
export interface Picture {
  segments: Segment[]
  swapBytes: 0 | 2 | 4
  transferSyntaxUID: string
  rows: number
  columns: number
  /** Values by keyword, numbers and texts, as the decoder takes them. */
  attributes: Record<string, string | number | number[]>
  /** Lookup tables of a palette, by keyword. */
  palettes: Record<string, Segment>
}

export interface PictureLimits {
  pixelsMax: number
  bytesMax: number
}

const NUMBERS = [
  'SamplesPerPixel',
  'Rows',
  'Columns',
  'BitsAllocated',
  'BitsStored',
  'HighBit',
  'PixelRepresentation',
  'PlanarConfiguration',
  'SmallestImagePixelValue',
  'LargestImagePixelValue',
  'PixelPaddingValue',
] as const
const TEXTS = ['PhotometricInterpretation', 'VOILUTFunction'] as const
const COLOURS = ['Red', 'Green', 'Blue'] as const

/** How a frame's values become grey; in enhanced objects each frame has its own (PS3.3 C.7.6.16.2). */
const TRANSFORMATION = ['RescaleSlope', 'RescaleIntercept'] as const
const WINDOW = ['WindowCenter', 'WindowWidth'] as const

/**
 * What is needed to draw frame `number` (from 1) of a stored file; nothing of the pixels is read yet.
 *
 * @throws Failure `missing` beyond the frames, `unsupported` for an object that is no image or cannot be drawn,
 * `too-large` beyond the limits, `invalid` for one that contradicts itself.
 */
export async function pictureOf(
  file: string,
  header: Header,
  number: number,
  limits: PictureLimits,
): Promise<Picture> {
  const rows = header.integer('Rows') ?? 0
  const columns = header.integer('Columns') ?? 0
  if (header.pixels?.tag !== '7FE00010' || rows <= 0 || columns <= 0)
    fail('unsupported', 'This object is no image.')
  if (rows * columns > limits.pixelsMax)
    fail('too-large', `An image of ${columns} × ${rows} pixels is larger than is drawn here.`)
  const frame = await openFrames(file, header).locate(number)
  if (frame.mediaType.startsWith('video/')) fail('unsupported', 'A video is not drawn here.')
  const bytes = frame.segments.reduce((sum, { length }) => sum + length, 0)
  if (bytes > limits.bytesMax) fail('too-large', `A frame of ${bytes} bytes is larger than is drawn here.`)
  const attributes: Picture['attributes'] = { NumberOfFrames: 1 }
  for (const keyword of NUMBERS) {
    const value = header.number(keyword)
    if (value !== undefined) attributes[keyword] = value
  }
  for (const keyword of TEXTS) {
    const value = header.text(keyword)
    if (value !== undefined) attributes[keyword] = value
  }
  const colours = (header.integer('SamplesPerPixel') ?? 1) > 1
  if (colours && (header.integer('BitsAllocated') ?? 8) > 8)
    fail('unsupported', 'Colours of more than eight bits are not drawn here.')
  const spacing = header.numbers('PixelSpacing')
  if (spacing.length === 2 && spacing.every(each => each > 0)) attributes['PixelSpacing'] = spacing
  const transformation = groupOf(header, number, 'PixelValueTransformationSequence') ?? header
  for (const keyword of TRANSFORMATION) {
    const value = transformation.number(keyword)
    if (value !== undefined) attributes[keyword] = value
  }
  const window = groupOf(header, number, 'FrameVOILUTSequence') ?? header
  for (const keyword of WINDOW) {
    const value = window.number(keyword)
    if (value !== undefined) attributes[keyword] = value
  }
  const palettes: Picture['palettes'] = {}
  for (const colour of COLOURS) {
    const descriptor = header.numbers(`${colour}PaletteColorLookupTableDescriptor`)
    const data = header.element(`${colour}PaletteColorLookupTableData`)
    if (descriptor.length !== 3 || data === undefined) continue
    attributes[`${colour}PaletteColorLookupTableDescriptor`] = descriptor
    palettes[`${colour}PaletteColorLookupTableData`] = { file, offset: data.offset, length: data.length }
  }
  const native = frame.transferSyntaxUID === TransferSyntax.ExplicitVRLittleEndian
  return {
    segments: frame.segments,
    swapBytes: frame.swapBytes,
    // Cut out and swapped, native pixels are the same in every native transfer syntax.
    transferSyntaxUID: native ? TransferSyntax.ExplicitVRLittleEndian : header.transferSyntaxUID,
    rows,
    columns,
    attributes,
    palettes,
  }
}

/** A functional group of one frame: its own, else the one all frames share. */
function groupOf(header: Header, number: number, keyword: string): DataSet | undefined {
  const own = header.sequence('PerFrameFunctionalGroupsSequence')[number - 1]
  const shared = header.sequence('SharedFunctionalGroupsSequence')[0]
  return own?.sequence(keyword)[0] ?? shared?.sequence(keyword)[0]
}

/** The frame that stands for the object: the one it names itself (0028,6010), else the middle one. */
export function representativeFrame(header: Header): number {
  const count = Math.max(1, header.integer('NumberOfFrames') ?? 1)
  const named = header.integer('RepresentativeFrameNumber') ?? 0
  return named >= 1 && named <= count ? named : Math.ceil(count / 2)
}
