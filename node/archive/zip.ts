import { crc32, deflateRawSync } from 'node:zlib'
import { isoAt } from '../clock.js'
import { fail } from '../errors.js'

export interface ZipFile {
  /** With forward slashes, relative. */
  path: string
  bytes: Buffer
}

const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
/** 2.0: deflate and folders (APPNOTE.TXT §4.4.3). */
const VERSION_NEEDED = 20
/** Made on Unix, so that the mode in the upper half of the external attributes counts (§4.4.2). */
const MADE_BY = (3 << 8) | VERSION_NEEDED
/** Bit 11: names are UTF-8 (§4.4.4). */
const UTF8_NAMES = 1 << 11
const STORED = 0
const DEFLATED = 8
const MODE = (0o100600 << 16) >>> 0
/** Without ZIP64. */
const TOTAL_MAX_BYTES = 0xfffffffe
const FILES_MAX = 0xfffe

/** A ZIP archive in memory; `atMs` (UTC) is the time of every file in it. Throws `too-large` beyond plain ZIP. */
export function zipOf(files: readonly ZipFile[], atMs: number): Buffer {
  if (files.length > FILES_MAX)
    fail('too-large', {
      fr: 'Trop de fichiers pour une seule archive ZIP.',
      en: 'Too many files for one ZIP archive.',
    })
  const stamp = dosTime(atMs)
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, bytes } of files) {
    const name = Buffer.from(path)
    const deflated = deflateRawSync(bytes)
    const stored = deflated.length >= bytes.length
    const data = stored ? bytes : deflated
    /** What the local header and the directory say alike (§4.3.7, §4.3.12). */
    const common = Buffer.alloc(26)
    common.writeUInt16LE(VERSION_NEEDED, 0)
    common.writeUInt16LE(UTF8_NAMES, 2)
    common.writeUInt16LE(stored ? STORED : DEFLATED, 4)
    common.writeUInt16LE(stamp.time, 6)
    common.writeUInt16LE(stamp.date, 8)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(name.length, 22)

    const local = Buffer.alloc(LOCAL_BYTES)
    local.writeUInt32LE(0x04034b50, 0)
    common.copy(local, 4)
    parts.push(local, name, data)

    const central = Buffer.alloc(CENTRAL_BYTES)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(MADE_BY, 4)
    common.copy(central, 6)
    central.writeUInt32LE(MODE, 38)
    central.writeUInt32LE(offset, 42)
    directory.push(central, name)

    offset += LOCAL_BYTES + name.length + data.length
    if (offset > TOTAL_MAX_BYTES)
      fail('too-large', {
        fr: 'Le dossier est trop grand pour une seule archive ZIP.',
        en: 'The record is too large for one ZIP archive.',
      })
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(END_BYTES)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, listed, end])
}

/** MS-DOS date and time (§4.4.6): two-second steps from 1980. */
function dosTime(atMs: number): { date: number; time: number } {
  const [year = 1980, month = 1, day = 1, hour = 0, minute = 0, second = 0] = isoAt(atMs)
    .slice(0, 19)
    .split(/[-T:]/)
    .map(Number)
  return {
    date: ((year - 1980) << 9) | (month << 5) | day,
    time: (hour << 11) | (minute << 5) | (second >> 1),
  }
}
