import { fail } from '../../errors.js'
import { breaks } from './broken.js'
import type { Header } from './header.js'

const ITEM = 0xfffee000
const SEQUENCE_END = 0xfffee0dd
const MAX_FRAGMENTS = 500_000

/** Bytes at an offset; fewer where the data ends before. */
export type ByteReader = (offset: number, bytes: number) => Promise<Buffer>

/**
 * Throws where the pixels break off before their end: native ones say how long they are, the fragments of encapsulated ones
 * end with a delimiter (PS3.5 A.4). Offsets are those of the header; not for deflated data sets.
 *
 * @throws Failure `invalid`, naming the byte.
 */
export async function demandWholePixels({ pixels }: Header, size: number, read: ByteReader): Promise<void> {
  if (pixels === undefined) return
  if (pixels.length !== undefined) {
    const missing = pixels.offset + pixels.length - size
    if (missing > 0)
      breaks('ends', size, `the file ends at byte ${size}: ${missing} bytes of its pixels are missing`)
    return
  }
  let at = pixels.offset
  for (let fragments = 0; fragments < MAX_FRAGMENTS; fragments += 1) {
    const head = await read(at, 8)
    if (head.length < 8) breaks('ends', size, `the file ends at byte ${size}, inside its compressed pixels`)
    const tag = head.readUInt16LE(0) * 0x10000 + head.readUInt16LE(2)
    if (tag === SEQUENCE_END) return
    if (tag !== ITEM) breaks('damaged', at, `the compressed pixels are broken at byte ${at}`)
    at += 8 + head.readUInt32LE(4)
    if (at > size)
      breaks('ends', size, `the file ends at byte ${size}: ${at - size} bytes of its pixels are missing`)
  }
  fail('too-large', `more than ${MAX_FRAGMENTS} fragments of pixels`)
}
