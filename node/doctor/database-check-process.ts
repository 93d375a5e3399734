import Sqlite from 'better-sqlite3'
import { sayLast } from '../last-word.js'

/** What the process of the check tells its parent. */
export interface DatabaseSeen {
  /** `ok`, or what SQLite found. */
  faults: string[]
  journalMode: string
}

/** Reads the database file named first, whole, apart from the node: SQLite works without letting others. */
const [, , file = ''] = process.argv
const connection = new Sqlite(file, { readonly: true, fileMustExist: true })
const faults = (connection.pragma('quick_check(20)') as { quick_check: string }[]).map(row => row.quick_check)
const seen: DatabaseSeen = {
  faults: faults.filter(text => text !== 'ok'),
  journalMode: String(connection.pragma('journal_mode', { simple: true })),
}
connection.close()
sayLast(seen)
