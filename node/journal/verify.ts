import Sqlite from 'better-sqlite3'
import { canonical } from './canonical.js'
import { commitmentsTo, type Digests, entryDigests, GENESIS } from './entry.js'
import { type Edge, growingTree } from './merkle.js'
import { leafOf } from './tree.js'
import { checkedMoves, hasTable, movedBodies } from './verify-moves.js'
import { checkedOutside, type OutsideHead } from './verify-outside.js'
import { checkedCheckpoints, sizesAfter, tileCheck } from './verify-tree.js'
import { type Moved, readsMoved } from './volume-bodies.js'

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
  /** Signed heads that witnesses outside kept. */
  outside?: readonly OutsideHead[]
}

const MAX_FAULTS = 100
const PROGRESS_ENTRIES = 10_000
const STATE_ENTRIES = 50_000
const GAP_MAX = 10_000
/** In the place of an entry that is missing. */
const NOTHING = Buffer.alloc(32)

interface Row {
  seq: number
  at: number
  monotonic: number
  boot: string
  site: string | null
  type: string
  version: number
  ids: string
  body_sha256: Buffer
  body_sha3: Buffer
  previous_sha256: Buffer
  previous_sha3: Buffer
  sha256: Buffer
  sha3: Buffer
  salt: Buffer | null
  body: string | null
  erased_by: number | null
  /** Its body lies in a volume that cannot be read: told once, of the volume. */
  beyond?: true
}

/**
 * Recomputes the whole journal of a database file, opened read-only: gapless sequence, both digests of every
 * entry and of its predecessor, both commitments to every body, the index of subjects, a recorded erasure behind every
 * missing body, the Merkle tree, and every signed checkpoint. Works while the node runs.
 */
export function verifyChain(file: string, options: ChainOptions = {}): ChainCheck {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    db.exec('BEGIN') // one snapshot: the node may go on writing
    const moved = readsMoved(db, file)
    try {
      return checked(db, moved, options)
    } finally {
      moved.close()
    }
  } finally {
    db.close()
  }
}

