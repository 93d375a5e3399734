import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Database } from '../database.js'
import { Failure, fail, reasonOf } from '../errors.js'
import { commitmentsTo } from './entry.js'
import type { JournalTables } from './schema.js'

/** Bodies of entries `first` to `last`, as they lie in the closed volume of a year. */
export type Move = JournalTables['journal_moves']

/** Salt and body of an entry, as committed to. */
export interface Body {
  salt: Buffer
  body: string
}

/** The file of a year, beside the database. */
export function volumePath(database: string, year: number): string {
  return join(dirname(database), 'archive', `${year}.sqlite`)
}

/**
 * The bodies that lie in closed volumes. `get` gives undefined for an entry whose body was never moved, or that its volume
 * does not hold (erased before it was closed); throws `unavailable`, with the volume's name, where the file is missing
 * or cannot be read. Close it: it holds each volume it read from open.
 */
export function openMoved(database: string, moves: readonly Move[]) {
  const open = new Map<number, Sqlite.Statement>()
  const moveOf = (seq: number) => moves.find(({ first, last }) => first <= seq && seq <= last)

  function statementOf(move: Move): Sqlite.Statement {
    const known = open.get(move.year)
    if (known !== undefined) return known
    const path = volumePath(database, move.year)
    if (!existsSync(path))
      fail('unavailable', `${inWords(move)} is not there. Bring it back from the backup.`)
    const statement = reading(move, () => {
      const db = new Sqlite(path, { readonly: true, fileMustExist: true })
      try {
        return db.prepare('SELECT salt, body FROM bodies WHERE seq = ?')
      } catch (thrown) {
        db.close()
        throw thrown
      }
    })
    open.set(move.year, statement)
    return statement
  }

  return {
    moveOf,
    get(seq: number): Body | undefined {
      const move = moveOf(seq)
      if (move === undefined) return undefined
      const statement = statementOf(move)
      return reading(move, () => statement.get(seq)) as Body | undefined
    },
    close(): void {
      for (const { database: volume } of open.values()) volume.close()
      open.clear()
    },
  }
}
export type Moved = ReturnType<typeof openMoved>

/** The volume and what lies in it, as the subject of a sentence. */
export const inWords = ({ year, first, last }: Move) =>
  `The archive volume ${year}.sqlite, in which the bodies of entries ${first} to ${last} lie,`

function reading<T>(move: Move, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    const why = `${inWords(move)} cannot be read: ${reasonOf(thrown)}. Bring it back from the backup.`
    throw new Failure('unavailable', why, [], thrown)
  }
}

interface Bodiless {
  seq: number
  body: string | null
}

/**
 * The rows with the bodies that were moved, checked against their commitments; null stays only what was erased. Throws
 * `unavailable` where a volume is missing, unreadable, or does not hold what was moved: never takes that for an erasure.
 */
export async function withBodies<Row extends Bodiless>(db: Database, rows: Row[]): Promise<Row[]> {
  if (rows.every(({ body }) => body !== null)) return rows
  const moves = await db.sql<JournalTables>().selectFrom('journal_moves').selectAll().execute()
  if (moves.length === 0) return rows
  const moved = openMoved(db.file, moves)
  try {
    const found: Row[] = []
    for (const row of rows) found.push(row.body === null ? await withBody(db, moved, row) : row)
    return found
  } finally {
    moved.close()
  }
}

async function withBody<Row extends Bodiless>(db: Database, moved: Moved, row: Row): Promise<Row> {
  const move = moved.moveOf(row.seq)
  if (move === undefined) return row
  const sql = db.sql<JournalTables>()
  const erased = await sql
    .selectFrom('journal_erasures')
    .select('seq')
    .where('seq', '=', row.seq)
    .executeTakeFirst()
  if (erased !== undefined) return row
  const found = moved.get(row.seq)
  if (found === undefined) fail('unavailable', `${inWords(move)} does not hold that of entry ${row.seq}.`)
  const entry = await sql
    .selectFrom('journal')
    .select(['body_sha256', 'body_sha3'])
    .where('seq', '=', row.seq)
    .executeTakeFirstOrThrow()
  const { sha256, sha3 } = commitmentsTo(found.salt, found.body)
  if (!sha256.equals(entry.body_sha256) || !sha3.equals(entry.body_sha3))
    fail('unavailable', `${inWords(move)} holds another one than was written in entry ${row.seq}.`)
  return { ...row, ...found }
}

/** The same for a check that reads the file alone: `moved_body(seq)` in its SQL. What cannot be read is NULL: the chain's check names it. */
export function readsMoved(db: Sqlite.Database, file: string): Moved {
  const moved = openMoved(file, movesIn(db))
  db.function('moved_body', (seq: unknown) => {
    try {
      return typeof seq === 'number' ? (moved.get(seq)?.body ?? null) : null
    } catch (thrown) {
      if (thrown instanceof Failure) return null
      throw thrown
    }
  })
  return moved
}

/** None in a database from before bodies were moved. */
export function movesIn(db: Sqlite.Database): Move[] {
  const there = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'journal_moves'").get()
  return there === undefined ? [] : (db.prepare('SELECT * FROM journal_moves ORDER BY first').all() as Move[])
}
