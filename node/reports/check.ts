import Sqlite from 'better-sqlite3'
import { provenContent } from './report.js'

interface Row {
  report: string
  version: number
  signed: string
  digest: string
  fact: number
  pdf: string
  reference: string | null
  /** Of the journal's entry; null when lawfully erased. */
  type: string | null
  body: string | null
}

/**
 * Compares every signed version in a database file with its digest and with what the journal committed to, and every
 * recorded signature with its version. Opens the file read-only; one sentence a fault, with the journal's entry.
 */
export function signedReportFaults(file: string): { seq: number; what: string }[] {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    db.exec('BEGIN')
    const faults: { seq: number; what: string }[] = []
    const rows = db.prepare(`
      SELECT v.report, v.version, v.signed, v.digest, v.fact, v.pdf, r.reference, j.type, b.body
      FROM report_versions v LEFT JOIN reports r ON r.id = v.report
      LEFT JOIN journal j ON j.seq = v.fact LEFT JOIN journal_bodies b ON b.seq = v.fact
      ORDER BY v.fact`)
    for (const row of rows.iterate() as IterableIterator<Row>) {
      const what = faultOf(row)
      if (what !== undefined)
        faults.push({
          seq: row.fact,
          what: `version ${row.version} of the report of ${row.reference}: ${what}`,
        })
    }
    const gone = db.prepare(`
      SELECT seq FROM journal WHERE type = 'report-signed' AND seq NOT IN (SELECT fact FROM report_versions)`)
    for (const { seq } of gone.iterate() as IterableIterator<{ seq: number }>)
      faults.push({ seq, what: 'a signature is recorded, but its version is gone' })
    return faults
  } finally {
    db.close()
  }
}

function faultOf(row: Row): string | undefined {
  const content = provenContent(row.signed, row.digest)
  if (content === undefined) return 'the signed bytes do not fit their digest'
  if (content.report !== row.report || content.version !== row.version)
    return 'the signed bytes are those of another version'
  if (row.type !== 'report-signed') return 'no entry of the journal records this signature'
  if (row.body === null) return undefined
  const recorded = JSON.parse(row.body) as { digest?: unknown; pdf?: unknown }
  if (recorded.digest !== row.digest) return 'the journal recorded another digest'
  return recorded.pdf === row.pdf ? undefined : 'the journal recorded another PDF'
}
