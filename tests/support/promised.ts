import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { digestOf, type PhantomFile } from './phantoms.js'

/** What is on disk for these images, read without the program: digests by UID where a row and its file fit. */
function stored(folder: string, files: readonly PhantomFile[]): Map<string, string | undefined> {
  const db = new Sqlite(join(folder, 'relais.sqlite'), { readonly: true })
  try {
    const find = db.prepare(
      'SELECT o.bucket, o.name, o.dataset_offset AS start FROM instances i JOIN objects o ON o.name = i.object WHERE i.uid = ?',
    )
    return new Map(
      files.map(({ sopInstanceUID }) => {
        const row = find.get(sopInstanceUID) as { bucket: string; name: string; start: number } | undefined
        const path = row === undefined ? undefined : join(folder, 'objects', row.bucket, row.name)
        return [
          sopInstanceUID,
          path === undefined ? undefined : digestOf(readFileSync(path).subarray(row?.start)),
        ]
      }),
    )
  } finally {
    db.close()
  }
}

/** Of what a sender was promised, the UIDs that a data folder does not hold, or not as they were. */
export function lost(folder: string, promised: readonly PhantomFile[]): string[] {
  const held = stored(folder, promised)
  return promised
    .filter(({ sopInstanceUID, digest }) => held.get(sopInstanceUID) !== digest)
    .map(({ sopInstanceUID }) => sopInstanceUID)
}