function checked(
  db: Sqlite.Database,
  moved: Moved,
  { onProgress, onState, from, stateEntries = STATE_ENTRIES, outside = [] }: ChainOptions,
): ChainCheck {
  const hasTree = hasTable(db, 'journal_tiles')
  const resumed = from !== undefined && standsStill(db, from) ? from : undefined
  const check: ChainCheck = {
    entries: resumed?.entries ?? 0,
    erased: resumed?.erased ?? 0,
    checkpoints: 0,
    hasTree,
    faults: [...(resumed?.faults ?? [])],
    faultCount: resumed?.faultCount ?? 0,
    head: null,
  }
  const faulty = new Set<number>(resumed?.faulty)
  let [firstFaulty, lastFaulty] = [Math.min(...faulty, Number.POSITIVE_INFINITY), Math.max(...faulty, 0)]
  const fault = (seq: number | null, what: string) => {
    check.faultCount++
    if (check.faults.length < MAX_FAULTS) check.faults.push({ seq, what })
    if (seq === null) return
    faulty.add(seq)
    ;[firstFaulty, lastFaulty] = [Math.min(firstFaulty, seq), Math.max(lastFaulty, seq)]
  }
  const roots = new Map<number, Buffer>(
    resumed?.roots.map(([size, root]) => [size, Buffer.from(root, 'hex')]),
  )
  const sizes = new Set(hasTree ? sizesAfter(db, resumed?.seq ?? 0) : [])
  // What is said of a subtree, or of a root, is news only where nothing was said of its entries.
  for (const { head } of outside) if (head !== undefined) sizes.add(head.size)
  const tiles = hasTree
    ? tileCheck(db, (seq, what) => {
        if (seq === null || lastFaulty < seq) fault(seq, what)
      })
    : undefined
  const tree = growingTree(resumed?.edge.map(edgeOf), tiles?.completed)
  const bodies = movedBodies(moved, fault)
  const hasSubject = db.prepare('SELECT 1 FROM journal_subjects WHERE id = ? AND seq = ?').pluck()
  const rows = db.prepare(`
    SELECT j.*, b.salt, b.body, e.fact AS erased_by
    FROM journal j LEFT JOIN journal_bodies b ON b.seq = j.seq LEFT JOIN journal_erasures e ON e.seq = j.seq
    WHERE j.seq > ? ORDER BY j.seq`)
  let previous: Digests =
    resumed === undefined
      ? GENESIS
      : { sha256: Buffer.from(resumed.sha256, 'hex'), sha3: Buffer.from(resumed['sha3-512'], 'hex') }
  let subjects = resumed?.subjects ?? 0
  let expected = (resumed?.seq ?? 0) + 1
  tiles?.after(expected - 1)
  for (const row of rows.iterate(expected - 1) as IterableIterator<Row>) {
    if (row.seq !== expected) {
      fault(expected, `entry ${expected} is missing (the next one is ${row.seq})`)
      // The others keep their places in the tree; where far too many are missing, it says nothing any more.
      for (let seq = expected; seq < Math.min(row.seq, expected + GAP_MAX); seq++) tree.add(NOTHING)
    }
    bodies.fill(row)
    const ids = checkRow(row, previous, what => fault(row.seq, what))
    subjects += ids.length
    if (!ids.every(id => hasSubject.get(id, row.seq) === 1))
      fault(row.seq, 'the index of its subjects was changed')
    check.entries++
    if (row.erased_by !== null) check.erased++
    previous = { sha256: row.sha256, sha3: row.sha3 }
    tree.add(leafOf(row))
    if (sizes.has(row.seq)) roots.set(row.seq, tree.root())
    expected = row.seq + 1
    if (check.entries % PROGRESS_ENTRIES === 0) onProgress?.(row.seq)
    if (onState !== undefined && check.entries % stateEntries === 0)
      onState({
        seq: row.seq,
        sha256: row.sha256.toString('hex'),
        'sha3-512': row.sha3.toString('hex'),
        entries: check.entries,
        erased: check.erased,
        subjects,
        faults: check.faults,
        faultCount: check.faultCount,
        faulty: [...faulty],
        edge: tree.edge().map(({ level, hash }) => ({ level, hash: hash.toString('hex') })),
        roots: [...roots].map(([size, root]) => [size, root.toString('hex')]),
      })
  }
  if (check.entries > 0)
    check.head = {
      seq: expected - 1,
      sha256: previous.sha256.toString('hex'),
      'sha3-512': previous.sha3.toString('hex'),
      root: tree.root().toString('hex'),
    }
  tiles?.end()
  if (db.prepare('SELECT count(*) FROM journal_subjects').pluck().get() !== subjects)
    strangeSubjects(db, seq => fault(seq, 'the index of its subjects was changed'), faulty)
  for (const { seq } of db
    .prepare('SELECT seq FROM journal_bodies WHERE seq NOT IN (SELECT seq FROM journal)')
    .all() as { seq: number }[])
    fault(seq, `a body without its entry (${seq})`)
  // The list of what was erased is part of the body that its entry commits to; once that body is itself erased,
  // the type of the entry is what is left.
  const erasures = db.prepare(`
    SELECT e.seq, e.fact FROM journal_erasures e LEFT JOIN journal j ON j.seq = e.fact
      JOIN (SELECT f.fact, coalesce(b.body, moved_body(f.fact)) AS body FROM journal_erasures f
        LEFT JOIN journal_bodies b ON b.seq = f.fact GROUP BY f.fact) b ON b.fact = e.fact
    WHERE j.type IS NOT 'bodies-erased' OR (b.body IS NOT NULL
      AND (NOT json_valid(b.body) OR e.seq NOT IN (SELECT value FROM json_each(b.body, '$.erased'))))`)
  // An entry that was itself touched is named already, and says nothing of what it once recorded.
  for (const { seq, fact } of erasures.all() as { seq: number; fact: number }[])
    if (!faulty.has(fact)) fault(seq, 'its erasure names no entry that records it')
  for (const seq of db.prepare('SELECT seq FROM journal WHERE seq < 1').pluck().all() as number[])
    fault(seq, 'an entry before the first')
  const sound = firstFaulty
  checkedOutside(db, outside, roots, (seq, what) => {
    if (seq === null || seq < sound) fault(seq, what)
  })
  checkedMoves(db, faulty, fault)
  if (hasTree) check.checkpoints = checkedCheckpoints(db, { roots, sound }, fault)
  check.faults.sort((a, b) => (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER))
  return check
}

