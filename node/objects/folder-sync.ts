import { open } from 'node:fs/promises'

/**
 * fsync of a folder, shared: whoever asks while one is under way waits for the next one, which serves all of them.
 * A rename is durable only after it (POSIX says nothing of the entry before).
 */
export function openFolderSync(folder: string): () => Promise<void> {
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined

  const sync = async () => {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  const begin = () => {
    const run = sync().finally(() => {
      current = undefined
    })
    current = run
    return run
  }
  return () => {
    if (current === undefined) return begin()
    // The one under way may have begun before the caller's rename: it proves nothing for it.
    next ??= current
      .catch(() => undefined) // its own waiters have the failure
      .then(() => {
        next = undefined
        return begin()
      })
    return next
  }
}
