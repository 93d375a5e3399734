import { type Syntax, UNDEFINED } from './element-head.js'

const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
const ITEM = 0xfffee000

/** One element as bytes (PS3.5 7.1): padded to an even length, as its VR wants it. */
export function writeElement(tag: number, vr: string, value: Buffer, syntax: Syntax): Buffer {
  const padding = value.length % 2 === 0 ? '' : vr === 'UI' || vr.startsWith('O') ? '\0' : ' '
  const padded = padding === '' ? value : Buffer.concat([value, Buffer.from(padding, 'latin1')])
  return Buffer.concat([writeHead(tag, vr, padded.length, syntax), padded])
}

/** A sequence of items, each already written; lengths are defined. */
export function writeSequence(tag: number, items: readonly Buffer[], syntax: Syntax): Buffer {
  return writeElement(tag, 'SQ', Buffer.concat(items.map(item => writeItem(item, syntax))), syntax)
}

export function writeItem(elements: Buffer, syntax: Syntax): Buffer {
  const head = Buffer.alloc(8)
  putTag(head, ITEM, syntax)
  put32(head, 4, elements.length, syntax)
  return Buffer.concat([head, elements])
}

/** Tag, VR and length; the length may be {@link UNDEFINED}. */
export function writeHead(tag: number, vr: string, length: number, syntax: Syntax): Buffer {
  const long = syntax.explicitVR && LONG.has(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  putTag(head, tag, syntax)
  if (!syntax.explicitVR) put32(head, 4, length, syntax)
  else {
    head.write(vr, 4, 'latin1')
    if (long) put32(head, 8, length, syntax)
    else if (length > 0xffff && length !== UNDEFINED)
      throw new Error(`a ${vr} of ${length} bytes cannot be written in explicit VR`)
    else put16(head, 6, length, syntax)
  }
  return head
}

function putTag(bytes: Buffer, tag: number, syntax: Syntax): void {
  put16(bytes, 0, tag >>> 16, syntax)
  put16(bytes, 2, tag & 0xffff, syntax)
}

function put16(bytes: Buffer, at: number, value: number, { littleEndian }: Syntax): void {
  if (littleEndian) bytes.writeUInt16LE(value, at)
  else bytes.writeUInt16BE(value, at)
}

function put32(bytes: Buffer, at: number, value: number, { littleEndian }: Syntax): void {
  if (littleEndian) bytes.writeUInt32LE(value >>> 0, at)
  else bytes.writeUInt32BE(value >>> 0, at)
}
