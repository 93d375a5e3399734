import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../../database.js'
import { fail } from '../../errors.js'
import type { Move } from '../../journal/moved.js'
import type { JournalTables } from '../../journal/schema.js'
import type { ArchiveTables } from '../schema.js'
import type { KeptBody, Volumes } from './volume.js'

/** Small enough that an image that comes in meanwhile does not wait. */
const STEP = 500

/** Entries of the journal, both ends included. */
export interface Range {
  first: number
  last: number
}

/**
 * The way of the bodies of a year out of the database into its closed volume: first the file holds them all, then one
 * transaction records that they lie there under the digest of the file, then they go from the database. A run that was
 * cut off anywhere is finished by the next.
 */
export function openMoving({ db, volumes }: { db: Database; volumes: Volumes }) {
  const reading = () => db.sql<JournalTables>()

  const moves = (): Promise<Move[]> =>
    reading().selectFrom('journal_moves').selectAll().orderBy('first').execute()

  const slice = ({ first, last }: Range): Promise<KeptBody[]> =>
    reading()
      .selectFrom('journal_bodies')
      .select(['seq', 'salt', 'body'])
      .where('seq', '>=', first)
      .where('seq', '<=', last)
      .orderBy('seq')
      .limit(STEP)
      .execute()

  const erasedIn = async ({ first, last }: Range): Promise<number[]> =>
    (
      await reading()
        .selectFrom('journal_erasures')
        .select('seq')
        .where('seq', '>=', first)
        .where('seq', '<=', last)
        .execute()
    ).map(({ seq }) => seq)

  return {
    moves,
    erasedIn,
    /** First entry whose body never moved. */
    next: async () => ((await moves()).at(-1)?.last ?? 0) + 1,
    /** The entries made before that moment (UTC milliseconds) whose bodies are still in the database. */
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
    /** Copies them into the volume; what was erased on the way does not stay there. Gives what was erased. */
    fill: async (year: number, range: Range): Promise<number[]> => {
      for (let first = range.first; ; ) {
        const bodies = await slice({ first, last: range.last })
        if (bodies.length === 0) break
        volumes.keepBodies(year, bodies)
        first = (bodies.at(-1) as KeptBody).seq + 1
        await nextTurn()
      }
      const erased = await erasedIn(range)
      if (erased.length > 0) volumes.forgetBodies(year, erased)
      return erased
    },
    /** Whether bodies that lie in a closed volume are still in the database too. */
    pending: async (): Promise<boolean> => {
      for (const move of await moves()) if ((await slice(move)).length > 0) return true
      return false
    },
    /** Takes what lies in closed volumes out of the database, once the file was read again and is the one that was closed. */
    release: async (): Promise<number> => {
      let released = 0
      for (const move of await moves()) {
        let bodies = await slice(move)
        if (bodies.length === 0) continue
        await demandWhole(move.year)
        for (; bodies.length > 0; bodies = await slice(move)) {
          const [first, last] = [(bodies[0] as KeptBody).seq, (bodies.at(-1) as KeptBody).seq]
          demandSame(move.year, bodies, volumes.bodies(move.year, first, last))
          await db.write(tx =>
            tx
              .sql<JournalTables>()
              .deleteFrom('journal_bodies')
              .where('seq', '>=', first)
              .where('seq', '<=', last)
              .execute(),
          )
          released += bodies.length
          await nextTurn()
        }
      }
      return released
    },
  }

  async function demandWhole(year: number): Promise<void> {
    const row = await db
      .sql<ArchiveTables>()
      .selectFrom('archive_volumes')
      .select('sha256')
      .where('year', '=', year)
      .executeTakeFirst()
    if ((await volumes.digest(year)) !== row?.sha256)
      fail(
        'unavailable',
        `The archive volume ${year}.sqlite is not the file that was closed. Nothing is taken out of the database; bring it back from the backup.`,
      )
  }
}

function demandSame(year: number, here: readonly KeptBody[], there: readonly KeptBody[]): void {
  const kept = new Map(there.map(each => [each.seq, each]))
  for (const { seq, salt, body } of here) {
    const found = kept.get(seq)
    if (found === undefined || found.body !== body || !found.salt.equals(salt))
      fail(
        'unavailable',
        `The archive volume ${year}.sqlite does not hold the body of entry ${seq} as it is in the database, where it stays.`,
      )
  }
}
