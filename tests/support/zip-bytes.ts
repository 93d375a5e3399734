import { crc32 as crcOf, deflateRawSync } from 'node:zlib'

export interface Zipped {
  name: string
  body: Buffer
  /** Changes to the two headers, by byte offset: 16-bit and 32-bit values. */
  local?: readonly (readonly [number, number, 2 | 4])[]
  central?: readonly (readonly [number, number, 2 | 4])[]
  /** Points at the data of an earlier entry. */
  over?: number
}

/** A ZIP archive written byte by byte, so that every field of it can lie. */
export function zipOf(
  entries: readonly Zipped[],
  end: readonly (readonly [number, number, 2 | 4])[] = [],
): Buffer {
  const parts: Buffer[] = []
  const central: Buffer[] = []
  const offsets: number[] = []
  let at = 0
  for (const { name, body, local = [], central: changes = [], over } of entries) {
    const packed = deflateRawSync(body)
    const nameBytes = Buffer.from(name, 'utf8')
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x0800, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crcOf(body), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(body.length, 18)
    common.writeUInt16LE(Math.min(nameBytes.length, 65_535), 22)
    const head = changed(Buffer.concat([Buffer.from('504b0304', 'hex'), common]), local)
    const entry = changed(Buffer.concat([Buffer.from('504b01021400', 'hex'), common, Buffer.alloc(14)]), [
      [42, over === undefined ? at : (offsets[over] ?? 0), 4],
      ...changes,
    ])
    central.push(entry, nameBytes)
    offsets.push(at)
    if (over !== undefined) continue
    parts.push(head, nameBytes, packed)
    at += head.length + nameBytes.length + packed.length
  }
  const directory = Buffer.concat(central)
  const tail = Buffer.alloc(22)
  tail.write('PK\x05\x06', 0, 'latin1')
  tail.writeUInt16LE(entries.length, 8)
  tail.writeUInt16LE(entries.length, 10)
  tail.writeUInt32LE(directory.length, 12)
  tail.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, directory, changed(tail, end)])
}

function changed(bytes: Buffer, changes: readonly (readonly [number, number, 2 | 4])[]): Buffer {
  for (const [at, value, size] of changes)
    if (size === 2) bytes.writeUInt16LE(value, at)
    else bytes.writeUInt32LE(value >>> 0, at)
  return bytes
}
