import { constants } from 'node:fs'
import { type FileHandle, open, opendir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fail, reasonOf } from '../../errors.js'
import { whyOf } from '../why.js'
import { MAX_PATH_CHARACTERS, type Medium, type MediumFile, type MediumLimits, unreadable } from './medium.js'

interface FolderFile extends MediumFile {
  /** Where it lies on this machine. */
  real: string
}

/** An image of usual size is read in one piece. */
const CHUNK_MAX_BYTES = 1024 * 1024
const CHUNK_MIN_BYTES = 64 * 1024

/** A folder of this machine, a drive's included. Links are not followed: they may lead anywhere. */
export function openFolder(root: string, limits: MediumLimits): Medium {
  async function* walk(folder: string, path: string, depth: number): AsyncIterable<FolderFile> {
    if (depth > limits.maxDepth) fail('too-large', `folders deeper than ${limits.maxDepth}`)
    const entries = []
    for await (const entry of await opendir(folder)) entries.push(entry)
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const real = join(folder, entry.name)
      const full = `${path}${path === '' ? '' : '/'}${entry.name}`
      const shown = full.slice(0, MAX_PATH_CHARACTERS)
      if (entry.isDirectory()) {
        try {
          yield* walk(real, full, depth + 1)
        } catch (thrown) {
          yield { path: `${shown}/`, real, bytes: 0, ...unreadable(reasonOf(thrown), whyOf(thrown)) }
        }
        continue
      }
      if (!entry.isFile()) {
        yield {
          path: shown,
          real,
          bytes: 0,
          ...(entry.isSymbolicLink()
            ? unreadable('it is a link', { code: 'link' })
            : unreadable('it is no file', { code: 'special' })),
        }
        continue
      }
      let handle: FileHandle
      try {
        handle = await opened(real)
      } catch (thrown) {
        yield { path: shown, real, bytes: 0, ...unreadable(reasonOf(thrown), whyOf(thrown)) }
        continue
      }
      const { size } = await handle.stat()
      await handle.close()
      yield { path: shown, real, bytes: size }
    }
  }

  return {
    kind: 'folder',
    label: basename(root),
    files: () => walk(root, '', 1),
    read: async (file): Promise<Readable> =>
      (await opened((file as FolderFile).real)).createReadStream({
        highWaterMark: Math.min(Math.max(file.bytes, CHUNK_MIN_BYTES), CHUNK_MAX_BYTES),
      }),
    readInto: async (file, memory) => {
      const handle = await opened((file as FolderFile).real)
      try {
        let bytes = 0
        while (bytes < memory.length) {
          const { bytesRead } = await handle.read(memory, bytes, memory.length - bytes, bytes)
          bytes += bytesRead
          // What it is said to have is all there: to ask for more would only hear that there is none.
          if (bytesRead === 0 || bytes === file.bytes) break
        }
        return bytes
      } finally {
        await handle.close()
      }
    },
    close: async () => {},
  }
}

/** What became a link since it was listed is not followed either. */
function opened(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
}
