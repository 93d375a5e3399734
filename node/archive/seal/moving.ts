import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../../database.js'
import { fail } from '../../errors.js'
import { dropBodies, type KeptBody, type Moves, type Range } from '../../journal/moves.js'
import { standingDigest } from './successors.js'
import type { Volumes } from './volume.js'

/**
 * The way of the bodies of a year out of the database into its closed volume: first the file holds them all, then one
 * transaction records that they lie there under the digest of the file, then they go from the database. A run that was
 * cut off anywhere is finished by the next.
 */
export function openMoving({ db, moves, volumes }: { db: Database; moves: Moves; volumes: Volumes }) {
  return {
    /** Copies them into the volume; what was erased on the way does not stay there. Gives how many were erased. */
    fill: async (year: number, range: Range): Promise<number> => {
      for (let first = range.first; ; ) {
        const bodies = await moves.some({ first, last: range.last })
        if (bodies.length === 0) break
        volumes.keepBodies(year, bodies)
        first = endsOf(bodies).last + 1
        await nextTurn()
      }
      const erased = await moves.erased(range)
      if (erased.length > 0)
        volumes.forgetBodies(
          year,
          erased.map(({ seq }) => seq),
        )
      return erased.length
    },
    /** Whether bodies that lie in a closed volume are still in the database too. */
    pending: async (): Promise<boolean> => {
      for (const move of await moves.list()) if ((await moves.some(move)).length > 0) return true
      return false
    },
    /** Takes what lies in closed volumes out of the database, once the file was read again and is the one that was closed. */
    release: async (): Promise<void> => {
      for (const move of await moves.list()) {
        let bodies = await moves.some(move)
        if (bodies.length === 0) continue
        await demandWhole(move.year)
        for (; bodies.length > 0; bodies = await moves.some(move)) {
          const ends = endsOf(bodies)
          demandSame(move.year, bodies, volumes.bodies(move.year, ends.first, ends.last))
          await db.write(tx => dropBodies(tx, ends))
          await nextTurn()
        }
      }
    },
  }

  async function demandWhole(year: number): Promise<void> {
    if ((await volumes.digest(year)) !== (await standingDigest(db, year)))
      fail(
        'unavailable',
        `The archive volume ${year}.sqlite is not the file that was closed. Nothing is taken out of the database; bring it back from the backup.`,
      )
  }
}

const endsOf = (bodies: readonly KeptBody[]): Range => ({
  first: bodies[0]?.seq ?? 0,
  last: bodies.at(-1)?.seq ?? 0,
})

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
