import { hash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { canonical } from './canonical.js'
import { chainedText, GENESIS, hexCommitmentsTo, hexDigestsOf, hexOf } from './entry.js'
import { type Edge, HASH, inPyramid, pyramidOver, subtreesOf } from './merkle.js'
import type { JournalTables } from './schema.js'
import { STEP, WIDTH } from './tree.js'
import { movedBodies } from './verify-moves.js'
import type { Moved } from './volume-bodies.js'

/** Entries `from` to `to` of a journal, looked at for themselves; `from` is the first one of a part. */
export interface Part {
  from: number
  to: number
  /** Numbers of entries in it at which the root of the tree is wanted. */
  sizes: readonly number[]
}

/**
 * One thing that does not fit. `to`: the last of the entries that are missing. `volume`: the year whose file cannot be read,
 * which is told once, of its first entry.
 */
export interface PartFault {
  seq: number
  what: string
  to?: number
  volume?: number
}

/** What was found in a part: all that is needed to put parts together in their order. */
export interface PartCheck extends Part {
  entries: number
  erased: number
  /** Rows that the index of subjects must have. */
  subjects: number
  /** Own digests of the last entry in it, hex; absent where there is none. */
  last?: { seq: number; sha256: string; sha3: string }
  /** In order of sequence. */
  faults: PartFault[]
  /** That entries are missing from the first one after it on. */
  after?: PartFault
  /** Hashes of the complete subtrees of 256 in it, in order. */
  tiles: Uint8Array[]
  /** The right edge of the tree over the part alone, by the size that is wanted. */
  edges: [size: number, edge: PartEdge][]
  /** The same over all of it. */
  edge: PartEdge
}
export type PartEdge = { level: number; hash: Uint8Array }[]

type Chained = 'seq' | 'at' | 'monotonic' | 'boot' | 'site' | 'type' | 'version' | 'ids'

interface Row extends Pick<JournalTables['journal'], Chained> {
  /** The six digests side by side; a buffer for each would cost more than to check them. */
  digests: Buffer
  /** 1 where each of them is as long as its function makes it. */
  shaped: number
  salt: Buffer | null
  body: string | null
  erased_by: number | null
  /** Its body lies in a volume that cannot be read: told once, of the volume. */
  beyond?: true
}

/** Rows read at a time. */
const ROWS = 1024
/** Where each digest stands in the hex text of all six. */
const SHA256 = 64
const BOTH = 192

/**
 * Looks at one part after the other of an open database, in any order: sequence, both digests of every entry and of its
 * predecessor, both commitments to every body, and the index of subjects. Says nothing of what lies outside the part.
 */
export function partChecker(db: Sqlite.Database, moved: Moved): (part: Part) => PartCheck {
  const rows = db.prepare(`
    SELECT j.seq, j.at, j.monotonic, j.boot, j.site, j.type, j.version, j.ids,
      CAST(j.body_sha256 || j.body_sha3 || j.previous_sha256 || j.previous_sha3 || j.sha256 || j.sha3 AS BLOB) AS digests,
      ${['body_', 'previous_', ''].flatMap(of => [`length(j.${of}sha256) = 32`, `length(j.${of}sha3) = 64`]).join(' AND ')} AS shaped,
      b.salt, b.body, e.fact AS erased_by
    FROM journal j LEFT JOIN journal_bodies b ON b.seq = j.seq LEFT JOIN journal_erasures e ON e.seq = j.seq
    WHERE j.seq > ? AND j.seq <= ? ORDER BY j.seq LIMIT ${ROWS}`)
  const before = db.prepare(
    'SELECT seq, sha256, sha3 FROM journal WHERE seq >= 1 AND seq < ? ORDER BY seq DESC LIMIT 1',
  )
  const next = db.prepare('SELECT min(seq) FROM journal WHERE seq > ? AND seq <= ?').pluck()
  const hasSubject = db.prepare('SELECT 1 FROM journal_subjects WHERE id = ? AND seq = ?').pluck()

  return part => {
    const { from, to, sizes } = part
    const faults: PartFault[] = []
    const fault = (seq: number, what: string, volume?: number) =>
      faults.push({ seq, what, ...(volume === undefined ? {} : { volume }) })
    const bodies = movedBodies(moved, fault)
    const known = before.get(from) as { seq: number; sha256: Buffer; sha3: Buffer } | undefined
    const start = hexOf(known ?? GENESIS)
    let previous = start.sha256 + start.sha3
    let seq = known?.seq ?? 0
    let [entries, erased, subjects] = [0, 0, 0]
    const leaves = partLeaves(from, to)
    for (let more = true, at = from - 1; more; ) {
      const some = rows.all(at, to) as Row[]
      more = some.length === ROWS
      at = some.at(-1)?.seq ?? at
      for (const row of some) {
        // A gap that began before the part is told of the part in which it began.
        if (row.seq !== seq + 1 && (seq >= from || known === undefined))
          faults.push(missing(seq + 1, row.seq))
        bodies.fill(row)
        const ids = checkRow(row, previous, what => fault(row.seq, what))
        subjects += ids.length
        for (const id of ids)
          if (hasSubject.get(id, row.seq) !== 1) {
            fault(row.seq, 'the index of its subjects was changed')
            break
          }
        entries++
        if (row.erased_by !== null) erased++
        previous = isShaped(row) ? row.digests.toString('hex', BOTH) : ''
        if (previous !== '') leaves.put(row.seq, row.digests)
        seq = row.seq
      }
    }
    const coming = seq >= from ? (next.get(seq, Number.MAX_SAFE_INTEGER) as number | null) : null
    const cut = coming !== null && coming !== seq + 1 ? missing(seq + 1, coming) : undefined
    if (cut !== undefined && cut.seq <= to) faults.push(cut)
    return {
      ...part,
      entries,
      erased,
      subjects,
      ...(entries === 0
        ? {}
        : { last: { seq, sha256: previous.slice(0, SHA256), sha3: previous.slice(SHA256) } }),
      faults,
      ...(cut !== undefined && cut.seq > to ? { after: cut } : {}),
      ...leaves.tree(sizes),
    }
  }
}

const missing = (seq: number, next: number): PartFault => ({
  seq,
  to: next - 1,
  what: `entry ${seq} is missing (the next one is ${next})`,
})

/** What a leaf is made of: its prefix (RFC 9162 §2.1.1), SHA-256, SHA3-512. */
const leaf = Buffer.alloc(1 + BOTH / 2)

/** The tree over a part; in the place of an entry that is missing it has zeros. */
function partLeaves(from: number, to: number) {
  const count = to - from + 1
  const width = 2 ** Math.ceil(Math.log2(count))
  const hashes = Buffer.alloc(width * HASH)
  return {
    put(seq: number, digests: Buffer): void {
      digests.copy(leaf, 1, BOTH)
      hashes.write(hash('sha256', leaf, 'binary'), (seq - from) * HASH, 'binary')
    },
    tree(sizes: readonly number[]): Pick<PartCheck, 'tiles' | 'edges' | 'edge'> {
      const pyramid = pyramidOver(hashes)
      const edgeAt = (size: number): Edge[] =>
        subtreesOf({ from: 0, to: size }).map(subtree => ({
          level: subtree.level,
          hash: Buffer.from(inPyramid(pyramid, width, subtree)),
        }))
      return {
        tiles: Array.from({ length: Math.floor(count / WIDTH) }, (_, index) =>
          Buffer.from(inPyramid(pyramid, width, { level: STEP, index })),
        ),
        edges: sizes.map(size => [size, edgeAt(size - from + 1)]),
        edge: edgeAt(count),
      }
    },
  }
}

/** Checks one entry; gives the ids that its index must have. `previous`: digests of the entry before, hex. */
function checkRow(row: Row, previous: string, fault: (what: string) => void): string[] {
  const hex = isShaped(row) ? row.digests.toString('hex') : ''
  if (hex.slice(BOTH, 2 * BOTH) !== previous)
    fault('it does not follow the entry before it: that entry, or its place, was changed')
  const ids = parsed(row.ids)
  if (ids === undefined || row.ids !== ids.text) fault('its ids are not in canonical form')
  else if (![row.at, row.monotonic, row.version].every(Number.isSafeInteger))
    fault('its own digests do not fit its content: it has a number that is never written')
  else {
    const own = hexDigestsOf(chainedText(row, ids.text, pairAt(hex, 0), pairAt(hex, BOTH)))
    if (own.sha256 + own.sha3 !== hex.slice(2 * BOTH)) fault('its own digests do not fit its content')
  }
  if (row.body !== null && row.salt !== null) {
    const { sha256, sha3 } = hexCommitmentsTo(row.salt, row.body)
    if (sha256 + sha3 !== hex.slice(0, BOTH))
      fault('its body does not fit its commitments: the body or the salt was changed')
  } else if (row.erased_by === null && row.beyond !== true)
    fault('its body is gone and no erasure is recorded')
  return ids === undefined ? [] : ids.named
}

const isShaped = ({ shaped, digests }: Row) => shaped === 1 && digests.length === (3 * BOTH) / 2

const pairAt = (hex: string, at: number) => ({
  sha256: hex.slice(at, at + SHA256),
  sha3: hex.slice(at + SHA256, at + BOTH),
})

/** The ids of an entry as they are named in it, and the text they have in canonical form. */
function parsed(text: string): { named: string[]; text: string } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const named: unknown[] = Object.values(value)
    if (!named.every(id => typeof id === 'string')) return undefined
    return { named: named.length < 2 ? named : [...new Set(named)], text: canonical(value) }
  } catch {
    return undefined // not JSON, or not canonical: the caller names the fault
  }
}

/** What an entry with this text is about; nothing where the text says nothing. */
export const idsIn = (text: string): readonly string[] => parsed(text)?.named ?? []
