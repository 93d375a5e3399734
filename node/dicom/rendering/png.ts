import { crc32, deflateSync } from 'node:zlib'
import type { Raster } from './scaling.js'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const GREY = 0
const COLOUR = 2
/** Each line as its difference from the one above (PNG §9.2): what anatomy compresses well by. */
const FILTER_UP = 2

/** A picture as PNG (ISO/IEC 15948): one byte a pixel where it is grey, three where it is not. */
export function pngOf({ width, height, data }: Raster): Buffer {
  const grey = isGrey(data)
  const samples = grey ? 1 : 3
  const lines = Buffer.alloc(height * (1 + width * samples))
  for (let y = 0; y < height; y++) {
    const line = y * (1 + width * samples)
    lines[line] = FILTER_UP
    for (let x = 0; x < width; x++)
      for (let sample = 0; sample < samples; sample++) {
        const from = (y * width + x) * 4 + sample
        const above = y === 0 ? 0 : (data[from - width * 4] ?? 0)
        lines[line + 1 + x * samples + sample] = ((data[from] ?? 0) - above) & 0xff
      }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8 // bits a sample
  head[9] = grey ? GREY : COLOUR
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function isGrey(data: Uint8Array): boolean {
  for (let at = 0; at + 2 < data.length; at += 4)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false
  return true
}

function chunk(type: string, bytes: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), bytes])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(bytes.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
