import Sqlite from 'better-sqlite3'
import { Failure, reasonOf } from './errors.js'

/**
 * The right to be the only one at work on a folder, held by the operating system: it ends with the process, however
 * that ends. A file of its own, so that the data can still be read by others meanwhile. Throws `conflict` when
 * somebody else has it, in whichever process.
 */
export function lockFile(file: string): { release(): void } {
  let lock: Sqlite.Database | undefined
  try {
    lock = new Sqlite(file, { timeout: 0 })
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
    const held = lock
    return { release: () => held.close() }
  } catch (thrown) {
    lock?.close()
    if ((thrown as { code?: unknown }).code === 'SQLITE_BUSY')
      throw new Failure('conflict', 'Another Relais already runs on this data folder.', [], thrown)
    throw new Failure('unavailable', `The lock ${file} cannot be taken: ${reasonOf(thrown)}.`, [], thrown)
  }
}
