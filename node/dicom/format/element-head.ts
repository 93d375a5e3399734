import { vrOfTagNumber } from './dictionary.js'

/** How the elements of a data set are written (PS3.5 7.1, 7.3). */
export interface Syntax {
  explicitVR: boolean
  littleEndian: boolean
}

/** Tag, VR and length of an element. */
export interface Head {
  tag: number
  /** From the dictionary in implicit VR: there it may be the choice `US|SS`. Empty for items and delimiters. */
  vr: string
  headBytes: number
  /** 0xFFFFFFFF: undefined. */
  length: number
  /** Where an explicit VR should stand, one that is unknown does, or none at all. */
  odd?: 'unknown' | 'none'
}

/** The length that says: up to the delimiter. */
export const UNDEFINED = 0xffffffff

/** VRs with a length of 32 bits after two reserved bytes (PS3.5 7.1.2). */
const longVRs = 'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' ')
const shortVRs = 'AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' ')

/** By their two bytes as a number: a header may have many elements, and this is asked for each. */
const byCode = new Map<number, { vr: string; long: boolean }>()
for (const vr of longVRs) byCode.set(codeOf(vr), { vr, long: true })
for (const vr of shortVRs) byCode.set(codeOf(vr), { vr, long: false })

/** Whether an explicit VR stands four bytes after `at`. */
export function hasVR(bytes: Buffer, at: number): boolean {
  return byCode.has(bytes.readUInt16BE(at + 4))
}

/**
 * Reads the head that begins `at` an index of `bytes`: eight bytes must be there, twelve where a long VR stands (the
 * length is 0 if they are not: `headBytes` tells). `room` is how many bytes the element can have at most.
 */
export function readHead(bytes: Buffer, at: number, syntax: Syntax, room: number): Head {
  const { littleEndian } = syntax
  const tag = read16(bytes, at, littleEndian) * 0x10000 + read16(bytes, at + 2, littleEndian)
  if (tag >>> 16 === 0xfffe) return { tag, vr: '', headBytes: 8, length: read32(bytes, at + 4, littleEndian) }
  if (!syntax.explicitVR) {
    return { tag, vr: vrOfTagNumber(tag), headBytes: 8, length: read32(bytes, at + 4, littleEndian) }
  }
  const known = byCode.get(bytes.readUInt16BE(at + 4))
  if (known?.long === false) {
    return { tag, vr: known.vr, headBytes: 8, length: read16(bytes, at + 6, littleEndian) }
  }
  const longLength = at + 12 <= bytes.length ? read32(bytes, at + 8, littleEndian) : 0
  if (known !== undefined) return { tag, vr: known.vr, headBytes: 12, length: longLength }

  // No VR we know: one of a later edition (PS3.5 6.2 gives those the long form), or an implicit element astray.
  const letters = isCapital(bytes[at + 4]) && isCapital(bytes[at + 5])
  const odd = letters ? 'unknown' : 'none'
  if (letters && 12 + longLength <= room) return { tag, vr: 'UN', headBytes: 12, length: longLength, odd }
  const implicit = read32(bytes, at + 4, littleEndian)
  const fits = implicit === UNDEFINED || 8 + implicit <= room
  const length = !letters && fits ? implicit : read16(bytes, at + 6, littleEndian)
  return { tag, vr: vrOfTagNumber(tag), headBytes: 8, length, odd }
}

function codeOf(vr: string): number {
  return vr.charCodeAt(0) * 0x100 + vr.charCodeAt(1)
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a
}

function read16(bytes: Buffer, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
}

function read32(bytes: Buffer, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
}
