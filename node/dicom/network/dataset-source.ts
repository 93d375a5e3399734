import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { Failure, reasonOf } from '../../errors.js'
import { control, fragmentHeaderBytes, writeFragmentHeader } from './fragments.js'

// By descriptor: a FileHandle costs the thread that writes to the network more than the system calls behind it.
const open = promisify(fs.open)
const readv = promisify(fs.readv)
const close = promisify(fs.close)

/** Read at once from a file: few, large reads and few, large writes. */
const readBytes = 262_144

/** The data set bytes of an object on disk, behind its Part 10 header. */
export interface DataSetFile {
  file: string
  /** Where the data set begins, in bytes. */
  offset: number
  /** Of the data set, in bytes. */
  length: number
}

/** Whole P-DATA-TF PDUs, ready to be written. */
export interface Block {
  pdus: Buffer
  last: boolean
  /** Call it when the bytes are written: the memory is used again. */
  free(): void
}

/** Gives a data set as blocks of PDUs, one after the other. */
export interface BlockSource {
  next(): Promise<Block>
  close(): Promise<void>
}

/** Buffers of one size that go round, so that a long association allocates none. */
export class BlockPool {
  readonly fragmentBytes: number
  readonly #fragments: number
  readonly #free: Buffer[] = []

  constructor(fragmentBytes: number) {
    this.fragmentBytes = fragmentBytes
    this.#fragments = Math.max(1, Math.ceil(readBytes / fragmentBytes))
  }

  get bytes(): number {
    return this.#fragments * (this.fragmentBytes + fragmentHeaderBytes)
  }

  get dataBytes(): number {
    return this.#fragments * this.fragmentBytes
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.bytes)
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer)
  }
}

/**
 * Reads a file straight into its place between the PDU headers: one vectored read fills several PDUs and one write sends
 * them, without copying. Failures: `missing` where the file cannot be opened, `internal` where it is shorter than said.
 */
export async function openFileSource(
  source: DataSetFile,
  contextId: number,
  pool: BlockPool,
): Promise<BlockSource> {
  const file = await openForReading(source.file)
  let done = 0
  return {
    next: async () => {
      const buffer = pool.take()
      const length = Math.min(pool.dataBytes, source.length - done)
      const views = layOut(buffer, length, pool.fragmentBytes)
      await fill(file, views, source.offset + done, length)
      done += length
      const last = done === source.length
      const used = writeHeaders(buffer, views, contextId, last)
      return { pdus: buffer.subarray(0, used), last, free: () => pool.give(buffer) }
    },
    close: () => close(file),
  }
}

async function openForReading(file: string): Promise<number> {
  try {
    return await open(file, 'r')
  } catch (thrown) {
    throw new Failure('missing', `an object to be sent cannot be read: ${reasonOf(thrown)}`, [], thrown)
  }
}

/** Where the bytes of each fragment go, headers left out. */
function layOut(buffer: Buffer, length: number, fragmentBytes: number): Buffer[] {
  const views: Buffer[] = []
  let at = fragmentHeaderBytes
  let left = length
  do {
    const size = Math.min(left, fragmentBytes)
    views.push(buffer.subarray(at, at + size))
    at += size + fragmentHeaderBytes
    left -= size
  } while (left > 0)
  return views
}

async function fill(file: number, views: Buffer[], position: number, length: number): Promise<void> {
  let read = 0
  let rest = views
  while (read < length) {
    const { bytesRead } = await readv(file, rest, position + read)
    if (bytesRead === 0) throw new Failure('internal', 'an object to be sent is shorter than recorded')
    read += bytesRead
    rest = skip(rest, bytesRead)
  }
}

/** The views that remain to be filled after a short read. */
function skip(views: Buffer[], bytes: number): Buffer[] {
  let left = bytes
  const rest: Buffer[] = []
  for (const view of views) {
    if (left >= view.length) left -= view.length
    else {
      rest.push(view.subarray(left))
      left = 0
    }
  }
  return rest
}

function writeHeaders(buffer: Buffer, views: Buffer[], contextId: number, last: boolean): number {
  let at = 0
  views.forEach((view, index) => {
    const flags = last && index === views.length - 1 ? control.last : 0
    writeFragmentHeader(buffer, at, contextId, flags, view.length)
    at += fragmentHeaderBytes + view.length
  })
  return at
}

/** The same from a stream of bytes of unknown length: these are copied, to fill whole PDUs. */
export function streamSource(source: AsyncIterable<Buffer>, contextId: number, pool: BlockPool): BlockSource {
  const iterator = source[Symbol.asyncIterator]()
  let waiting: Buffer = Buffer.alloc(0)
  let ended = false

  /** Fills up to `room` bytes; fewer only at the end of the stream. */
  async function read(views: Buffer[]): Promise<number> {
    let filled = 0
    for (const view of views) {
      let at = 0
      while (at < view.length) {
        if (waiting.length === 0) {
          const { value, done } = await iterator.next()
          if (done) {
            ended = true
            return filled
          }
          waiting = value
        }
        const taken = waiting.copy(view, at)
        waiting = waiting.subarray(taken)
        at += taken
        filled += taken
      }
    }
    return filled
  }

  return {
    next: async () => {
      const buffer = pool.take()
      const filled = await read(layOut(buffer, pool.dataBytes, pool.fragmentBytes))
      const used = writeHeaders(buffer, layOut(buffer, filled, pool.fragmentBytes), contextId, ended)
      return { pdus: buffer.subarray(0, used), last: ended, free: () => pool.give(buffer) }
    },
    close: async () => {
      await iterator.return?.()
    },
  }
}
