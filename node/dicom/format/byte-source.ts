import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'
import { Failure, reasonOf } from '../../errors.js'
import { Broken } from './broken.js'
import type { Window } from './element.js'

/** A window over bytes that need not be in memory. */
export interface ByteSource {
  readonly window: Window
  /** Brings these bytes to hand; fewer where the data ends before (then `window.end` is known). */
  fill(offset: number, length: number): Promise<void>
  close(): Promise<void>
}

const CHUNK_BYTES = 32 * 1024
/** Inflated bytes that are let through before the ratio is looked at: a small header may well be all blanks. */
const RATIO_GRACE_BYTES = 1024 * 1024

/** A whole data set in memory. */
export function bufferSource(buffer: Buffer): ByteSource {
  return {
    window: { bytes: buffer, base: 0, end: buffer.length },
    fill: async () => {},
    close: async () => {},
  }
}

/** A file, read in chunks where the reader stands. */
export async function fileSource(file: string): Promise<ByteSource> {
  const handle: FileHandle = await open(file, 'r')
  const { size } = await handle.stat()
  const window: Window = { bytes: Buffer.alloc(0), base: 0, end: size }
  return {
    window,
    fill: async (offset, length) => {
      const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(Math.max(length, CHUNK_BYTES), size - offset)))
      let filled = 0
      while (filled < chunk.length) {
        const { bytesRead } = await handle.read(chunk, filled, chunk.length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      window.bytes = chunk.subarray(0, filled)
      window.base = offset
    },
    close: () => handle.close(),
  }
}

/**
 * A deflated data set (PS3.5 A.5), inflated only as far as it is read. Offsets are those of the inflated data set,
 * counted from its first byte.
 *
 * @throws Failure `invalid` for a broken stream, `too-large` where it inflates beyond the limits.
 */
export async function inflatedSource(
  input: string | Buffer,
  datasetOffset: number,
  limits: { maxInflateRatio: number; maxInflatedBytes: number },
): Promise<ByteSource> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES })
  if (typeof input === 'string') {
    const stream = createReadStream(input, { start: datasetOffset })
    stream.on('error', error => inflate.destroy(error))
    stream.pipe(inflate)
    inflate.once('close', () => stream.destroy())
  } else {
    inflate.end(input.subarray(datasetOffset))
  }
  const chunks: AsyncIterator<Buffer> = inflate[Symbol.asyncIterator]()
  const window: Window = { bytes: Buffer.alloc(0), base: 0, end: undefined }

  const next = async (): Promise<Buffer | undefined> => {
    const reached = window.base + window.bytes.length
    try {
      const { value, done } = await chunks.next()
      if (done) return undefined
      const maxBytes = Math.min(limits.maxInflatedBytes, inflate.bytesWritten * limits.maxInflateRatio)
      if (reached > RATIO_GRACE_BYTES && reached > maxBytes) {
        throw new Failure('too-large', `the deflated data set grows beyond ${maxBytes} bytes`)
      }
      return value
    } catch (error) {
      if (error instanceof Failure) throw error
      throw new Broken(
        'damaged',
        reached,
        `the deflated data set is broken after byte ${reached}: ${reasonOf(error)}`,
        error,
      )
    }
  }
  return {
    window,
    fill: async (offset, length) => {
      const parts: Buffer[] =
        offset < window.base + window.bytes.length ? [window.bytes.subarray(offset - window.base)] : []
      let reached = window.base + window.bytes.length
      while (window.end === undefined && reached < offset + length) {
        const chunk = await next()
        if (chunk === undefined) {
          window.end = reached
          break
        }
        const skip = Math.max(0, offset - reached)
        if (skip < chunk.length) parts.push(chunk.subarray(skip))
        reached += chunk.length
        // The window is moved at once, so that what is skipped is never held.
        window.base = reached
        window.bytes = Buffer.alloc(0)
      }
      window.bytes = Buffer.concat(parts)
      window.base = reached - window.bytes.length
    },
    close: async () => {
      inflate.destroy()
    },
  }
}
