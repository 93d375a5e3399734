import { sql } from 'kysely'

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
