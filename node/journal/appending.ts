import type { Kysely } from 'kysely'
import { prepare, prepareRows } from '../database-prepared.js'
import type { Digests, Entry } from './entry.js'
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

export function entryRow(entry: Entry, ids: string, own: Digests): NewRows['entries'][number] {
  const { seq, at, monotonic, boot, site, type, version } = entry
  return {
    seq,
    at,
    monotonic,
    boot,
    site,
    type,
    version,
    ids,
    body_sha256: entry.bodySha256,
    body_sha3: entry.bodySha3,
    previous_sha256: entry.previousSha256,
    previous_sha3: entry.previousSha3,
    sha256: own.sha256,
    sha3: own.sha3,
  }
}

export async function insertRows(sql: Sql, { entries, bodies, subjects }: NewRows): Promise<void> {
  await insertEntries(sql, entries)
  await insertBodies(sql, bodies)
  await insertSubjects(sql, subjects)
}
