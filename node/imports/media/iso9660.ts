import type { FileHandle } from 'node:fs/promises'
import { breaks } from '../../dicom/format/broken.js'
import { Failure, fail } from '../../errors.js'
import { whyOf } from '../why.js'
import { MAX_PATH_CHARACTERS, type MediumFile, type MediumLimits, unreadable } from './medium.js'
import { type RockRidge, rockRidgeOf, skippedBytesOf } from './rock-ridge.js'

/** Logical sectors of a data track (ECMA-119 6.1.2). */
const SECTOR_BYTES = 2048
const FIRST_DESCRIPTOR = 16
const MAX_DESCRIPTORS = 64
/** One folder's records; 200,000 files of the longest name fit. */
const MAX_FOLDER_BYTES = 64 * 1024 * 1024

/** A run of sectors. */
export interface Extent {
  offset: number
  bytes: number
}

export interface IsoFile extends MediumFile {
  /** More than one where the file is longer than a record can say (level 3). */
  extents: Extent[]
}

export interface IsoVolume {
  label: string
  /** Which names are given: the longest the disc has. */
  names: 'Rock Ridge' | 'Joliet' | 'ISO 9660'
  files(): AsyncIterable<IsoFile>
}

interface Descriptor {
  label: string
  root: DirectoryRecord
}

interface DirectoryRecord {
  extent: Extent
  isFolder: boolean
  /** More records of the same file follow. */
  goesOn: boolean
  interleaved: boolean
  name: Buffer
  /** System Use (ECMA-119 9.1.13). */
  system: Buffer
}

/**
 * Reads the volume of an ISO 9660 image (ECMA-119, levels 1 to 3), with Joliet and Rock Ridge names.
 *
 * @throws Failure `unsupported` for UDF alone or raw sectors, `invalid` where it is no ISO 9660 image or broken, with the
 * byte; `too-large` beyond the limits.
 */
export async function readIsoVolume(file: FileHandle, limits: MediumLimits): Promise<IsoVolume> {
  const { size } = await file.stat()
  const read = async ({ offset, bytes }: Extent): Promise<Buffer> => {
    if (offset < 0 || bytes < 0 || offset + bytes > size)
      breaks('ends', size, `the image names ${bytes} bytes at byte ${offset}, outside of its ${size}`)
    const buffer = Buffer.alloc(bytes)
    let got = 0
    while (got < bytes) {
      const { bytesRead } = await file.read(buffer, got, bytes - got, offset + got)
      if (bytesRead === 0) breaks('ends', offset + got, `the image ends at byte ${offset + got}`)
      got += bytesRead
    }
    return buffer
  }

  const { primary, joliet } = await descriptorsOf(read, size)
  // Rock Ridge announces itself in the first record of the root (SUSP 5.3).
  const [self] = recordsIn(await read(first(primary.root.extent)), primary.root.extent.offset)
  const skipped = self === undefined ? undefined : skippedBytesOf(self.system)
  const names = skipped !== undefined ? 'Rock Ridge' : joliet !== undefined ? 'Joliet' : 'ISO 9660'
  const { root } = names === 'Joliet' && joliet !== undefined ? joliet : primary

  const nameOf = async (record: DirectoryRecord): Promise<RockRidge> => {
    if (names === 'Joliet') return { name: withoutVersion(swapped(record.name).toString('utf16le')) }
    const plain = withoutVersion(record.name.toString('latin1'))
    if (skipped === undefined) return { name: plain }
    const more = await rockRidgeOf(record.system.subarray(skipped), (block, offset, bytes) =>
      read({ offset: block * SECTOR_BYTES + offset, bytes }),
    )
    return { ...more, name: more.name || plain }
  }

  async function* walk(
    folder: DirectoryRecord,
    path: string,
    depth: number,
    seen: Set<number>,
  ): AsyncIterable<IsoFile> {
    if (depth > limits.maxDepth)
      fail('too-large', `folders deeper than ${limits.maxDepth}: ${path.slice(0, 100)}`)
    if (folder.extent.bytes > MAX_FOLDER_BYTES) fail('too-large', `a folder of ${folder.extent.bytes} bytes`)
    const records = recordsIn(await read(folder.extent), folder.extent.offset)
    let open: IsoFile | undefined
    for (const record of records.slice(2)) {
      const { name, link, moved } = await nameOf(record)
      const full = `${path}${path === '' ? '' : '/'}${name}`.slice(0, MAX_PATH_CHARACTERS)
      // A deep folder lies elsewhere and is found there (RRIP 4.1.5.1).
      if (moved) continue
      if (record.isFolder) {
        // A folder met twice is a loop, or the same files again.
        if (seen.has(record.extent.offset)) continue
        seen.add(record.extent.offset)
        try {
          yield* walk(record, full, depth + 1, seen)
        } catch (thrown) {
          // Half of a damaged disc is better than none of it.
          if (!(thrown instanceof Failure)) throw thrown
          yield { path: `${full}/`, bytes: 0, extents: [], ...unreadable(thrown.message, whyOf(thrown)) }
        }
        continue
      }
      open ??= { path: full, bytes: 0, extents: [] }
      open.bytes += record.extent.bytes
      open.extents.push(record.extent)
      if (record.interleaved)
        Object.assign(open, unreadable('its parts are interleaved with others', { code: 'interleaved' }))
      if (link) Object.assign(open, unreadable('it is a link', { code: 'link' }))
      if (record.goesOn) continue
      const outside = open.extents.find(({ offset, bytes }) => offset + bytes > size)
      if (outside !== undefined && open.unreadable === undefined) {
        const end = outside.offset + outside.bytes
        Object.assign(
          open,
          unreadable(`it should go to byte ${end}, and the image ends at ${size}`, {
            code: 'ends',
            at: size,
          }),
        )
      }
      yield open
      open = undefined
    }
  }

  return {
    label: primary.label,
    names,
    files: () => walk(root, '', 1, new Set([root.extent.offset])),
  }
}

