import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { FILE_HEADER_MAX_BYTES } from '../dicom/format/part10.js'
import { giveBack, lend } from './lent-memory.js'
import type { Medium, MediumFile } from './media/medium.js'

/** Larger files are looked at on disk, in the scratch folder. */
export const MEMORY_MAX_BYTES = 64 * 1024 * 1024

/** A file where it lies. */
export interface OnMedium {
  medium: Medium
  file: MediumFile
}

/** A file's bytes: in memory, or in a file of ours where they are many. */
export class FileBytes {
  bytes = 0
  sha256 = ''
  failure: unknown
  #chunks: Buffer[] = []
  /** Of what lies in a file of ours. */
  readonly #hash = createHash('sha256')
  #memory: Buffer | undefined
  /** What `#memory` lies in, where it is lent and not its own. */
  #lent: Buffer | undefined
  #path: string | undefined
  #handle: FileHandle | undefined

  /** `without` the digest of the whole: where that of the data set is taken on the way to the store. */
  static async of(
    { medium, file }: OnMedium,
    scratch: string,
    digest: 'digest' | 'without' = 'digest',
  ): Promise<FileBytes> {
    const content = new FileBytes()
    if (medium.readInto === undefined || !(await content.#borrow(medium.readInto, file)))
      await content.#gather(await medium.read(file), scratch)
    if (digest === 'digest')
      content.sha256 = content.#memory === undefined ? content.#hash.digest('hex') : sha256Of(content.#memory)
    content.head =
      content.#memory?.subarray(0, FILE_HEADER_MAX_BYTES) ?? (await content.read(0, FILE_HEADER_MAX_BYTES))
    return content
  }

  /** Into lent memory; false where it is not to be had in one piece. */
  async #borrow(readInto: NonNullable<Medium['readInto']>, file: MediumFile): Promise<boolean> {
    // One byte more than it says it has: whether it grew is seen.
    const memory = lend(file.bytes + 1)
    if (memory === undefined) return false
    try {
      const bytes = await readInto(file, memory)
      if (bytes > file.bytes) {
        giveBack(memory)
        return false
      }
      this.#lent = memory
      this.#memory = memory.subarray(0, bytes)
      this.bytes = bytes
      return true
    } catch (thrown) {
      giveBack(memory)
      this.failure = thrown
      return true
    }
  }

  async #gather(stream: Readable, scratch: string): Promise<void> {
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.bytes += chunk.length
        await this.#keep(chunk, scratch)
      }
    } catch (thrown) {
      this.failure = thrown
    }
    if (this.#path === undefined) {
      const [only, second] = this.#chunks
      // Most files of a disc come in one piece, which is not copied.
      this.#memory = only !== undefined && second === undefined ? only : Buffer.concat(this.#chunks)
    }
    this.#chunks = []
  }

  /** The first bytes: enough to tell what it is. */
  head: Buffer = Buffer.alloc(0)

  /** As the header reader takes it. */
  get input(): string | Buffer {
    return this.#memory ?? this.#path ?? Buffer.alloc(0)
  }

  async read(offset: number, bytes: number): Promise<Buffer> {
    if (this.#memory !== undefined) return this.#memory.subarray(offset, offset + bytes)
    const buffer = Buffer.alloc(Math.max(0, Math.min(bytes, this.bytes - offset)))
    const read = await this.#handle?.read(buffer, 0, buffer.length, offset)
    return buffer.subarray(0, read?.bytesRead ?? 0)
  }

  async sha256From(offset: number): Promise<string> {
    if (this.#memory !== undefined) return sha256Of(this.#memory.subarray(offset))
    const hash = createHash('sha256')
    for (let at = offset; at < this.bytes; ) {
      const chunk = await this.read(at, 1024 * 1024)
      if (chunk.length === 0) break
      hash.update(chunk)
      at += chunk.length
    }
    return hash.digest('hex')
  }

  /** Nothing of it may be looked at afterwards. */
  async discard(): Promise<void> {
    if (this.#lent !== undefined) giveBack(this.#lent)
    this.#lent = undefined
    this.#memory = undefined
    await this.#handle?.close()
    if (this.#path !== undefined) await rm(this.#path, { force: true })
  }

  async #keep(chunk: Buffer, scratch: string): Promise<void> {
    this.#chunks.push(chunk)
    if (this.#handle === undefined && this.bytes <= MEMORY_MAX_BYTES) return
    if (this.#handle === undefined) {
      this.#path = join(scratch, `${randomBytes(12).toString('hex')}.part`)
      this.#handle = await open(this.#path, 'wx+', 0o600)
    }
    for (const each of this.#chunks) this.#hash.update(each)
    await this.#handle.writev(this.#chunks)
    this.#chunks = []
  }
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
