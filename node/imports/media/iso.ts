import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { breaks } from '../../dicom/format/broken.js'
import { type IsoFile, readIsoVolume } from './iso9660.js'
import type { Medium, MediumLimits } from './medium.js'

const CHUNK_BYTES = 256 * 1024

/** An ISO image: read in place, never mounted. */
export async function openIso(path: string, limits: MediumLimits): Promise<Medium> {
  const file = await open(path, 'r')
  try {
    const volume = await readIsoVolume(file, limits)
    return {
      kind: 'iso',
      label: volume.label,
      files: () => volume.files(),
      read: async entry => Readable.from(bytesOf(entry as IsoFile), { objectMode: false }),
      close: () => file.close(),
    }
  } catch (thrown) {
    await file.close()
    throw thrown
  }

  async function* bytesOf({ extents }: IsoFile): AsyncIterable<Buffer> {
    for (const { offset, bytes } of extents)
      for (let at = 0; at < bytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - at))
        const { bytesRead } = await file.read(chunk, 0, chunk.length, offset + at)
        if (bytesRead === 0) breaks('ends', offset + at, `the image ends at byte ${offset + at}`)
        yield chunk.subarray(0, bytesRead)
        at += bytesRead
      }
  }
}