function first({ offset, bytes }: Extent): Extent {
  return { offset, bytes: Math.min(bytes, SECTOR_BYTES) }
}

async function descriptorsOf(
  read: (extent: Extent) => Promise<Buffer>,
  size: number,
): Promise<{ primary: Descriptor; joliet?: Descriptor }> {
  let primary: Descriptor | undefined
  let joliet: Descriptor | undefined
  let udf = false
  for (let at = FIRST_DESCRIPTOR; at < FIRST_DESCRIPTOR + MAX_DESCRIPTORS; at += 1) {
    if ((at + 1) * SECTOR_BYTES > size) break
    const sector = await read({ offset: at * SECTOR_BYTES, bytes: SECTOR_BYTES })
    const identifier = sector.toString('latin1', 1, 6)
    // The volume recognition sequence of UDF stands in the same place (ECMA-167 2/9).
    if (/^(BEA01|NSR0[23]|TEA01)$/.test(identifier)) {
      udf = true
      continue
    }
    if (identifier !== 'CD001') break
    const type = sector[0]
    if (type === 255) continue
    if (type === 1) primary ??= descriptorOf(sector, sector.toString('latin1', 40, 72))
    // Joliet: a supplementary descriptor whose escape sequence names UCS-2 (levels 1 to 3).
    if (type === 2 && /^%\/[@CE]/.test(sector.toString('latin1', 88, 91)))
      joliet ??= descriptorOf(sector, swapped(sector.subarray(40, 72)).toString('utf16le'))
  }
  if (primary !== undefined) return { primary, ...(joliet === undefined ? {} : { joliet }) }
  if (udf)
    throw new Failure(
      'unsupported',
      'The image holds a UDF file system only. Copy the files of the disc into a folder and import that.',
    )
  if (
    size > 16 &&
    (await read({ offset: 0, bytes: 12 })).equals(Buffer.from('00ffffffffffffffffffff00', 'hex'))
  )
    throw new Failure(
      'unsupported',
      'The image holds raw sectors of 2352 bytes (BIN). Make an ISO image of it, or import the files as a folder.',
    )
  return fail('invalid', 'This is no ISO 9660 image: no volume descriptor at byte 32768.')
}

function descriptorOf(sector: Buffer, label: string): Descriptor {
  const blockBytes = sector.readUInt16LE(128)
  if (blockBytes !== SECTOR_BYTES)
    fail('unsupported', `The image has blocks of ${blockBytes} bytes, not 2048.`)
  const [root] = recordsIn(sector.subarray(156, 190), FIRST_DESCRIPTOR * SECTOR_BYTES + 156)
  if (root === undefined) return fail('invalid', 'The image names no root folder.')
  return { label: label.replaceAll('\0', '').trim(), root }
}

/** The records of a folder (ECMA-119 9.1), sector by sector: a record never crosses one. */
function recordsIn(folder: Buffer, at: number): DirectoryRecord[] {
  const records: DirectoryRecord[] = []
  for (let sector = 0; sector < folder.length; sector += SECTOR_BYTES) {
    const end = Math.min(sector + SECTOR_BYTES, folder.length)
    let offset = sector
    while (offset < end) {
      const length = folder[offset] ?? 0
      if (length === 0) break
      const nameLength = folder[offset + 32] ?? 0
      if (length < 34 || offset + length > end || 33 + nameLength > length)
        return breaks('damaged', at + offset, `a folder's record at byte ${at + offset} is broken`)
      records.push(recordOf(folder.subarray(offset, offset + length), nameLength))
      offset += length
    }
  }
  return records
}

function recordOf(record: Buffer, nameLength: number): DirectoryRecord {
  const flags = record[25] ?? 0
  const padding = nameLength % 2 === 0 ? 1 : 0
  return {
    extent: {
      offset: (record.readUInt32LE(2) + (record[1] ?? 0)) * SECTOR_BYTES,
      bytes: record.readUInt32LE(10),
    },
    isFolder: (flags & 0x02) !== 0,
    goesOn: (flags & 0x80) !== 0,
    interleaved: record[26] !== 0 || record[27] !== 0,
    name: record.subarray(33, 33 + nameLength),
    system: record.subarray(Math.min(33 + nameLength + padding, record.length)),
  }
}

/** `IMAGE.DCM;1` is called IMAGE.DCM, `IMAGE.;1` IMAGE. */
function withoutVersion(name: string): string {
  return name.replace(/;\d*$/, '').replace(/\.$/, '')
}

/** UCS-2 stands there big end first. */
function swapped(text: Buffer): Buffer {
  return Buffer.from(text.subarray(0, text.length - (text.length % 2))).swap16()
}
