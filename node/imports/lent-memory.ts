/**
 * Memory for the files of a disc, used again from one to the next: what is allocated anew for each must be cleared by the
 * kernel and collected by the machine, which takes longer than to read a file that is at hand.
 */
const PIECE_BYTES = 256 * 1024
/** Larger files are few, and come in pieces. */
const LENT_MAX_BYTES = 4 * 1024 * 1024
/** Kept while nobody uses it. */
const KEPT_MAX_BYTES = 16 * 1024 * 1024

const free: Buffer[] = []
let freeBytes = 0

/** Memory of at least so many bytes, holding whatever was in it; undefined where they are too many. */
export function lend(bytes: number): Buffer | undefined {
  if (bytes > LENT_MAX_BYTES) return undefined
  const at = free.findIndex(each => each.length >= bytes)
  const [found] = at < 0 ? [] : free.splice(at, 1)
  if (found === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / PIECE_BYTES) * PIECE_BYTES)
  freeBytes -= found.length
  return found
}

export function giveBack(memory: Buffer): void {
  if (freeBytes + memory.length > KEPT_MAX_BYTES) return
  free.push(memory)
  freeBytes += memory.length
}
