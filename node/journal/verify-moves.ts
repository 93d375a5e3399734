import type Sqlite from 'better-sqlite3'
import { Failure } from '../errors.js'
import { type Body, type Move, type Moved, movesIn } from './volume-bodies.js'

type Report = (seq: number | null, what: string) => void

export function hasTable(db: Sqlite.Database, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined
}

/** Gives rows the bodies that lie in closed volumes; a volume that cannot be read is named once, at the first entry that misses it. */
export function movedBodies(moved: Moved, fault: (seq: number, what: string, year: number) => void) {
  const unreadable = new Set<number>()
  return {
    fill(row: {
      seq: number
      salt: Buffer | null
      body: string | null
      erased_by: number | null
      beyond?: true
    }): void {
      if (row.body !== null || row.erased_by !== null) return
      const move = moved.moveOf(row.seq)
      if (move === undefined) return
      const found = unreadable.has(move.year) ? null : read(row.seq, move)
      if (found === null) row.beyond = true
      else Object.assign(row, found)
    },
  }

  function read(seq: number, { year }: Move): Body | undefined | null {
    try {
      return moved.get(seq)
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      unreadable.add(year)
      fault(seq, thrown.message, year)
      return null
    }
  }
}

/** Where bodies are said to lie is what the entry of the closing says, and what it says was not forgotten. `faulty`: named already. */
export function checkedMoves(db: Sqlite.Database, faulty: ReadonlySet<number>, fault: Report): void {
  if (!hasTable(db, 'journal_moves')) return
  const moves = movesIn(db)
  const closings = db
    .prepare(
      `SELECT j.seq, coalesce(b.body, moved_body(j.seq)) AS body FROM journal j
       LEFT JOIN journal_bodies b ON b.seq = j.seq WHERE j.type = 'volume-closed'`,
    )
    .all() as { seq: number; body: string | null }[]
  for (const move of moves) {
    const closing = closings.find(({ seq }) => seq === move.fact)
    if (faulty.has(move.fact)) continue
    if (closing === undefined)
      fault(
        null,
        `bodies are said to lie in the volume of ${move.year}, and entry ${move.fact} does not say so`,
      )
    else if (closing.body !== null && !says(closing.body, move))
      fault(move.fact, `where the bodies of its year lie (${move.first} to ${move.last}) is noted otherwise`)
  }
  for (const { seq, body } of closings)
    if (!faulty.has(seq) && said(body)?.bodies !== undefined && !moves.some(({ fact }) => fact === seq))
      fault(seq, 'that it closed the volume in which the bodies of its year lie is forgotten')
}

function says(body: string, { year, first, last }: Move): boolean {
  const closing = said(body)
  return closing?.year === year && closing.bodies?.first === first && closing.bodies.last === last
}

function said(
  body: string | null,
): { year?: number; bodies?: { first?: number; last?: number } } | undefined {
  try {
    return JSON.parse(body ?? 'null') ?? undefined
  } catch {
    return undefined // its entry is named by the chain
  }
}
