import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { Fault } from '../journal/verify.js'
import { hasTable } from '../journal/verify-moves.js'
import { volumePath } from '../journal/volume-bodies.js'
import { reading } from './check-reading.js'
import type { StateCheck } from './verification.js'

interface Row {
  id: string
  what: 'act' | 'images'
  request: string
  reference: string
  state: 'executing' | 'done'
  fact: number
  certificate: string
  type: string | null
  ids: string | null
  body: string | null
}

interface Said {
  erased: number[]
  at: string
  volumes: { year: number; before: string; after: string }[]
}

const DESTROYED = `SELECT d.id, d.what, d.request, d.reference, d.state, d.fact, d.certificate, j.type, j.ids,
  coalesce(b.body, moved_body(d.fact)) AS body FROM destructions d LEFT JOIN journal j ON j.seq = d.fact
  LEFT JOIN journal_bodies b ON b.seq = d.fact WHERE d.state IN ('executing', 'done') ORDER BY d.fact`

/** Acts whose record was destroyed by a certificate; none in a file from before there were any. */
export function destroyedActs(db: Sqlite.Database): ReadonlySet<string> {
  if (!hasTable(db, 'destructions')) return new Set()
  const rows = db.prepare(
    "SELECT request FROM destructions WHERE what = 'act' AND state IN ('executing', 'done')",
  )
  return new Set(rows.pluck().all() as string[])
}

/** What the file of a closed volume may be now: while a destruction is under way, the one before it too. */
export function standingDigests(db: Sqlite.Database, year: number, closed: string): string[] {
  if (!hasTable(db, 'archive_successors')) return [closed]
  const rows = db
    .prepare('SELECT fact, before, sha256 FROM archive_successors WHERE year = ? ORDER BY fact')
    .all(year) as { fact: number; before: string; sha256: string }[]
  const last = rows.at(-1)
  if (last === undefined) return [closed]
  const pending = db
    .prepare("SELECT 1 FROM destructions WHERE fact = ? AND state = 'executing'")
    .get(last.fact)
  return pending === undefined ? [last.sha256] : [last.sha256, last.before]
}

/** What was destroyed, as a person is told of it. */
export interface DestroyedView {
  certificate: string
  what: 'act' | 'images'
  reference: string
  /** The entry of the journal. */
  fact: number
  bodies: number
  at: string
  /** False while its last steps are still to come. */
  done: boolean
}

export function destroyedIn(file: string): DestroyedView[] {
  return reading(file, db =>
    hasTable(db, 'destructions')
      ? (db.prepare(DESTROYED).all() as Row[]).map(row => {
          const said = saidIn(row.certificate)
          return {
            certificate: row.id,
            what: row.what,
            reference: row.reference,
            fact: row.fact,
            bodies: said?.erased.length ?? 0,
            at: said?.at ?? '',
            done: row.state === 'done',
          }
        })
      : [],
  )
}

/** What a certificate says was destroyed is gone, all of it, and nothing was destroyed without one. */
export const destructions: StateCheck = {
  name: 'every destruction against its certificate',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const here = db.prepare('SELECT 1 FROM requests WHERE id = ?')
      const pending = db.prepare('SELECT 1 FROM destroyed_files WHERE destruction = ?')
      const successor = db.prepare(
        'SELECT before, sha256 FROM archive_successors WHERE year = ? AND fact = ?',
      )
      const erasedBy = db.prepare('SELECT seq FROM journal_erasures WHERE fact = ? ORDER BY seq').pluck()
      const rows = db.prepare(DESTROYED).all() as Row[]
      for (const row of rows) {
        const fault = (what: string) =>
          faults.push({ seq: row.fact, what: `certificate ${row.id} of ${row.reference} ${what}` })
        const said = saidIn(row.certificate)
        const ids = row.ids === null ? undefined : (JSON.parse(row.ids) as Record<string, string>)
        if (said === undefined || row.type !== 'bodies-erased' || ids?.['destruction'] !== row.id)
          fault('stands in no entry')
        else if (row.body !== null && !isSame(row.body, row.certificate))
          fault('says otherwise than its entry')
        else if (said.erased.join() !== (erasedBy.all(row.fact) as number[]).join())
          fault('does not name the entries that were erased')
        else {
          for (const { year, before, after } of said.volumes) {
            const kept = successor.get(year, row.fact) as { before: string; sha256: string } | undefined
            if (kept?.before !== before || kept.sha256 !== after)
              fault(`names another successor of the volume of ${year}`)
          }
          if (row.what === 'act' && here.get(row.request) !== undefined)
            fault('says that the act was destroyed, and it is here')
          if (row.state === 'done') {
            if (pending.get(row.id) !== undefined) fault('left files behind')
            for (const year of left(db, file, row, said)) fault(`left something in the volume of ${year}`)
          }
        }
      }
      const forgotten = db.prepare("SELECT seq, ids FROM journal WHERE type = 'bodies-erased'")
      for (const { seq, ids } of forgotten.all() as { seq: number; ids: string }[]) {
        const { destruction } = JSON.parse(ids) as Record<string, string>
        if (destruction !== undefined && !rows.some(({ id, fact }) => id === destruction && fact === seq))
          faults.push({ seq, what: 'the destruction it records is forgotten' })
      }
      return faults
    }),
}

/** The volumes that still hold something of it. */
function left(db: Sqlite.Database, file: string, row: Row, said: Said): number[] {
  const years = new Set([
    ...(db.prepare('SELECT year FROM act_seals WHERE request = ?').pluck().all(row.request) as number[]),
    ...said.volumes.map(({ year }) => year),
  ])
  return [...years].filter(year => {
    const path = volumePath(file, year)
    // A volume that is gone or cannot be read is named by the check of the volumes.
    if (!existsSync(path)) return false
    try {
      const volume = new Sqlite(path, { readonly: true })
      try {
        const acts = volume.prepare('SELECT 1 FROM acts WHERE request = ?')
        const body = volume.prepare(
          'SELECT 1 FROM bodies WHERE seq IN (SELECT value FROM json_each(?)) LIMIT 1',
        )
        return (
          (row.what === 'act' && acts.get(row.request) !== undefined) ||
          body.get(JSON.stringify(said.erased)) !== undefined
        )
      } finally {
        volume.close()
      }
    } catch {
      return false // named by the check of the volumes
    }
  })
}

function saidIn(certificate: string): Said | undefined {
  try {
    return JSON.parse(certificate) as Said
  } catch {
    return undefined // said of its entry
  }
}

/** The entry's body is the certificate, and from where it was done. */
function isSame(body: string, certificate: string): boolean {
  const { origin: _, ...said } = JSON.parse(body) as Record<string, unknown>
  const keys = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(keys(said)) === JSON.stringify(keys(JSON.parse(certificate) as object))
}
