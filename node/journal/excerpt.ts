import type { Database } from '../database.js'
import { canonical } from './canonical.js'
import type { JournalTables } from './schema.js'
import { withBodies } from './volume-bodies.js'

/** One entry with all that its digests are made of, as text that anybody can hash. Digests and salt are hex. */
export interface ExcerptEntry {
  seq: number
  /** UTC milliseconds. */
  at: number
  type: string
  ids: Record<string, string>
  /** The exact text (UTF-8) whose SHA-256 and SHA3-512 are the entry's own digests. */
  chained: string
  sha256: string
  'sha3-512': string
  /** SHA-256 and SHA3-512 of the salt's 32 bytes followed by the body's text; they stand inside `chained` too. */
  commitment: { sha256: string; 'sha3-512': string }
  /** null when lawfully erased: the commitments stay. */
  salt: string | null
  /** The exact text (RFC 8785, UTF-8) that was committed to. */
  body: string | null
}

export interface Excerpt {
  entries: ExcerptEntry[]
  /** The last entry of the whole journal at that moment: what an outside witness can be asked about. */
  head: { seq: number; sha256: string; 'sha3-512': string } | null
}

/** At most this many entries of one subject: an act has dozens. */
const ENTRIES_MAX = 10_000

/** Entries of certain types within a time (UTC milliseconds, both ends included). */
export interface During {
  types: readonly string[]
  from: number
  to: number
}

/**
 * Every entry that names one of these ids and passes the test, by sequence, provable without this program. `during` tells,
 * of those, what else belongs to it.
 */
export async function journalExcerpt(
  db: Database,
  subjects: readonly string[],
  belongs: (ids: Record<string, string>) => boolean = () => true,
  during: (entries: readonly ExcerptEntry[]) => During | undefined = () => undefined,
): Promise<Excerpt> {
  const named = await entriesOf(db, select =>
    select.where('journal.seq', 'in', eb =>
      eb
        .selectFrom('journal_subjects')
        .select('journal_subjects.seq')
        .where('id', 'in', [...subjects]),
    ),
  )
  const own = named.filter(({ ids }) => belongs(ids))
  const also = during(own)
  const beside =
    also === undefined
      ? []
      : await entriesOf(db, select =>
          select
            .where('type', 'in', [...also.types])
            .where('at', '>=', also.from)
            .where('at', '<=', also.to),
        )
  const known = new Set(own.map(({ seq }) => seq))
  const head = await db
    .sql<JournalTables>()
    .selectFrom('journal')
    .select(['seq', 'sha256', 'sha3'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return {
    entries: [...own, ...beside.filter(({ seq }) => !known.has(seq))].sort((a, b) => a.seq - b.seq),
    head: head === undefined ? null : { seq: head.seq, ...hexOf(head.sha256, head.sha3) },
  }
}

type Selecting = ReturnType<typeof selecting>

const selecting = (db: Database) =>
  db
    .sql<JournalTables>()
    .selectFrom('journal')
    .leftJoin('journal_bodies', 'journal_bodies.seq', 'journal.seq')
    .selectAll('journal')
    .select(['salt', 'body'])
    .orderBy('journal.seq')
    .limit(ENTRIES_MAX)

async function entriesOf(db: Database, narrowed: (select: Selecting) => Selecting): Promise<ExcerptEntry[]> {
  const rows = await narrowed(selecting(db)).execute()
  return (await withBodies(db, rows)).map(row => entryOf(row, JSON.parse(row.ids) as Record<string, string>))
}

const hexOf = (sha256: Buffer, sha3: Buffer) => ({
  sha256: sha256.toString('hex'),
  'sha3-512': sha3.toString('hex'),
})

type Row = JournalTables['journal'] & { salt: Buffer | null; body: string | null }

function entryOf(row: Row, ids: Record<string, string>): ExcerptEntry {
  const { seq, at, monotonic, boot, site, type, version } = row
  const commitment = hexOf(row.body_sha256, row.body_sha3)
  const previous = hexOf(row.previous_sha256, row.previous_sha3)
  return {
    seq,
    at,
    type,
    ids,
    // The same members as `entryDigests`: what does not fit its stored digest is shown as it is, not made to fit.
    chained: canonical({ at, body: commitment, boot, ids, monotonic, previous, seq, site, type, version }),
    ...hexOf(row.sha256, row.sha3),
    commitment,
    salt: row.salt?.toString('hex') ?? null,
    body: row.body,
  }
}
