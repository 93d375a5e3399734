import Sqlite from 'better-sqlite3'
import type { Database } from '../../node/database.js'
import { searchText } from '../../node/requests/record.js'
import type { RequestRecord } from '../../node/requests/schema.js'
import { formOf } from '../../node/requests/views.js'
import { underWay } from './measure.js'

type Row = Record<string, unknown>

/** What belongs to a request, and what of it is a copy's own. */
const PARTS: Readonly<Record<string, (part: Row, copy: RequestRecord) => Row>> = {
  request_versions: () => ({}),
  request_parties: () => ({}),
  request_offers: () => ({}),
  request_claims: ({ ended_at }, { id, holder, holder_name }) => ({
    id: `clm${id.slice(3)}`,
    ...(ended_at === null ? { account: holder, name: holder_name } : {}),
  }),
  request_holds: () => ({}),
  request_asks: (_, { id }) => ({ id: `ask${id.slice(3)}` }),
  request_ask_items: (_, { id }) => ({ id: `itm${id.slice(3)}`, ask: `ask${id.slice(3)}` }),
}
const TIMES = [
  'created_at',
  'submitted_at',
  'ordered_at',
  'offered_at',
  'claimed_at',
  'accepted_at',
  'reported_at',
] as const

/** Copies a reader holds, one in so many; the others are held by as many colleagues who never sign in. */
const COLLEAGUES = 15
/** Of those that are due, one in so many is late. */
const LATE = 40
/** Each copy of the same request is older than the one before it. */
const APART_MS = 4 * 3_600_000
const FAR_MS = 30 * 86_400_000
const COPIES_A_STEP = 50_000

/** Four hundred family names that sound like none: one patient in four hundred has each. */
const SYLLABLES = ['ba', 'cor', 'del', 'fan', 'gui', 'jor', 'lem', 'mon', 'nar', 'pel']
const ENDINGS = ['ard', 'bel', 'cot', 'din', 'eau', 'fin', 'got', 'hin', 'ier', 'lac']
export const familyOf = (number: number): string => {
  const name = (Math.imul(number, 2_654_435_761) >>> 8) % 400
  const [a, b, c] = [name % 10, Math.floor(name / 10) % 10, Math.floor(name / 100)]
  return `ESSAI ${SYLLABLES[a]}${SYLLABLES[(c * 3 + a) % 10]}${ENDINGS[b]}`.toUpperCase()
}

/**
 * The requests there are, once more and again, whole rows of every table they have a part in: each is another patient's,
 * at another time, held by one of several colleagues. Written past the services, without waiting for the disk, and the
 * indexes of rows and of words built once at the end: what is measured later is reading. What there is afterwards is what
 * the schema says; the numbers of each list are kept by its own triggers all along.
 */
export async function copyRequests(db: Database, count: number): Promise<void> {
  if (count <= 0) return
  const file = new Sqlite(db.file)
  try {
    file.pragma('synchronous = OFF')
    file.pragma('cache_size = -1500000')
    file.pragma('threads = 2')
    file.pragma('wal_autocheckpoint = 100000')
    file.pragma('foreign_keys = OFF')
    const originals = file.prepare('SELECT * FROM requests ORDER BY rowid').all() as RequestRecord[]
    const into = (table: string) => {
      const columns = (file.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
      const values = columns.map(name => `:${name}`)
      return file.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`)
    }
    const insert = into('requests')
    const parts = Object.entries(PARTS).map(([table, own]) => ({
      own,
      rows: by(file.prepare(`SELECT * FROM ${table}`).all() as Row[], 'request'),
      insert: into(table),
    }))
    const putBack = takeApart(file)
    const copyOne = (number: number) => {
      const original = originals[number % originals.length] as RequestRecord
      const copy = copyOf(original, number, Math.floor(number / originals.length) + 1)
      insert.run(copy)
      for (const part of parts)
        for (const row of part.rows.get(original.id) ?? [])
          part.insert.run({ ...row, request: copy.id, ...part.own(row, copy) })
    }
    const step = file.transaction((from: number, to: number) => {
      for (let number = from; number < to; number += 1) copyOne(number)
    })
    for (let done = 0; done < count; done += COPIES_A_STEP) {
      step(done, Math.min(count, done + COPIES_A_STEP))
      underWay(`filled with ${Math.min(count, done + COPIES_A_STEP)} of ${count} copies`)
      await new Promise<void>(resolve => setImmediate(resolve))
    }
    underWay('building the indexes')
    putBack()
    file.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    file.close()
  }
}

function by(rows: readonly Row[], column: string): ReadonlyMap<unknown, Row[]> {
  const found = new Map<unknown, Row[]>()
  for (const row of rows) found.set(row[column], [...(found.get(row[column]) ?? []), row])
  return found
}

/** Takes away what costs more for each row than for all of them. Gives the way to have it back. */
function takeApart(file: Sqlite.Database): () => void {
  const parts = file
    .prepare(
      `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (
         type = 'index' AND tbl_name IN (SELECT value FROM json_each(?)) OR name = 'requests_are_found')`,
    )
    .all(JSON.stringify(['requests', ...Object.keys(PARTS)])) as { type: string; name: string; sql: string }[]
  file.transaction(() => {
    for (const { type, name } of parts) file.exec(`DROP ${type} ${name}`)
  })()
  return file.transaction(() => {
    for (const { sql } of parts) file.exec(sql)
    file.exec(`INSERT INTO request_words (request_words) VALUES ('rebuild')`)
  })
}

function copyOf(original: RequestRecord, number: number, round: number): RequestRecord {
  const form = formOf(original)
  const patient = { ...form.patient, id: String(100_000 + number), family: familyOf(number) }
  const reference = `${original.reference}-${round}`
  const colleague = round % COLLEAGUES
  const copied = { ...form, patient }
  const copy: RequestRecord = {
    ...original,
    id: `${original.id.slice(0, 14)}${String(round).padStart(6, '0')}${original.id.slice(20)}`,
    reference,
    form: JSON.stringify(copied),
    search: searchText(reference, copied),
    due_at: original.due_at === null ? null : original.due_at + (number % LATE === 0 ? -FAR_MS : FAR_MS),
  }
  for (const name of TIMES) {
    const at = original[name]
    if (at !== null) Object.assign(copy, { [name]: at - round * APART_MS })
  }
  if (colleague !== 0) {
    copy.created_by = `acc_bench_asker_${colleague}`
    if (copy.holder !== null)
      Object.assign(copy, { holder: `acc_bench_${colleague}`, holder_name: `Dr Essai ${colleague}` })
  }
  return copy
}
