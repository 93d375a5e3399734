import { Failure, fail } from '../../errors.js'
import { type TransferSyntaxTraits, transferSyntaxTraits } from '../uids.js'
import { type ByteSource, bufferSource, fileSource, inflatedSource } from './byte-source.js'
import { DataSet } from './dataset-reading.js'
import type { ElementLimits, PixelElement, Walked } from './element.js'
import { walkElements } from './elements.js'

export interface HeaderLimits extends ElementLimits {
  /** How many times its own size a deflated data set may grow. */
  maxInflateRatio: number
  /** Bytes of a deflated data set inflated on the way to its pixels. */
  maxInflatedBytes: number
}

/** Generous for what modalities make, tight for what is made to hurt. */
export const defaultHeaderLimits: HeaderLimits = {
  maxDepth: 32,
  maxElements: 20_000,
  maxWalkedElements: 500_000,
  maxHeaderBytes: 16 * 1024 * 1024,
  maxValueBytes: 64 * 1024,
  maxInflateRatio: 200,
  maxInflatedBytes: 256 * 1024 * 1024,
}

export interface HeaderOptions {
  /** Byte offset of the data set in the file (0 in a buffer that holds only the data set). */
  datasetOffset: number
  transferSyntaxUID: string
  limits?: Partial<HeaderLimits>
}

/** Everything before the pixels. Offsets are those of the file; of the inflated data set where that is deflated. */
export class Header extends DataSet {
  readonly transferSyntaxUID: string
  /** Where the pixels begin; undefined where there are none. */
  readonly pixels: PixelElement | undefined
  /** What is odd about this object, one sentence each with its byte; empty for a correct one. */
  readonly remarks: readonly string[]

  constructor(walked: Walked, transferSyntaxUID: string) {
    super(walked.root)
    this.transferSyntaxUID = transferSyntaxUID
    this.pixels = walked.pixels
    this.remarks = walked.remarks
  }
}

/**
 * Reads a data set's header: from a file in chunks, only as far as the pixels, or from a buffer.
 *
 * @throws Failure `invalid` (with the byte where it broke), `too-large` (a limit), `unsupported` (a transfer syntax
 * that is not known). An unreadable file throws the file system's own error.
 */
export async function readHeader(input: string | Buffer, options: HeaderOptions): Promise<Header> {
  const limits = { ...defaultHeaderLimits, ...options.limits }
  const traits = traitsOf(options.transferSyntaxUID)
  const source = await openSource(input, options.datasetOffset, traits, limits)
  try {
    const walk = walkElements(source.window, traits.deflated ? 0 : options.datasetOffset, traits, limits)
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done) return new Header(step.value, traits.uid)
      await source.fill(step.value.offset, step.value.length)
    }
  } finally {
    await source.close()
  }
}

/** A data set in memory, read at once; not for deflated ones. The same failures as {@link readHeader}. */
export function readHeaderSync(buffer: Buffer, options: HeaderOptions): Header {
  const traits = traitsOf(options.transferSyntaxUID)
  if (traits.deflated) fail('unsupported', `${traits.name} cannot be read at once`)
  const window = { bytes: buffer, base: 0, end: buffer.length }
  const limits = { ...defaultHeaderLimits, ...options.limits }
  const walk = walkElements(window, options.datasetOffset, traits, limits)
  // Everything is at hand: each need is answered by going on, and the walk says itself where the data breaks off.
  for (let step = walk.next(); ; step = walk.next()) if (step.done) return new Header(step.value, traits.uid)
}

function openSource(
  input: string | Buffer,
  datasetOffset: number,
  traits: TransferSyntaxTraits,
  limits: HeaderLimits,
): Promise<ByteSource> | ByteSource {
  if (traits.deflated) return inflatedSource(input, datasetOffset, limits)
  return typeof input === 'string' ? fileSource(input) : bufferSource(input)
}

/** An unknown transfer syntax is not guessed at: PS3.5 10 makes every new one explicit little endian, but not surely. */
function traitsOf(uid: string): TransferSyntaxTraits {
  const traits = transferSyntaxTraits(uid)
  if (traits === undefined)
    throw new Failure('unsupported', `transfer syntax ${uid.slice(0, 64)} is not known here`)
  return traits
}
