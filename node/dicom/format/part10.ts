import { fail } from '../../errors.js'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, isUID, TransferSyntax } from '../uids.js'
import { breaks } from './broken.js'

/** What names one stored object: the row from which its file's header is derived, and compared by `verify`. */
export interface FileIdentity {
  sopClassUID: string
  sopInstanceUID: string
  transferSyntaxUID: string
}

/** What a file's beginning says. UIDs are undefined where the file does not give them. */
export interface FileHeader {
  transferSyntaxUID: string
  sopClassUID: string | undefined
  sopInstanceUID: string | undefined
  /** Byte offset of the data set's first element in the file. */
  datasetOffset: number
  /** What is odd about this header, or was guessed, one sentence each; empty for a correct file. */
  remarks: string[]
}

const PREAMBLE_BYTES = 128
/** As much of a file as {@link readFileHeader} needs; longer group 2 than this is refused. */
export const FILE_HEADER_MAX_BYTES = 64 * 1024

/**
 * The Part 10 header we put before a received data set (PS3.10 7.1): zero preamble, `DICM`, group 2.
 * The same identity always gives the same bytes: nothing in it depends on time, sender or machine.
 */
export function fileHeader(identity: FileIdentity): Buffer {
  const { sopClassUID, sopInstanceUID, transferSyntaxUID } = identity
  for (const [name, uid] of Object.entries({ sopClassUID, sopInstanceUID, transferSyntaxUID })) {
    if (!isUID(uid)) fail('invalid', `${name} is no UID: ${JSON.stringify(uid.slice(0, 80))}`)
  }
  const elements = Buffer.concat([
    longElement(0x0001, 'OB', Buffer.from([0, 1])),
    shortElement(0x0002, 'UI', sopClassUID),
    shortElement(0x0003, 'UI', sopInstanceUID),
    shortElement(0x0010, 'UI', transferSyntaxUID),
    shortElement(0x0012, 'UI', IMPLEMENTATION_CLASS_UID),
    shortElement(0x0013, 'SH', IMPLEMENTATION_VERSION_NAME),
  ])
  const groupLength = Buffer.alloc(12)
  groupLength.writeUInt16LE(0x0002, 0)
  groupLength.write('UL', 4, 'latin1')
  groupLength.writeUInt16LE(4, 6)
  groupLength.writeUInt32LE(elements.length, 8)
  return Buffer.concat([Buffer.alloc(PREAMBLE_BYTES), Buffer.from('DICM', 'latin1'), groupLength, elements])
}

/**
 * Reads a file's beginning. Tolerant of what archives and discs really hold: no preamble, no group 2, no group
 * length, group 2 in implicit VR; whatever had to be guessed stands in `remarks`.
 *
 * `buffer` holds the first {@link FILE_HEADER_MAX_BYTES} of the file, or all of it.
 * @throws Failure `invalid` where this is no DICOM file at all, or its group 2 is cut off.
 */
export function readFileHeader(buffer: Buffer): FileHeader {
  const remarks: string[] = []
  let position = 0
  if (buffer.length >= PREAMBLE_BYTES + 4 && buffer.toString('latin1', 128, 132) === 'DICM') {
    position = PREAMBLE_BYTES + 4
  } else if (buffer.toString('latin1', 0, 4) === 'DICM') {
    position = 4
    remarks.push('the 128-byte preamble is missing')
  } else {
    remarks.push('neither preamble nor DICM prefix')
  }

  const meta = readMeta(buffer, position, remarks)
  const stated = meta.values.get(0x0010)
  if (meta.values.size === 0) remarks.push('no file meta information (group 2)')
  else if (stated === undefined) remarks.push('group 2 names no transfer syntax')
  const known = stated !== undefined && isUID(stated)
  if (stated !== undefined && !known) remarks.push('the transfer syntax of group 2 is no UID')
  return {
    transferSyntaxUID: known ? stated : guessTransferSyntax(buffer, meta, remarks),
    sopClassUID: meta.values.get(0x0002),
    sopInstanceUID: meta.values.get(0x0003),
    datasetOffset: meta.end,
    remarks,
  }
}

