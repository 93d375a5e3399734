import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Segment } from '../../dicom/format/frames.js'
import { type Bytes, stream } from '../../http/answer.js'

/** One part: bytes of stored files, one after the other, or bytes at hand. */
export interface Part {
  /** Content-Type with its parameters. */
  type: string
  location?: string
  segments?: readonly Segment[]
  /** Words of this many bytes are swapped on the way (pixels stored big endian). */
  swapBytes?: 0 | 2 | 4
  bytes?: Buffer
}

const CHUNK_BYTES = 1024 * 1024

/**
 * Several parts in one answer (PS3.18 8.6.1.2.1), streamed from the files as they are taken. With its length where
 * all parts are known beforehand, so that one cut off is never taken for whole. `etag`: of the same parts, whatever
 * the boundary.
 */
export function multipart(type: string, parts: readonly Part[] | AsyncIterable<Part>, etag?: string): Bytes {
  // Nobody who sends us images can know it, so none can hold it and look like two.
  const boundary = `relais-${randomBytes(16).toString('hex')}`
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const headOf = ({ type: partType, location }: Part, first: boolean) =>
    Buffer.from(
      `${first ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${partType}\r\n${
        location === undefined ? '' : `Content-Location: ${location}\r\n`
      }\r\n`,
    )
  async function* body() {
    let first = true
    for await (const part of parts) {
      yield headOf(part, first)
      yield* bytesOf(part)
      first = false
    }
    yield tail
  }
  return stream({
    type: `multipart/related; type="${type}"; boundary=${boundary}`,
    body: Readable.from(body(), { objectMode: false }),
    ...(Array.isArray(parts)
      ? {
          length: (parts as readonly Part[]).reduce(
            (sum, part, at) => sum + headOf(part, at === 0).length + lengthOf(part),
            tail.length,
          ),
        }
      : {}),
    ...(etag === undefined ? {} : { etag, weak: true }),
  })
}

/** One part as the whole body. */
export function single(part: Part, etag: string): Bytes {
  return stream({
    type: part.type,
    body: part.bytes ?? Readable.from(bytesOf(part), { objectMode: false }),
    length: lengthOf(part),
    etag,
  })
}

/** The same parts, the first of them already made: what fails in it can still be told. */
export async function begun(parts: AsyncGenerator<Part>): Promise<{ first: Part; all: AsyncIterable<Part> }> {
  const { value: first } = (await parts.next()) as { value: Part }
  async function* all() {
    yield first
    yield* parts
  }
  return { first, all: all() }
}

function lengthOf({ segments = [], bytes }: Part): number {
  return segments.reduce((sum, segment) => sum + segment.length, bytes?.length ?? 0)
}

async function* bytesOf({ segments = [], swapBytes = 0, bytes }: Part): AsyncGenerator<Buffer> {
  if (bytes !== undefined) yield bytes
  for (const { file, offset, length } of segments) {
    if (length === 0) continue
    const part = createReadStream(file, {
      start: offset,
      end: offset + length - 1,
      highWaterMark: CHUNK_BYTES,
    })
    for await (const chunk of part)
      yield swapBytes === 0 ? (chunk as Buffer) : swapped(chunk as Buffer, swapBytes)
  }
}

/** Chunks are a MiB but for the last: always whole words. */
function swapped(chunk: Buffer, swapBytes: 2 | 4): Buffer {
  return swapBytes === 2 ? chunk.swap16() : chunk.swap32()
}
