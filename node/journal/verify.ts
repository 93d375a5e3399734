import Sqlite from 'better-sqlite3'
import { canonical } from './canonical.js'
import { commitmentsTo, type Digests, entryDigests, GENESIS } from './entry.js'

/** One thing that does not fit. `seq` names the journal entry, where there is one. */
export interface Fault {
  seq: number | null
  what: string
}

export interface ChainCheck {
  entries: number
  erased: number
  /** In order of sequence; at most {@link MAX_FAULTS}, `faultCount` counts them all. */
  faults: Fault[]
  faultCount: number
  head: { seq: number; sha256: string; 'sha3-512': string } | null
}

const MAX_FAULTS = 100

interface Row {
  seq: number
  at: number
  monotonic: number
  boot: string
  site: string | null
  type: string
  version: number
  ids: string
  body_sha256: Buffer
  body_sha3: Buffer
  previous_sha256: Buffer
  previous_sha3: Buffer
  sha256: Buffer
  sha3: Buffer
  salt: Buffer | null
  body: string | null
  erased_by: number | null
  subjects: string | null
}

/**
 * Recomputes the whole journal of a database file, opened read-only: gapless sequence, both digests of every
 * entry and of its predecessor, both commitments to every body, the index of subjects, and a recorded
 * erasure behind every missing body. Works while the node runs.
 */
export function verifyChain(file: string, onProgress: (seq: number) => void = () => {}): ChainCheck {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  const check: ChainCheck = { entries: 0, erased: 0, faults: [], faultCount: 0, head: null }
  const faulty = new Set<number | null>()
  const fault = (seq: number | null, what: string) => {
    check.faultCount++
    faulty.add(seq)
    if (check.faults.length < MAX_FAULTS) check.faults.push({ seq, what })
  }
  try {
    db.exec('BEGIN') // one snapshot: the node may go on writing
    const rows = db.prepare(`
      SELECT j.*, b.salt, b.body, e.fact AS erased_by,
        (SELECT group_concat(id, ' ') FROM (SELECT id FROM journal_subjects s WHERE s.seq = j.seq ORDER BY id)) AS subjects
      FROM journal j LEFT JOIN journal_bodies b ON b.seq = j.seq LEFT JOIN journal_erasures e ON e.seq = j.seq
      ORDER BY j.seq`)
    let previous: Digests = GENESIS
    let expected = 1
    for (const row of rows.iterate() as IterableIterator<Row>) {
      if (row.seq !== expected) fault(expected, `entry ${expected} is missing (the next one is ${row.seq})`)
      checkRow(row, previous, what => fault(row.seq, what))
      check.entries++
      if (row.erased_by !== null) check.erased++
      previous = { sha256: row.sha256, sha3: row.sha3 }
      expected = row.seq + 1
      if (check.entries % 10_000 === 0) onProgress(row.seq)
    }
    if (check.entries > 0)
      check.head = {
        seq: expected - 1,
        sha256: previous.sha256.toString('hex'),
        'sha3-512': previous.sha3.toString('hex'),
      }
    for (const { seq } of db
      .prepare('SELECT seq FROM journal_bodies WHERE seq NOT IN (SELECT seq FROM journal)')
      .all() as { seq: number }[])
      fault(seq, `a body without its entry (${seq})`)
    // The list of what was erased is part of the body that its entry commits to; once that body is itself erased,
    // the type of the entry is what is left.
    const erasures = db.prepare(`
      SELECT e.seq, e.fact FROM journal_erasures e LEFT JOIN journal j ON j.seq = e.fact LEFT JOIN journal_bodies b ON b.seq = e.fact
      WHERE j.type IS NOT 'bodies-erased' OR (b.body IS NOT NULL
        AND (NOT json_valid(b.body) OR e.seq NOT IN (SELECT value FROM json_each(b.body, '$.erased'))))`)
    // An entry that was itself touched is named already, and says nothing of what it once recorded.
    for (const { seq, fact } of erasures.all() as { seq: number; fact: number }[])
      if (!faulty.has(fact)) fault(seq, 'its erasure names no entry that records it')
  } finally {
    db.close()
  }
  check.faults.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
  return check
}

function checkRow(row: Row, previous: Digests, fault: (what: string) => void): void {
  if (!row.previous_sha256.equals(previous.sha256) || !row.previous_sha3.equals(previous.sha3))
    fault('it does not follow the entry before it: that entry, or its place, was changed')
  const ids = parsed(row.ids)
  if (ids === undefined || row.ids !== ids.text) fault('its ids are not in canonical form')
  else if (![row.at, row.monotonic, row.version].every(Number.isSafeInteger))
    fault('its own digests do not fit its content: it has a number that is never written')
  else {
    const own = entryDigests({
      seq: row.seq,
      at: row.at,
      monotonic: row.monotonic,
      boot: row.boot,
      site: row.site,
      type: row.type,
      version: row.version,
      ids: ids.value,
      bodySha256: row.body_sha256,
      bodySha3: row.body_sha3,
      previousSha256: row.previous_sha256,
      previousSha3: row.previous_sha3,
    })
    if (!own.sha256.equals(row.sha256) || !own.sha3.equals(row.sha3))
      fault('its own digests do not fit its content')
    const subjects = [...new Set(Object.values(ids.value))].sort().join(' ')
    if (subjects !== (row.subjects ?? '').split(' ').sort().join(' '))
      fault('the index of its subjects was changed')
  }
  if (row.body !== null && row.salt !== null) {
    const commitments = commitmentsTo(row.salt, row.body)
    if (!commitments.sha256.equals(row.body_sha256) || !commitments.sha3.equals(row.body_sha3))
      fault('its body does not fit its commitments: the body or the salt was changed')
  } else if (row.erased_by === null) fault('its body is gone and no erasure is recorded')
}

function parsed(text: string): { value: Record<string, string>; text: string } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isIds(value) ? { value, text: canonical(value) } : undefined
  } catch {
    return undefined // not JSON, or not canonical: the caller names the fault
  }
}

function isIds(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(id => typeof id === 'string')
  )
}
