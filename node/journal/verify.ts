import Sqlite from 'better-sqlite3'
import { joining } from './verify-join.js'
import type { OutsideHead } from './verify-outside.js'
import { partChecker } from './verify-part.js'
import { readsMoved } from './volume-bodies.js'

/** One thing that does not fit. `seq` names the journal entry, where there is one. */
export interface Fault {
  seq: number | null
  what: string
}

export interface ChainCheck {
  entries: number
  erased: number
  checkpoints: number
  /** False in a database from before there was a tree over the entries. */
  hasTree: boolean
  /** In order of sequence; at most {@link MAX_FAULTS}, `faultCount` counts them all. */
  faults: Fault[]
  faultCount: number
  head: { seq: number; sha256: string; 'sha3-512': string; root: string } | null
}

/** How far a check came: what is needed to go on from there. Digests are hex. */
export interface ChainState {
  seq: number
  sha256: string
  'sha3-512': string
  entries: number
  erased: number
  subjects: number
  faults: Fault[]
  faultCount: number
  faulty: number[]
  edge: { level: number; hash: string }[]
  /** Roots at the sizes of the checkpoints passed so far. */
  roots: [size: number, root: string][]
}

export interface ChainOptions {
  onProgress?: (seq: number) => void
  /** Where an earlier check of the same journal was cut off; begun anew where the journal is no longer the same there. */
  from?: ChainState
  /** From time to time: what {@link from} takes. */
  onState?: (state: ChainState) => void
  /** After how many entries it says so; 50,000 unless told. */
  stateEntries?: number
  /** How many are looked at in one piece, a power of two; 8,192 unless told. A check goes on only by the same. */
  partEntries?: number
  /** Signed heads that witnesses outside kept. */
  outside?: readonly OutsideHead[]
}

/**
 * Recomputes the whole journal of a database file, opened read-only: gapless sequence, both digests of every
 * entry and of its predecessor, both commitments to every body, the index of subjects, a recorded erasure behind every
 * missing body, the Merkle tree, and every signed checkpoint. Works while the node runs. In this thread alone:
 * `verifyChainInParallel` uses all cores.
 */
export function verifyChain(file: string, options: ChainOptions = {}): ChainCheck {
  const db = snapshotOf(file)
  const moved = readsMoved(db, file)
  try {
    const chain = joining(db, options)
    const check = partChecker(db, moved)
    for (const part of chain.parts()) chain.join(check(part))
    return chain.end()
  } finally {
    moved.close()
    db.close()
  }
}

/** One snapshot, read-only: the node may go on writing. */
export function snapshotOf(file: string): Sqlite.Database {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    db.exec('BEGIN')
    db.prepare('SELECT 1 FROM sqlite_schema').get()
    return db
  } catch (thrown) {
    db.close()
    throw thrown
  }
}
