import { inflateSync } from 'node:zlib'
import type { PaperDanger, PaperFault } from '../imports/view.js'

/** What a PDF or a picture on a disc is, by its bytes: whether it can become an object, and what to beware of. */
export interface Paper {
  dangers: PaperDanger[]
  /** Why it stays on the disc. */
  fault?: PaperFault
  picture?: JPEGPicture
}

export interface JPEGPicture {
  rows: number
  columns: number
  photometric: 'MONOCHROME2' | 'YBR_FULL_422' | 'RGB'
  /** Where its end mark ends: what comes after is not the picture. */
  bytes: number
}

export const PAPER_BYTES_MAX = 50 * 1024 * 1024
/** What is smaller on both sides is a viewer's button, not a paper. */
const EDGE_MIN_PIXELS = 256
const INFLATED_MAX_BYTES = 32 * 1024 * 1024
const INFLATED_ALL_MAX_BYTES = 256 * 1024 * 1024
/** Before its data a stream says what it is: this much of it is looked at. */
const STREAM_DICTIONARY_BYTES = 2048

/** @throws nothing: what it cannot read is its fault. */
export function paperOf(kind: 'pdf' | 'jpeg' | 'png', bytes: Buffer): Paper {
  if (bytes.length > PAPER_BYTES_MAX) return { dangers: [], fault: 'too-large' }
  if (kind === 'pdf') return pdf(bytes)
  if (kind === 'png') return { dangers: [], fault: isButton(bytes) ? 'small' : 'png' }
  const picture = jpegPicture(bytes)
  if (typeof picture === 'string') return { dangers: [], fault: picture }
  return Math.max(picture.rows, picture.columns) < EDGE_MIN_PIXELS
    ? { dangers: [], fault: 'small' }
    : { dangers: [], picture }
}

/** Width and height stand in the first chunk (ISO/IEC 15948, 11.2.2). */
function isButton(png: Buffer): boolean {
  return png.length < 24 || Math.max(png.readUInt32BE(16), png.readUInt32BE(20)) < EDGE_MIN_PIXELS
}

const NAMES: Readonly<Record<string, PaperDanger>> = {
  JavaScript: 'script',
  XFA: 'script',
  Launch: 'launch',
  SubmitForm: 'launch',
  ImportData: 'launch',
  EmbeddedFile: 'attachment',
  EmbeddedFiles: 'attachment',
  RichMedia: 'attachment',
  Encrypt: 'locked',
}

/** ISO 32000-1: actions are dictionaries that name their kind, in the file itself or in its object streams (7.5.7). */
function pdf(bytes: Buffer): Paper {
  // The mark of its end stands within the last 1024 bytes (Annex H.3, note 18).
  if (!bytes.subarray(-2048).includes('%%EOF')) return { dangers: [], fault: 'broken' }
  const dangers = new Set<PaperDanger>()
  const names = (part: Buffer) => {
    for (const [, name = ''] of part.toString('latin1').matchAll(/\/([^\s()<>[\]{}/%]{2,64})/g)) {
      const danger = NAMES[unescaped(name)]
      if (danger !== undefined) dangers.add(danger)
    }
  }
  names(bytes)
  let inflatedBytes = 0
  for (let at = bytes.indexOf('stream'); at >= 0; at = bytes.indexOf('stream', at + 6)) {
    const dictionary = unescaped(
      bytes
        .toString('latin1', Math.max(0, at - STREAM_DICTIONARY_BYTES), at)
        .split('endobj')
        .at(-1) ?? '',
    )
    if (bytes.toString('latin1', at - 3, at) === 'end' || !dictionary.includes('ObjStm')) continue
    const start = at + 6 + (bytes[at + 6] === 0x0d ? 2 : 1)
    try {
      if (!/FlateDecode/.test(dictionary)) throw new Error('another filter')
      const inside = inflateSync(bytes.subarray(start), { maxOutputLength: INFLATED_MAX_BYTES })
      inflatedBytes += inside.length
      if (inflatedBytes > INFLATED_ALL_MAX_BYTES) throw new Error('too much')
      names(inside)
    } catch {
      // What cannot be looked into may hold anything.
      dangers.add('hidden')
    }
  }
  return { dangers: [...dangers].sort() }
}

/** A name may be written with its characters as `#xx` (7.3.5). */
function unescaped(name: string): string {
  return name.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Markers of ITU-T T.81, Table B.1. */
const SOF_BASELINE = 0xc0
const SOF_LAST = 0xcf
const NOT_FRAMES = new Set([0xc4, 0xc8, 0xcc])
const SOS = 0xda
const EOI = 0xd9
const APP0 = 0xe0
const APP14 = 0xee

/** The one image of a JPEG Baseline file with 8 bits and one or three components, or why it is none. */
function jpegPicture(bytes: Buffer): JPEGPicture | PaperFault {
  let frame: { rows: number; columns: number; components: { id: number }[] } | undefined
  let jfif = false
  let transform: number | undefined
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return 'broken'
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    const length = bytes.readUInt16BE(at + 2)
    const body = bytes.subarray(at + 4, at + 2 + length)
    if (marker === APP0 && body.toString('latin1', 0, 4) === 'JFIF') jfif = true
    if (marker === APP14 && body.toString('latin1', 0, 5) === 'Adobe') transform = body[11]
    if (marker >= SOF_BASELINE && marker <= SOF_LAST && !NOT_FRAMES.has(marker)) {
      if (marker !== SOF_BASELINE) return 'progressive'
      const count = body[5] ?? 0
      if (body.length < 6 + 3 * count) return 'broken'
      if (body[0] !== 8 || (count !== 1 && count !== 3)) return 'colours'
      frame = {
        rows: body.readUInt16BE(1),
        columns: body.readUInt16BE(3),
        components: Array.from({ length: count }, (_, index) => ({ id: body[6 + 3 * index] ?? 0 })),
      }
    }
    at += 2 + length
    if (marker === SOS) {
      const end = endOfPicture(bytes, at)
      if (frame === undefined || frame.rows === 0 || frame.columns === 0 || end === undefined) return 'broken'
      const { rows, columns, components } = frame
      return { rows, columns, photometric: photometricOf(components, jfif, transform), bytes: end }
    }
  }
  return 'broken'
}

/** The scans end at the first EOI: inside of them 0xFF is followed by 0 or a restart, between them stand segments. */
function endOfPicture(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === EOI) return at + 2
  return undefined
}

/**
 * As the colours were transformed: Adobe says it, JFIF implies it, components named R, G, B are it. JPEG Baseline has one
 * name for what was transformed, however it is sampled (PS3.5 table 8.2.1-1).
 */
function photometricOf(
  components: readonly { id: number }[],
  jfif: boolean,
  transform: number | undefined,
): JPEGPicture['photometric'] {
  if (components.length === 1) return 'MONOCHROME2'
  const ids = components.map(({ id }) => String.fromCharCode(id)).join('')
  if (!jfif && (transform === undefined ? ids === 'RGB' : transform === 0)) return 'RGB'
  return 'YBR_FULL_422'
}

/** A title a person can read, of a file's name: no folders, no extension, no underscores, nothing invisible. */
export function paperTitle(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? ''
  const title = name
    .replace(/\.[A-Za-z0-9]{1,5}(;\d+)?$/, '')
    .normalize('NFC')
    .replace(/[\p{C}\\^=_]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 64)
  return title === '' ? 'Document' : title
}
