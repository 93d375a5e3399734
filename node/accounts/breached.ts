import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure, reasonOf } from '../errors.js'

/**
 * Looks a password up in the operator's list of stolen ones: SHA-1 digests in hexadecimal, sorted, one a line, with
 * or without `:count` behind, as Have I Been Pwned gives them (gigabytes). It is searched where it lies, some forty
 * short reads a question, and never loaded. Shortened digests are taken for all that begin so.
 */
export interface Breached {
  has(password: string): Promise<boolean>
}

/** Longer than any line of such a list. */
const LINE_MAX_BYTES = 128

export function openBreached(path: string | null): Breached {
  if (path === null) return { has: async () => false }
  return {
    has: async password => {
      const wanted = createHash('sha1').update(password.normalize('NFKC')).digest('hex').toUpperCase()
      const file = await openList(path)
      try {
        return await search(file, (await file.stat()).size, wanted)
      } finally {
        await file.close()
      }
    },
  }
}

async function openList(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (thrown) {
    const why = `The list of stolen passwords (accounts.breachedPasswordsFile) cannot be read: ${reasonOf(thrown)}.`
    throw new Failure('unavailable', why, [], thrown)
  }
}

/** Binary search over the first bytes of lines: the last line that is not behind the wanted one is compared. */
async function search(file: FileHandle, size: number, wanted: string): Promise<boolean> {
  let [from, to] = [0, size]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    const line = await lineFrom(file, middle)
    if (line === null || line.at >= to) {
      // No line begins in the upper half: only what begins below is left.
      to = middle
      continue
    }
    const { digest, at, next } = line
    if (digest !== '' && wanted.startsWith(digest)) return true
    if (digest !== '' && digest > wanted) to = Math.min(middle, at)
    else from = next
  }
  return false
}

/** The first line that begins at `offset` or after it. */
async function lineFrom(
  file: FileHandle,
  offset: number,
): Promise<{ digest: string; at: number; next: number } | null> {
  // One byte before, to see whether a line begins exactly here.
  const start = Math.max(0, offset - 1)
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(2 * LINE_MAX_BYTES),
    0,
    2 * LINE_MAX_BYTES,
    start,
  )
  const bytes = buffer.subarray(0, bytesRead).toString('latin1')
  const begins = offset === 0 ? 0 : bytes.indexOf('\n') + 1
  if (offset !== 0 && begins === 0) return null
  if (begins >= bytes.length) return null
  const ends = bytes.indexOf('\n', begins)
  const text = bytes.slice(begins, ends === -1 ? undefined : ends)
  const digest = /^[0-9a-f]{5,40}/i.exec(text)?.[0]?.toUpperCase() ?? ''
  return { digest, at: start + begins, next: start + begins + text.length + 1 }
}
