import Sqlite from 'better-sqlite3'
import { readsMoved } from '../journal/volume-bodies.js'

/** One snapshot of a database file, read-only; `moved_body(seq)` gives what lies in a closed volume. */
export function reading<T>(file: string, work: (db: Sqlite.Database) => T): T {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    db.exec('BEGIN')
    const moved = readsMoved(db, file)
    try {
      return work(db)
    } finally {
      moved.close()
    }
  } finally {
    db.close()
  }
}
