import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Failure, fail } from '../errors.js'
import { Bucket } from './bucket.js'
import { openFolderSync } from './folder-sync.js'
import type { ObjectPlace } from './name.js'

/** A finished, durable object. */
export interface WrittenObject extends ObjectPlace {
  /** Whole file. */
  bytes: number
  /** SHA-256, hex, of what was written after the head. */
  sha256: string
  path: string
  /** A row names it now: it stays. */
  keep(): void
  /** No row will name it: the file goes, unless another arrival of the same content holds or kept it. */
  drop(): Promise<void>
}

/** One object on its way to disk. */
export interface ObjectSink {
  /** False: more than a little is waiting for the disk; go on after {@link drained}. Chunks are kept, not copied. */
  write(chunk: Buffer): boolean
  drained(): Promise<void>
  /** fdatasync, rename to the name, fsync of the bucket: when it resolves, the object is durable. */
  finish(nameOf: (sha256: string) => string): Promise<WrittenObject>
  /** Leaves nothing behind. */
  abort(): Promise<void>
  /** Bytes after the head so far. */
  readonly size: number
  readonly failure: unknown
}

export interface ObjectWriter {
  /** `head` goes in front and is not part of the digest. Throws `storage-full` below the watermark. */
  begin(head?: Buffer): ObjectSink
  /** The bucket being filled. */
  bucket(): string
}

// By descriptor: a FileHandle costs the thread that reads the network more than the system calls behind it.
const open = promisify(fs.open)
const write = promisify(fs.write)
const writev = promisify(fs.writev)
const fdatasync = promisify(fs.fdatasync)
const close = promisify(fs.close)
const rename = promisify(fs.rename)

const NEW_FILE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW

const FLUSH_BYTES = 256 * 1024
const WAITING_BYTES_MAX = 1024 * 1024
/** Of all objects together: beyond it each waits with what is being written of it, and no more. */
const ALL_WAITING_BYTES_MAX = 16 * 1024 * 1024
const FREE_CHECK_MS = 500

