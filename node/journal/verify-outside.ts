import type Sqlite from 'better-sqlite3'
import type { TreeHead } from './checkpoint.js'
import { hasTable } from './verify-moves.js'

/** A signed head that was kept outside this machine; without `head` what was found there is none. */
export interface OutsideHead {
  /** Where it was found, in words. */
  from: string
  head?: TreeHead
}

/**
 * Compares what witnesses kept with the journal as it is now: only they can tell that its end was cut off, or that all of
 * it was made anew with the application's own keys. `roots`: of the recomputed tree, by size.
 */
export function checkedOutside(
  db: Sqlite.Database,
  heads: readonly OutsideHead[],
  roots: ReadonlyMap<number, Buffer>,
  fault: (seq: number | null, what: string) => void,
): void {
  if (heads.length === 0) return
  const last = (db.prepare('SELECT max(seq) FROM journal').pluck().get() as number | null) ?? 0
  const log = !hasTable(db, 'checkpoint_keys')
    ? undefined
    : db.prepare('SELECT fingerprint FROM checkpoint_keys ORDER BY fact LIMIT 1').pluck().get()
  for (const { from, head } of heads) {
    if (head === undefined) fault(null, `${from} is no signed head of a journal: it was changed`)
    else if (head.log !== log) fault(null, `${from} is of another journal: this one was made anew`)
    else if (head.size > last)
      fault(
        last + 1,
        `the end was cut off: ${from} is a signed head over ${head.size} entries, ${last} are there`,
      )
    else if (roots.get(head.size)?.equals(head.root) !== true)
      fault(head.size, `the journal was rebuilt: its first ${head.size} entries are not those of ${from}`)
  }
}
