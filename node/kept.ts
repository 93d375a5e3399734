import type { Database } from './database.js'

/** What was read of some tables, kept as long as nothing was written to them. */
export interface Kept<T extends object> {
  /** What is kept under the key, else what is read now; what is not there is asked for each time. */
  get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined>
  /** Runs a commit that changes what one key stands for and nothing else: the others are kept, unless somebody wrote too. */
  change(key: string, to: T, commit: () => Promise<unknown>): Promise<void>
}

/** `max`: so many at once; the one kept longest goes first. `read` may look at these tables and at nothing else. */
export function openKept<T extends object>(
  db: Pick<Database, 'written'>,
  tables: readonly string[],
  max: number,
): Kept<T> {
  const values = new Map<string, T>()
  let written = db.written(tables)
  /** Forgets everything when something was written; gives the count that what is read from now on belongs to. */
  const current = (): number => {
    const now = db.written(tables)
    if (now !== written) values.clear()
    written = now
    return now
  }
  return {
    get: async (key, read) => {
      const before = current()
      const known = values.get(key)
      if (known !== undefined) return known
      const value = await read()
      // Written to meanwhile: it may be what was there before.
      if (value === undefined || current() !== before) return value
      if (values.size >= max) values.delete(values.keys().next().value as string)
      values.set(key, value)
      return value
    },
    change: async (key, to, commit) => {
      const before = current()
      await commit()
      if (written !== before || db.written(tables) !== before + 1) return
      written = before + 1
      if (values.has(key)) values.set(key, to)
    },
  }
}
