import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { Fault } from '../journal/verify.js'
import { volumePath } from '../journal/volume-bodies.js'
import { reading } from './check-reading.js'
import { destroyedActs, standingDigests } from './destruction-checks.js'
import type { StateCheck } from './verification.js'

const CHUNK_BYTES = 1024 * 1024

interface SealRow {
  request: string
  part: number
  fact: number
  year: number
  manifest: string
  sha256: string
  body: string | null
}

/** A sealed record is the bytes that were sealed, and a closed volume the whole file that was closed. */
export const sealedRecords: StateCheck = {
  name: 'every sealed record and closed volume of the archive against the entries that seal them',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const pathOf = (year: number) => volumePath(file, year)
      const destroyed = destroyedActs(db)
      const seals = db
        .prepare(
          'SELECT s.*, coalesce(b.body, moved_body(s.fact)) AS body FROM act_seals s LEFT JOIN journal_bodies b ON b.seq = s.fact ORDER BY s.year, s.fact',
        )
        .all()
        // Destroyed by a certificate, which has a check of its own.
        .filter(row => !destroyed.has((row as SealRow).request)) as SealRow[]
      for (const year of new Set(seals.map(row => row.year)))
        faults.push(
          ...partFaults(
            pathOf(year),
            seals.filter(row => row.year === year),
          ),
        )
      const sealed = db.prepare(
        "SELECT seq FROM journal WHERE type = 'act-sealed' AND seq NOT IN (SELECT fact FROM act_seals)",
      )
      for (const seq of sealed.pluck().all() as number[])
        faults.push({ seq, what: 'the sealed record it names is forgotten' })
      const volumes = db
        .prepare(
          'SELECT v.*, coalesce(b.body, moved_body(v.fact)) AS body FROM archive_volumes v LEFT JOIN journal_bodies b ON b.seq = v.fact',
        )
        .all() as { year: number; fact: number; sha256: string; body: string | null }[]
      for (const { year, fact, sha256, body } of volumes) {
        const said = body === null ? undefined : (JSON.parse(body) as { sha256: string }).sha256
        const path = pathOf(year)
        if (said !== undefined && said !== sha256)
          faults.push({ seq: fact, what: `the volume of ${year} is noted otherwise` })
        else if (!existsSync(path)) faults.push({ seq: fact, what: `the volume of ${year} is gone` })
        else if (!standingDigests(db, year, sha256).includes(digestOf(path)))
          faults.push({ seq: fact, what: `the volume of ${year} was changed after it was closed` })
      }
      return faults
    }),
}

function partFaults(path: string, seals: readonly SealRow[]): Fault[] {
  const fault = ({ fact, request, part, year }: SealRow, why: string): Fault => ({
    seq: fact,
    what: `part ${part} of the record of ${request} in the volume of ${year} ${why}`,
  })
  if (!existsSync(path)) return seals.map(row => fault(row, 'is gone'))
  try {
    const db = new Sqlite(path, { readonly: true })
    try {
      const bundle = db.prepare('SELECT bundle FROM acts WHERE request = ? AND part = ?').pluck()
      return seals.flatMap(row => {
        const said = row.body === null ? row : (JSON.parse(row.body) as { sha256: string; manifest: string })
        if (said.sha256 !== row.sha256 || said.manifest !== row.manifest)
          return [fault(row, 'is noted otherwise than it was sealed')]
        const bytes = bundle.get(row.request, row.part) as Buffer | undefined
        if (bytes === undefined) return [fault(row, 'is gone')]
        const digest = createHash('sha256').update(bytes).digest('hex')
        return digest === row.sha256 ? [] : [fault(row, 'was changed')]
      })
    } finally {
      db.close()
    }
  } catch (thrown) {
    const why = existsSync(`${path}-journal`)
      ? 'waits for the next start, which undoes what was half written'
      : `cannot be read: ${(thrown as Error).message}`
    return seals.map(row => fault(row, why))
  }
}

function digestOf(path: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const bytes = readSync(file, chunk, 0, chunk.length, null)
      if (bytes === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytes))
    }
  } finally {
    closeSync(file)
  }
}
