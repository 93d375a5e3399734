import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { breaks } from '../../dicom/format/broken.js'
import { fail } from '../../errors.js'
import { MAX_PATH_CHARACTERS, type Medium, type MediumFile, type MediumLimits, unreadable } from './medium.js'

const BLOCK_BYTES = 512
const CHUNK_BYTES = 256 * 1024
/** Of a header that goes before another one: a long name, or pax attributes. */
const MAX_EXTENDED_BYTES = 64 * 1024
const LOOK_AGAIN_MS = 50

interface TarFile extends MediumFile {
  offset: number
}

/** Bytes that are still coming: how many are there, and whether these are all. Throws where they will never be. */
export type Growing = () => Promise<{ bytes: number; complete: boolean }>

/**
 * A TAR stream (POSIX.1-2008 ustar and pax): what the browser makes of a dropped folder. Files can be read while later ones
 * are still on their way.
 */
export async function openTar(path: string, limits: MediumLimits, growing?: Growing): Promise<Medium> {
  const file = await open(path, 'r')
  const there = growing ?? (async () => ({ bytes: (await file.stat()).size, complete: true }))

  /** Waits for these bytes; false where the stream ends before. */
  const arrived = async (end: number): Promise<boolean> => {
    for (;;) {
      const { bytes, complete } = await there()
      if (bytes >= end) return true
      if (complete) return false
      await pause(LOOK_AGAIN_MS)
    }
  }
  const read = async (offset: number, bytes: number): Promise<Buffer | undefined> => {
    if (!(await arrived(offset + bytes))) return undefined
    const buffer = Buffer.alloc(bytes)
    const { bytesRead } = await file.read(buffer, 0, bytes, offset)
    return bytesRead === bytes ? buffer : undefined
  }

  async function* files(): AsyncIterable<TarFile> {
    let at = 0
    let named: { path?: string; bytes?: number } = {}
    for (let count = 0; ; ) {
      const header = await read(at, BLOCK_BYTES)
      if (header === undefined) breaks('ends', at, `the upload ends at byte ${at}, before its end mark`)
      // Two blocks of zeros end it; one is enough to know.
      if (header.every(byte => byte === 0)) return
      if (checksumOf(header) !== octal(header, 148, 8))
        breaks('damaged', at, `the header at byte ${at} is broken`)
      const size = named.bytes ?? octal(header, 124, 12)
      const type = String.fromCharCode(header[156] ?? 0)
      const body = at + BLOCK_BYTES
      at = body + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
      if (type === 'x' || type === 'L') {
        if (size > MAX_EXTENDED_BYTES) fail('too-large', `a name of ${size} bytes`)
        const extended = await read(body, size)
        if (extended === undefined) breaks('ends', body, `the upload ends at byte ${body}`)
        named = type === 'L' ? { path: text(extended) } : paxOf(extended)
        continue
      }
      const full =
        named.path ??
        [text(header.subarray(345, 500)), text(header.subarray(0, 100))].filter(Boolean).join('/')
      named = {}
      if (type !== '0' && type !== '\0') continue
      count += 1
      if (count > limits.maxFiles) fail('too-large', `more than ${limits.maxFiles} files`)
      const found: TarFile = { path: full.slice(0, MAX_PATH_CHARACTERS), bytes: size, offset: body }
      if (size > limits.maxFileBytes)
        Object.assign(found, unreadable(`larger than ${limits.maxFileBytes} bytes`, { code: 'too-large' }))
      else if (!(await arrived(body + size)))
        Object.assign(found, unreadable('the upload ends inside it', { code: 'ends' }))
      yield found
    }
  }

  async function* bytesOf({ offset, bytes }: TarFile): AsyncIterable<Buffer> {
    for (let at = 0; at < bytes; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - at))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, offset + at)
      if (bytesRead === 0) breaks('ends', offset + at, `the upload ends at byte ${offset + at}`)
      yield chunk.subarray(0, bytesRead)
      at += bytesRead
    }
  }

  return {
    kind: 'tar',
    label: '',
    files,
    read: async entry => Readable.from(bytesOf(entry as TarFile), { objectMode: false }),
    close: () => file.close(),
  }
}

/** Octal digits, or base 256 where the first bit is set. */
function octal(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length)
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(length - 8) & 0x1f_ffff_ffff_ffffn)
  const digits = text(field).trim()
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN
}

/** The sum of the header's bytes, its own field counted as blanks. */
function checksumOf(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

/** Records `length key=value\n` (pax, "pax Extended Header"). */
function paxOf(records: Buffer): { path?: string; bytes?: number } {
  const found: { path?: string; bytes?: number } = {}
  for (let at = 0; at < records.length; ) {
    const blank = records.indexOf(0x20, at)
    const length = Number(records.toString('latin1', at, blank))
    if (blank < 0 || !Number.isSafeInteger(length) || length <= blank - at || at + length > records.length)
      return fail('invalid', 'a pax header is broken')
    const [key = '', value = ''] = records.toString('utf8', blank + 1, at + length - 1).split(/=(.*)/s)
    if (key === 'path') found.path = value
    if (key === 'size') found.bytes = wholeNumber(value)
    at += length
  }
  return found
}

function wholeNumber(digits: string): number {
  const value = Number(digits)
  return /^\d+$/.test(digits) && Number.isSafeInteger(value)
    ? value
    : fail('invalid', 'a pax size is no number')
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}
