import type { Kysely } from 'kysely'
import { prepare, prepareValues, ROWS } from '../database-prepared.js'
import type { ChainedFields, Digests, HexDigests } from './entry.js'
import type { JournalTables } from './schema.js'

type Sql = Kysely<JournalTables>

/** Every fact of the program runs these: each is compiled once. */
const newest = prepare({}, (sql: Sql) =>
  sql.selectFrom('journal').select(['seq', 'sha256', 'sha3']).orderBy('seq', 'desc').limit(1),
)
const insertEntries = prepareValues(
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
  (sql: Sql, rows: JournalTables['journal'][]) => sql.insertInto('journal').values(rows),
)
const insertBodies = prepareValues(
  ['seq', 'salt', 'body'],
  (sql: Sql, rows: JournalTables['journal_bodies'][]) => sql.insertInto('journal_bodies').values(rows),
)
const insertSubjects = prepareValues(['id', 'seq'], (sql: Sql, rows: JournalTables['journal_subjects'][]) =>
  sql.insertInto('journal_subjects').values(rows),
)

/** The entry that the next one follows. */
export async function lastEntry(sql: Sql): Promise<(Digests & { seq: number }) | undefined> {
  return (await newest(sql, {}))[0]
}

/** An entry whose digests are made: what goes into the tables but for those bytes. */
export interface NewEntry {
  fields: ChainedFields
  /** Canonical texts. */
  ids: string
  body: string
  salt: Buffer
  commitments: HexDigests
  own: HexDigests
  subjects: Iterable<string>
}

const [SHA256, BOTH] = [32, 96]

/**
 * Into the tables, in order, by as many as one statement takes; `previous`: digests of the entry before the first. The
 * digests are turned into bytes for all of them at once, and the index of subjects fills a statement before it goes in:
 * a buffer and a call for each would cost more than the digest.
 */
export function inserting(sql: Sql, previous: Digests) {
  let { sha256: before256, sha3: before3 } = previous
  let subjects: (string | number)[] = []
  const whole = ROWS * 2
  return {
    add: async (some: readonly NewEntry[]): Promise<void> => {
      const [entries, bodies]: [unknown[], unknown[]] = [[], []]
      let hex = ''
      for (const { commitments, own } of some)
        hex += commitments.sha256 + commitments.sha3 + own.sha256 + own.sha3
      const bytes = Buffer.from(hex, 'hex')
      let at = 0
      for (const { fields, ids, salt, body, subjects: named } of some) {
        const { seq, at: time, monotonic, boot, site, type, version } = fields
        const own256 = bytes.subarray(at + BOTH, at + BOTH + SHA256)
        const own3 = bytes.subarray(at + BOTH + SHA256, at + 2 * BOTH)
        entries.push(seq, time, monotonic, boot, site, type, version, ids)
        entries.push(bytes.subarray(at, at + SHA256), bytes.subarray(at + SHA256, at + BOTH))
        entries.push(before256, before3, own256, own3)
        bodies.push(seq, salt, body)
        for (const id of named) subjects.push(id, seq)
        ;[before256, before3] = [own256, own3]
        at += 2 * BOTH
      }
      await insertEntries(sql, entries)
      await insertBodies(sql, bodies)
      const full = subjects.length - (subjects.length % whole)
      if (full === 0) return
      await insertSubjects(sql, subjects.slice(0, full))
      subjects = subjects.slice(full)
    },
    end: (): Promise<void> => insertSubjects(sql, subjects),
  }
}
