import type { Kysely } from 'kysely'
import { prepare, prepareRows, ROWS } from '../database-prepared.js'
import type { ChainedFields, Digests } from './entry.js'
import type { JournalTables } from './schema.js'

type Sql = Kysely<JournalTables>

/** What entries put into the tables, in order. */
export interface NewRows {
  entries: JournalTables['journal'][]
  bodies: JournalTables['journal_bodies'][]
  subjects: JournalTables['journal_subjects'][]
}

/** Every fact of the program runs these: each is compiled once. */
const newest = prepare({}, (sql: Sql) =>
  sql.selectFrom('journal').select(['seq', 'sha256', 'sha3']).orderBy('seq', 'desc').limit(1),
)
const insertEntries = prepareRows(
  [
    'seq',
    'at',
    'monotonic',
    'boot',
    'site',
    'type',
    'version',
    'ids',
    'body_sha256',
    'body_sha3',
    'previous_sha256',
    'previous_sha3',
    'sha256',
    'sha3',
  ],
  (sql: Sql, rows: NewRows['entries']) => sql.insertInto('journal').values(rows),
)
const insertBodies = prepareRows(['seq', 'salt', 'body'], (sql: Sql, rows: NewRows['bodies']) =>
  sql.insertInto('journal_bodies').values(rows),
)
const insertSubjects = prepareRows(['id', 'seq'], (sql: Sql, rows: NewRows['subjects']) =>
  sql.insertInto('journal_subjects').values(rows),
)

/** The entry that the next one follows. */
export async function lastEntry(sql: Sql): Promise<(Digests & { seq: number }) | undefined> {
  return (await newest(sql, {}))[0]
}

export function entryRow(
  { seq, at, monotonic, boot, site, type, version }: ChainedFields,
  ids: string,
  { body, previous, own }: { body: Digests; previous: Digests; own: Digests },
): NewRows['entries'][number] {
  return {
    seq,
    at,
    monotonic,
    boot,
    site,
    type,
    version,
    ids,
    body_sha256: body.sha256,
    body_sha3: body.sha3,
    previous_sha256: previous.sha256,
    previous_sha3: previous.sha3,
    sha256: own.sha256,
    sha3: own.sha3,
  }
}

/** Into the tables, in order; the index of subjects fills a statement before it goes in. */
export function inserting(sql: Sql) {
  let subjects: NewRows['subjects'] = []
  return {
    add: async (rows: NewRows): Promise<void> => {
      await insertEntries(sql, rows.entries)
      await insertBodies(sql, rows.bodies)
      subjects.push(...rows.subjects)
      const whole = subjects.length - (subjects.length % ROWS)
      if (whole === 0) return
      await insertSubjects(sql, subjects.slice(0, whole))
      subjects = subjects.slice(whole)
    },
    end: (): Promise<void> => insertSubjects(sql, subjects),
  }
}
