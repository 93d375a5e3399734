import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import { temporary } from './node.js'

/** A copy edited as somebody would who has the file and any tool: no trigger, no check, no foreign key. Gives its path. */
export function editedCopy(
  t: Pick<ExecutionContext, 'teardown'>,
  file: string,
  edit: (db: Sqlite.Database) => void,
): string {
  const copy = join(temporary(t), 'copy.sqlite')
  copyFileSync(file, copy)
  const db = unguarded(copy)
  edit(db)
  db.close()
  return copy
}

/** A database without its guards. */
export function unguarded(file: string): Sqlite.Database {
  const db = new Sqlite(file)
  db.pragma('foreign_keys = OFF')
  db.pragma('ignore_check_constraints = ON')
  const triggers = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .pluck()
    .all() as string[]
  for (const name of triggers) db.exec(`DROP TRIGGER ${name}`)
  return db
}

/** The value with one bit of one of its bytes changed, as its own type. */
export function flipped(value: unknown, at: number, bit: number): unknown {
  if (typeof value === 'number') return value ^ (1 << (bit % 20))
  const bytes = Buffer.from(value as Buffer | string)
  const index = at % bytes.length
  bytes[index] = (bytes[index] as number) ^ (1 << bit)
  return typeof value === 'string' ? bytes.toString('latin1') : bytes
}
