import type Sqlite from 'better-sqlite3'
import { fingerprintOf, headText, isSigned, successionText } from './checkpoint.js'
import { STEP, WIDTH } from './tree.js'

type Report = (seq: number | null, what: string) => void

/** Entries that the signed heads after that entry cover. */
export function sizesAfter(db: Sqlite.Database, seq: number): number[] {
  return db.prepare('SELECT size FROM checkpoints WHERE size > ?').pluck().all(seq) as number[]
}

/** Compares the subtrees that are kept with those that the entries make; `size`: how many entries there are then. */
export function tileCheck(db: Sqlite.Database, fault: (seq: number, what: string) => void) {
  const kept = db.prepare('SELECT hash FROM journal_tiles WHERE level = ? AND position = ?').pluck()
  return {
    completed(level: number, hash: Buffer, size: number): void {
      if (level === 0 || level % STEP !== 0) return
      const from = size - 2 ** level + 1
      const stored = kept.get(level / STEP, size / 2 ** level - 1) as Buffer | undefined
      if (stored?.equals(hash) === true) return
      const why =
        stored === undefined ? 'is missing' : 'does not fit: it, or one of these entries, was changed'
      fault(from, `the subtree over entries ${from} to ${size} ${why}`)
    },
    /** Those kept over entries that are not there, in words. */
    beyond(size: number): string[] {
      const rows = db.prepare('SELECT level, position FROM journal_tiles').all() as {
        level: number
        position: number
      }[]
      return rows
        .filter(({ level, position }) => (position + 1) * WIDTH ** level > size)
        .map(
          ({ level, position }) =>
            `a subtree (level ${level}, number ${position}) is kept over entries that are not there`,
        )
    },
  }
}

interface CheckpointRow {
  size: number
  at: number
  root: Buffer
  sha256: Buffer
  sha3: Buffer
  key: string
  signature: Buffer
}

interface KeyRow {
  fingerprint: string
  public_key: Buffer
  fact: number
  type: string | null
  body: string | null
}

/**
 * Checks every signed head against the entries and the keys, and every key against the entry that records it and the
 * key before. `roots`: of the recomputed tree, by size; a root over an entry that does not fit, from `sound` on, says
 * nothing new. Gives how many heads there are.
 */
export function checkedCheckpoints(
  db: Sqlite.Database,
  { roots, sound }: { roots: ReadonlyMap<number, Buffer>; sound: number },
  fault: Report,
): number {
  const keys = db
    .prepare(
      `SELECT k.*, j.type, coalesce(b.body, moved_body(k.fact)) AS body FROM checkpoint_keys k LEFT JOIN journal j ON j.seq = k.fact
       LEFT JOIN journal_bodies b ON b.seq = k.fact ORDER BY k.fact`,
    )
    .all() as KeyRow[]
  const log = keys[0]?.fingerprint ?? ''
  keys.forEach((key, at) => {
    const why = keyFault(key, keys[at - 1], log)
    if (why !== undefined) fault(key.fact, `the key of checkpoints it records ${why}`)
  })
  const recorded = db.prepare("SELECT seq FROM journal WHERE type = 'checkpoint-key-recorded'").pluck()
  for (const seq of recorded.all() as number[])
    if (!keys.some(({ fact }) => fact === seq)) fault(seq, 'the key of checkpoints it records is gone')
  const digests = db.prepare('SELECT sha256, sha3 FROM journal WHERE seq = ?')
  const rows = db.prepare('SELECT * FROM checkpoints ORDER BY size').all() as CheckpointRow[]
  for (const row of rows) {
    const key = keys.find(({ fingerprint }) => fingerprint === row.key)
    const last = digests.get(row.size) as { sha256: Buffer; sha3: Buffer } | undefined
    const why =
      key === undefined
        ? 'is signed with a key nobody recorded'
        : !isSigned(headText({ ...row, log }), row.signature, key.public_key)
          ? 'was changed: its signature does not fit'
          : last === undefined
            ? 'covers entries that are not there: the end was cut off'
            : row.size < sound && (!last.sha256.equals(row.sha256) || !last.sha3.equals(row.sha3))
              ? 'says otherwise than that entry: the journal was rebuilt'
              : row.size < sound && roots.get(row.size)?.equals(row.root) !== true
                ? 'does not fit the entries before it: one of them was changed, or the journal was rebuilt'
                : undefined
    if (why !== undefined) fault(row.size, `the checkpoint over ${row.size} entries ${why}`)
  }
  return rows.length
}

function keyFault(key: KeyRow, before: KeyRow | undefined, log: string): string | undefined {
  if (fingerprintOf(key.public_key) !== key.fingerprint) return 'was changed'
  if (key.type !== 'checkpoint-key-recorded') return 'stands in no entry'
  // Whoever misses the entry's body says so: once, and not as if the key were another one.
  if (key.body === null) return undefined
  const said = asSaid(key.body)
  if (said?.publicKey !== key.public_key.toString('hex')) return 'is another than the one of the entry'
  if (before === undefined) return said.follows === undefined ? undefined : 'follows one that is gone'
  const text = successionText({ log, follows: before.fingerprint, publicKey: key.public_key })
  const signed = isSigned(text, Buffer.from(said.signature ?? '', 'hex'), before.public_key)
  return said.follows === before.fingerprint && signed ? undefined : 'was not named by the key before it'
}

function asSaid(
  body: string | null,
): { publicKey?: string; follows?: string; signature?: string } | undefined {
  try {
    return JSON.parse(body ?? 'null') ?? undefined
  } catch {
    return undefined // its entry is named by the chain
  }
}
