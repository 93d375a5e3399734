import { join } from 'node:path'
import { lockFile } from '../database-lock.js'
import { restore } from '../program/backup.js'
import type { DataFolder } from '../program/folder.js'
import { stateChecks } from '../program/state-checks.js'
import { verifyFile } from '../program/verification.js'

/** `relais restore DIR`: into an empty data folder; then all of it is verified, every stored file included. */
export async function restoreInto(
  folder: DataFolder,
  options: { from: string; passphrase: string | null; progress(text: string): void },
) {
  const lock = lockFile(folder.lock)
  try {
    const report = await restore({ ...options, folder })
    const checked = verifyFile(folder.database, stateChecks, {
      objects: join(folder.root, 'objects'),
      onProgress: seq => options.progress(`${seq} entries verified`),
    })
    return { report, checked }
  } finally {
    lock.release()
  }
}
