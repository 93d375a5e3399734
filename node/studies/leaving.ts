import { sql } from 'kysely'
import type { Tx } from '../database.js'
import type { StudyTables } from './schema.js'

/** What decides whether an instance may leave. */
export interface Leaving {
  /** Another object with the same UID says something else, and nobody has decided which of them is right. */
  withheld: boolean
  /** A rejection note withdraws it (IHE RAD IOCM): it is kept as evidence and given to nobody. */
  withdrawn: boolean
}

/**
 * Whether an instance may leave this node. One answer for everything that gives images to others: sending, C-FIND,
 * C-MOVE, C-GET, DICOMweb for programs. What is here stays to be seen here: a reader is shown it with its doubt.
 */
export function mayLeave(instance: Leaving): boolean {
  return !instance.withheld && !instance.withdrawn
}

/**
 * Whether an instance is listed and shown: to peers, to programs, in the viewer. A rejection note is none of the
 * images: it goes to those who hold what it rejects, by its own way.
 */
export function isListed(instance: { withdrawn: boolean; isNote: boolean }): boolean {
  return !instance.withdrawn && !instance.isNote
}

/** {@link isListed} as a condition of a query over `instances`. */
export const whichIsListed = sql<boolean>`instances.withdrawn IS NULL AND instances.note_of IS NULL`

/** {@link mayLeave}, the same way. */
export const whichMayLeave = sql<boolean>`instances.withheld = 0 AND instances.withdrawn IS NULL`

/** Withholds the instances beside which something undecided lies, and lets the others go again. */
export async function reweigh(tx: Tx, instances: readonly number[]): Promise<void> {
  for (const id of instances)
    await tx
      .sql<StudyTables>()
      .updateTable('instances')
      .set(eb => ({
        withheld: eb
          .case()
          .when(
            eb.exists(
              eb
                .selectFrom('instance_variants')
                .select('instance_variants.id')
                .where('instance_variants.instance', '=', id)
                .where('instance_variants.state', 'in', ['pending', 'conflict']),
            ),
          )
          .then(1 as const)
          .else(0 as const)
          .end(),
      }))
      .where('id', '=', id)
      .execute()
}
