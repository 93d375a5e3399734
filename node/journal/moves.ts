import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { JournalTables } from './schema.js'
import type { Body, Move } from './volume-bodies.js'

/** Entries of the journal, both ends included. */
export interface Range {
  first: number
  last: number
}

export type KeptBody = Body & { seq: number }

/** Bodies in one step: small enough that an image that comes in meanwhile does not wait. */
const STEP = 500

/** What is in the database of the bodies, and of their moves into closed volumes. */
export function openMoves(db: Database) {
  const reading = () => db.sql<JournalTables>()
  const list = (): Promise<Move[]> =>
    reading().selectFrom('journal_moves').selectAll().orderBy('first').execute()

  return {
    list,
    /** First entry whose body never moved. */
    next: async () => ((await list()).at(-1)?.last ?? 0) + 1,
    /** When the entry was made; UTC milliseconds. */
    madeAt: async (seq: number): Promise<number | undefined> =>
      (await reading().selectFrom('journal').select('at').where('seq', '=', seq).executeTakeFirst())?.at,
    /** The entries from `first` on made before that moment (UTC milliseconds). */
    before: async (end: number, first: number): Promise<Range | undefined> => {
      const row = await reading()
        .selectFrom('journal')
        .select('seq')
        .where('at', '<', end)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined || row.seq < first ? undefined : { first, last: row.seq }
    },
    /** The first bodies in the database among those; a step of them. */
    some: ({ first, last }: Range): Promise<KeptBody[]> =>
      reading()
        .selectFrom('journal_bodies')
        .select(['seq', 'salt', 'body'])
        .where('seq', '>=', first)
        .where('seq', '<=', last)
        .orderBy('seq')
        .limit(STEP)
        .execute(),
    erased: ({ first, last }: Range): Promise<{ seq: number }[]> =>
      reading()
        .selectFrom('journal_erasures')
        .select('seq')
        .where('seq', '>=', first)
        .where('seq', '<=', last)
        .execute(),
  }
}
export type Moves = ReturnType<typeof openMoves>

/**
 * Records that the bodies lie in the closed volume whose digest entry `fact` holds. Throws `conflict` when more of them
 * were erased than the `erased` that were left out of it.
 */
export async function recordMove(tx: Tx, move: Move, erased: number): Promise<void> {
  const sql = tx.sql<JournalTables>()
  const { count } = await sql
    .selectFrom('journal_erasures')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('seq', '>=', move.first)
    .where('seq', '<=', move.last)
    .executeTakeFirstOrThrow()
  if (count !== erased)
    fail('conflict', 'A body was erased while its volume was closed: it is filled once more.')
  await sql.insertInto('journal_moves').values(move).execute()
}

/** Takes them out of the database; the schema refuses it for what neither moved nor was erased. */
export async function dropBodies(tx: Tx, { first, last }: Range): Promise<void> {
  await tx
    .sql<JournalTables>()
    .deleteFrom('journal_bodies')
    .where('seq', '>=', first)
    .where('seq', '<=', last)
    .execute()
}

/**
 * Of a closed volume nothing can be taken out behind its digest: an erasure that only seems one is refused, unless the volume
 * of that year gets a successor.
 */
export async function demandNotMoved(tx: Tx, seq: number, succeeded: readonly number[]): Promise<void> {
  const move = await tx
    .sql<JournalTables>()
    .selectFrom('journal_moves')
    .select('year')
    .where('first', '<=', seq)
    .where('last', '>=', seq)
    .executeTakeFirst()
  if (move !== undefined && !succeeded.includes(move.year))
    fail('conflict', `The body of entry ${seq} lies in the closed archive volume of ${move.year}.`)
}
