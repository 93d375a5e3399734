import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Log } from '../log.js'
import { type Checkpoints, openCheckpoints } from './checkpoints.js'
import type { Journal } from './journal.js'
import { fillTree, openTree, type Tree } from './tree.js'

/** What makes the journal provable to others: the tree over it, and its signed heads. */
export interface Proof {
  tree: Tree
  checkpoints: Checkpoints
}

export async function openProof(options: {
  db: Database
  clock: Clock
  journal: Journal
  keysFolder: string
  log: Pick<Log, 'error'>
}): Promise<Proof> {
  const { db, log } = options
  await fillTree(db)
  const tree = openTree({ db })
  const checkpoints = openCheckpoints({
    ...options,
    tree,
    onTrouble: (reason, thrown) => log.error('checkpoint-failed', { reason }, thrown),
  })
  return { tree, checkpoints }
}
