import * as fs from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'

const open = promisify(fs.open)
const fsync = promisify(fs.fsync)
const close = promisify(fs.close)

/** A descriptor nobody asked for this long is given back: buckets are many over time, few are being filled. */
const IDLE_MS = 1000

/**
 * fsync of a folder, shared: whoever asks while one is under way waits for the next one, which serves all of them.
 * A rename is durable only after it (POSIX says nothing of the entry before).
 */
export function openFolderSync(folder: string): () => Promise<void> {
  let current: Promise<void> | undefined
  /** Not begun yet: it serves whoever joins it. */
  let next: Promise<void> | undefined
  // Kept from one to the next: opening and closing are two more turns through the thread pool, for every object.
  let kept: Promise<number> | undefined
  let idle: NodeJS.Timeout | undefined

  const letGo = async () => {
    const opened = kept
    kept = undefined
    const descriptor = await opened?.catch(() => undefined) // it never came to be: nothing to close
    if (descriptor !== undefined) await close(descriptor).catch(() => undefined) // nothing was written through it
  }
  const sync = async () => {
    kept ??= open(folder, 'r')
    try {
      await fsync(await kept)
    } catch (thrown) {
      // A descriptor tells its error once and would say yes the next time (fsync(2)); a failed open is no descriptor.
      await letGo()
      throw thrown
    }
  }
  const begin = async () => {
    // Renames that ended in this turn of the loop come together. One under way may have begun before the caller's
    // rename, so that it proves nothing for it; its own waiters have its failure.
    if (current === undefined) await turn()
    else await current.catch(() => undefined)
    next = undefined
    clearTimeout(idle)
    current = sync().finally(() => {
      current = undefined
      idle = setTimeout(() => void letGo(), IDLE_MS).unref()
    })
    await current
  }
  return () => {
    next ??= begin()
    return next
  }
}