/** Fills buckets of this writer's own: one writer a process run, so that leftovers of a crash have one known place. */
export async function openObjectWriter(options: {
  folder: string
  /** First part of the bucket names: the run's boot id in letters and digits. */
  run: string
  bucketFiles: number
  freeBytesMin: number
}): Promise<ObjectWriter> {
  const syncFolder = openFolderSync(options.folder)
  let number = 0
  let parts = 0
  let used = 0
  const all = { waitingBytes: 0 }
  let opening: Promise<void> | undefined
  let freeBytes = await freeBytesOf(options.folder)
  let checkedAt = performance.now()
  let checking = false

  const nextBucket = async () => {
    const next = new Bucket(options.folder, `${options.run}-${String(++number).padStart(4, '0')}`)
    await next.make(syncFolder)
    used = 0
    return next
  }
  let bucket = await nextBucket()

  const checkSpace = () => {
    if (freeBytes < options.freeBytesMin)
      fail('storage-full', {
        fr: `Moins de ${Math.round(options.freeBytesMin / 1_000_000)} Mo libres : plus rien n’est pris.`,
        en: `Less than ${Math.round(options.freeBytesMin / 1_000_000)} MB free: nothing more is taken.`,
      })
  }
  const measureSpace = () => {
    if (checking || performance.now() - checkedAt < FREE_CHECK_MS) return
    checking = true
    freeBytesOf(options.folder)
      .then(bytes => {
        freeBytes = bytes
      })
      .catch(() => {
        freeBytes = 0 // a folder that cannot be asked takes nothing
      })
      .finally(() => {
        checking = false
        checkedAt = performance.now()
      })
  }

  return {
    bucket: () => bucket.name,
    begin: (head = Buffer.alloc(0)) => {
      measureSpace()
      checkSpace()
      if (++used >= options.bucketFiles && opening === undefined)
        opening = nextBucket()
          .then(next => {
            bucket = next
          })
          .catch(() => undefined) // no room for a folder: this one goes on, the next object tries again
          .finally(() => {
            opening = undefined
          })
      return new FileSink(bucket, `${++parts}.part`, head, all)
    },
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

class FileSink implements ObjectSink {
  size = 0
  failure: unknown
  readonly #part: string
  readonly #bucket: Bucket
  readonly #hash = createHash('sha256')
  readonly #headBytes: number
  readonly #file: Promise<number>
  readonly #all: { waitingBytes: number }
  #chunks: Buffer[] = []
  #waiting = 0
  #writing: Promise<void> | undefined
  #drained: (() => void)[] = []
  #written = 0
  #closed = false

  constructor(bucket: Bucket, part: string, head: Buffer, all: { waitingBytes: number }) {
    this.#bucket = bucket
    this.#part = join(bucket.folder, part)
    this.#headBytes = head.length
    this.#all = all
    if (head.length > 0) this.#keep(head)
    this.#file = open(this.#part, NEW_FILE, 0o600)
    this.#file.catch(thrown => {
      this.failure ??= thrown
    })
  }

  write(chunk: Buffer): boolean {
    if (this.failure !== undefined) return true // the rest is thrown away; finish says why
    this.#hash.update(chunk)
    this.size += chunk.length
    this.#keep(chunk)
    if (this.#waiting >= FLUSH_BYTES) this.#flush()
    return !this.#isFull
  }

  drained(): Promise<void> {
    if (!this.#isFull || this.failure !== undefined) return Promise.resolve()
    return new Promise(resolve => this.#drained.push(resolve))
  }

  async finish(nameOf: (sha256: string) => string): Promise<WrittenObject> {
    try {
      while (this.#writing !== undefined || (this.#chunks.length > 0 && this.failure === undefined)) {
        this.#flush()
        await this.#writing
      }
      if (this.failure !== undefined) throw this.failure
      const file = await this.#file
      const expected = this.#headBytes + this.size
      if (this.#written !== expected)
        throw new Failure('internal', `${this.#written} bytes were written where ${expected} came.`)
      await fdatasync(file)
      if (this.failure !== undefined) throw this.failure // abandoned meanwhile
      // All of it is durable: nothing is left for the close to do, so that it keeps nobody waiting.
      this.#closed = true
      fs.closeSync(file)
      const sha256 = this.#hash.digest('hex')
      const name = nameOf(sha256)
      const path = join(this.#bucket.folder, name)
      await this.#nameIt(name, path)
      return {
        bucket: this.#bucket.name,
        name,
        path,
        sha256,
        bytes: expected,
        keep: () => this.#bucket.keep(name),
        drop: () => this.#bucket.drop(name),
      }
    } catch (thrown) {
      await this.abort()
      throw asStorageFailure(thrown)
    }
  }

  async #nameIt(name: string, path: string): Promise<void> {
    await this.#bucket.hold(name)
    try {
      await rename(this.#part, path)
      await this.#bucket.sync()
    } catch (thrown) {
      await this.#bucket.drop(name)
      throw thrown
    }
  }

  async abort(): Promise<void> {
    this.failure ??= new Failure('internal', 'The object was abandoned.')
    while (this.#writing !== undefined) await this.#writing
    this.#chunks = []
    this.#letGo(this.#waiting)
    const file = await this.#file.catch(() => undefined) // it never came to be: nothing to remove
    if (file === undefined) return
    // A descriptor closed twice may by then be another object's.
    if (!this.#closed) {
      this.#closed = true
      await close(file).catch(() => undefined) // nothing of it was promised
    }
    await unlink(this.#part).catch(() => undefined) // already renamed: whoever holds that name decides
  }

  /** Then a write of its own is under way, whose end lets it go on. */
  get #isFull(): boolean {
    const most = this.#all.waitingBytes < ALL_WAITING_BYTES_MAX ? WAITING_BYTES_MAX : FLUSH_BYTES
    return this.#waiting >= most
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#waiting += chunk.length
    this.#all.waitingBytes += chunk.length
  }

  #letGo(bytes: number): void {
    this.#waiting -= bytes
    this.#all.waitingBytes -= bytes
  }

  #flush(): void {
    if (this.#writing !== undefined || this.#chunks.length === 0) return
    const chunks = this.#chunks
    const bytes = this.#waiting
    this.#chunks = []
    this.#writing = this.#writeOut(chunks)
      .catch(thrown => {
        this.failure ??= thrown
      })
      .finally(() => {
        this.#writing = undefined
        this.#letGo(bytes)
        for (const resolve of this.#drained.splice(0)) resolve()
        if (this.#waiting >= FLUSH_BYTES && this.failure === undefined) this.#flush()
      })
  }

  async #writeOut(chunks: Buffer[]): Promise<void> {
    const file = await this.#file
    let rest = chunks
    while (rest.length > 0) {
      const batch = rest.slice(0, 512) // IOV_MAX is 1024
      rest = rest.slice(512)
      const wanted = batch.reduce((sum, chunk) => sum + chunk.length, 0)
      const { bytesWritten } = await writev(file, batch)
      this.#written += bytesWritten
      if (bytesWritten < wanted) {
        const remaining = Buffer.concat(batch).subarray(bytesWritten)
        for (let at = 0; at < remaining.length; ) {
          const more = await write(file, remaining, at)
          at += more.bytesWritten
          this.#written += more.bytesWritten
        }
      }
    }
  }
}

function asStorageFailure(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown } | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Failure('storage-full', { fr: 'Le disque est plein.', en: 'The disk is full.' }, [], thrown)
  if (code === 'EIO' || code === 'EROFS')
    return new Failure(
      'unavailable',
      { fr: 'Le disque a signalé une erreur.', en: 'The disk reported an error.' },
      [],
      thrown,
    )
  return thrown
}