const edgeOf = ({ level, hash }: ChainState['edge'][number]): Edge => ({
  level,
  hash: Buffer.from(hash, 'hex'),
})

/** Whether the entry at which a check was cut off is still the one it was. */
function standsStill(db: Sqlite.Database, state: ChainState): boolean {
  const row = db.prepare('SELECT sha256, sha3 FROM journal WHERE seq = ?').get(state.seq) as
    | { sha256: Buffer; sha3: Buffer }
    | undefined
  return row?.sha256.toString('hex') === state.sha256 && row.sha3.toString('hex') === state['sha3-512']
}

/** Names the rows of the index that no entry has; told of one whose entry was already named is nothing new. */
function strangeSubjects(
  db: Sqlite.Database,
  fault: (seq: number) => void,
  faulty: ReadonlySet<number>,
): void {
  const rows = db.prepare(
    'SELECT s.id, s.seq, j.ids FROM journal_subjects s LEFT JOIN journal j ON j.seq = s.seq ORDER BY s.seq',
  )
  for (const { id, seq, ids } of rows.iterate() as IterableIterator<{
    id: string
    seq: number
    ids: string | null
  }>) {
    const known = ids === null ? undefined : parsed(ids)
    if (!faulty.has(seq) && (known === undefined || !Object.values(known.value).includes(id))) fault(seq)
  }
}

/** Checks one entry; gives the ids that its index must have. */
function checkRow(row: Row, previous: Digests, fault: (what: string) => void): string[] {
  if (!row.previous_sha256.equals(previous.sha256) || !row.previous_sha3.equals(previous.sha3))
    fault('it does not follow the entry before it: that entry, or its place, was changed')
  const ids = parsed(row.ids)
  if (ids === undefined || row.ids !== ids.text) fault('its ids are not in canonical form')
  else if (![row.at, row.monotonic, row.version].every(Number.isSafeInteger))
    fault('its own digests do not fit its content: it has a number that is never written')
  else if (!ownDigestsFit(row, ids)) fault('its own digests do not fit its content')
  if (row.body !== null && row.salt !== null) {
    const commitments = commitmentsTo(row.salt, row.body)
    if (!commitments.sha256.equals(row.body_sha256) || !commitments.sha3.equals(row.body_sha3))
      fault('its body does not fit its commitments: the body or the salt was changed')
  } else if (row.erased_by === null && row.beyond !== true)
    fault('its body is gone and no erasure is recorded')
  return ids === undefined ? [] : [...new Set(Object.values(ids.value))]
}

function ownDigestsFit(row: Row, ids: { value: Record<string, string>; text: string }): boolean {
  const own = entryDigests(
    {
      seq: row.seq,
      at: row.at,
      monotonic: row.monotonic,
      boot: row.boot,
      site: row.site,
      type: row.type,
      version: row.version,
      ids: ids.value,
      bodySha256: row.body_sha256,
      bodySha3: row.body_sha3,
      previousSha256: row.previous_sha256,
      previousSha3: row.previous_sha3,
    },
    ids.text,
  )
  return own.sha256.equals(row.sha256) && own.sha3.equals(row.sha3)
}

function parsed(text: string): { value: Record<string, string>; text: string } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isIds(value) ? { value, text: canonical(value) } : undefined
  } catch {
    return undefined // not JSON, or not canonical: the caller names the fault
  }
}

function isIds(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(id => typeof id === 'string')
  )
}