/** Walks group 2 element by element: its group length is not trusted (some writers count wrongly, some leave it out). */
function readMeta(buffer: Buffer, from: number, remarks: string[]) {
  const values = new Map<number, string>()
  let position = from
  let statedEnd: number | undefined
  let implicitSeen = false
  while (position + 8 <= buffer.length && buffer.readUInt16LE(position) === 0x0002) {
    const element = buffer.readUInt16LE(position + 2)
    const vr = buffer.toString('latin1', position + 4, position + 6)
    const explicit = /^[A-Z]{2}$/.test(vr)
    const long = explicit && ['OB', 'OW', 'UN', 'UT', 'SQ'].includes(vr)
    implicitSeen ||= !explicit
    const valueAt = position + (long ? 12 : 8)
    if (valueAt > buffer.length) break
    const length = !explicit
      ? buffer.readUInt32LE(position + 4)
      : long
        ? buffer.readUInt32LE(position + 8)
        : buffer.readUInt16LE(position + 6)
    if (valueAt + length > buffer.length) {
      breaks(
        'ends',
        position,
        `the file meta information breaks off at byte ${position}: (0002,${hex4(element)}) says ${length} bytes`,
      )
    }
    if (element === 0x0000 && length === 4) statedEnd = valueAt + 4 + buffer.readUInt32LE(valueAt)
    else if (!values.has(element)) values.set(element, asciiValue(buffer.subarray(valueAt, valueAt + length)))
    position = valueAt + length
  }
  if (values.size > 0 && statedEnd === undefined) remarks.push('group 2 has no group length')
  else if (statedEnd !== undefined && statedEnd !== position)
    remarks.push('the group length of group 2 is wrong')
  if (implicitSeen) remarks.push('group 2 is written in implicit VR')
  return { values, end: position }
}

/**
 * Without a stated transfer syntax the first element tells: a plausible group in one byte order, and two capital
 * letters where an explicit VR would stand. Implicit little endian is the default of PS3.5 10.1.
 */
function guessTransferSyntax(
  buffer: Buffer,
  meta: { values: ReadonlyMap<number, string>; end: number },
  remarks: string[],
): string {
  const at = meta.end
  if (buffer.length < at + 8)
    breaks('ends', at, `no DICOM data set begins at byte ${at}: the file ends there`)
  const littleGroup = buffer.readUInt16LE(at)
  const bigGroup = buffer.readUInt16BE(at)
  const explicit = /^[A-Z]{2}$/.test(buffer.toString('latin1', at + 4, at + 6))
  const plausible = (group: number) => group >= 0x0002 && group <= 0x0040
  if (explicit && plausible(littleGroup)) return guessed(TransferSyntax.ExplicitVRLittleEndian, remarks)
  if (explicit && plausible(bigGroup)) return guessed(TransferSyntax.ExplicitVRBigEndian, remarks)
  const fits = buffer.readUInt32LE(at + 4) <= Math.max(buffer.length, FILE_HEADER_MAX_BYTES)
  // A file that has a group 2 is a DICOM file whatever its first element is (a private group may come first).
  if ((plausible(littleGroup) && fits) || meta.values.size > 0)
    return guessed(TransferSyntax.ImplicitVRLittleEndian, remarks)
  return breaks('damaged', at, `this is no DICOM file: no data set begins at byte ${at}`)
}

function guessed(uid: string, remarks: string[]): string {
  remarks.push(`transfer syntax guessed from the first element: ${uid}`)
  return uid
}

function asciiValue(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\0 ]+$/, '')
}

function shortElement(element: number, vr: 'UI' | 'SH', text: string): Buffer {
  const padded = text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' ')
  const head = Buffer.alloc(8)
  head.writeUInt16LE(0x0002, 0)
  head.writeUInt16LE(element, 2)
  head.write(vr, 4, 'latin1')
  head.writeUInt16LE(padded.length, 6)
  return Buffer.concat([head, Buffer.from(padded, 'latin1')])
}

function longElement(element: number, vr: 'OB', value: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16LE(0x0002, 0)
  head.writeUInt16LE(element, 2)
  head.write(vr, 4, 'latin1')
  head.writeUInt32LE(value.length, 8)
  return Buffer.concat([head, value])
}

function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0')
}
