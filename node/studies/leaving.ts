import { sql } from 'kysely'
import type { Tx } from '../database.js'
import type { StudyTables } from './schema.js'

/** What decides whether an instance may leave. */
export interface Leaving {
  /** Another object with the same UID says something else, and nobody has decided which of them is right. */
  withheld: boolean
}

/**
 * Whether an instance may leave this node. One answer for everything that gives images to others: sending, C-FIND,
 * C-MOVE, C-GET, DICOMweb for programs. What is here stays to be seen here: a reader is shown it with its doubt.
 */
export function mayLeave(instance: Leaving): boolean {
  return !instance.withheld
}

/** The same, as a condition of a query over `instances`. */
export const whichMayLeave = sql<boolean>`instances.withheld = 0`

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
