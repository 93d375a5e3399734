import type Sqlite from 'better-sqlite3'
import { type Edge, growingTree, HASH, joined, nodeHash } from './merkle.js'
import { STEP, WIDTH } from './tree.js'
import type { ChainCheck, ChainOptions, ChainState } from './verify.js'
import { checkedMoves, hasTable } from './verify-moves.js'
import { checkedOutside } from './verify-outside.js'
import { idsIn, type Part, type PartCheck, type PartFault } from './verify-part.js'
import { checkedCheckpoints, sizesAfter, tileCheck } from './verify-tree.js'

const MAX_FAULTS = 100
const STATE_ENTRIES = 50_000
const PART_ENTRIES = 8192
/** Beyond it numbers are no longer exact, and no entry ever gets there. */
const LAST = Number.MAX_SAFE_INTEGER

/** Puts what was found in the parts together, in their order. */
export function joining(
  db: Sqlite.Database,
  {
    onProgress,
    onState,
    from,
    stateEntries = STATE_ENTRIES,
    partEntries = PART_ENTRIES,
    outside = [],
  }: ChainOptions,
) {
  const hasTree = hasTable(db, 'journal_tiles')
  const resumed = from !== undefined && goesOn(db, from, partEntries) ? from : undefined
  const head =
    (db.prepare(`SELECT max(seq) FROM journal WHERE seq <= ${LAST}`).pluck().get() as number | null) ?? 0
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
  const wanted = new Set(hasTree ? sizesAfter(db, resumed?.seq ?? 0) : [])
  for (const { head: told } of outside) if (told !== undefined) wanted.add(told.size)
  const sizes = [...wanted].sort((a, b) => a - b)
  // What is said of a subtree, or of a root, is news only where nothing was said of its entries.
  const tiles = hasTree
    ? tileCheck(db, (seq, what) => {
        if (lastFaulty < seq) fault(seq, what)
      })
    : undefined
  const tree = growingTree(resumed?.edge.map(edgeOf), tiles?.completed)
  const unreadable = new Set<number>()
  const told = ({ seq, what, to = seq, volume }: PartFault) => {
    if (volume !== undefined && unreadable.has(volume)) return
    if (volume !== undefined) unreadable.add(volume)
    fault(seq, what)
    lastFaulty = Math.max(lastFaulty, to)
  }
  let last: PartCheck['last'] =
    resumed === undefined
      ? undefined
      : { seq: resumed.seq, sha256: resumed.sha256, sha3: resumed['sha3-512'] }
  let subjects = resumed?.subjects ?? 0
  let saved = check.entries

  /** The tree over what was not there, up to the entry before `seq`. */
  function fillBefore(seq: number): void {
    for (const level of subtreesBetween(tree.size(), seq - 1)) tree.put({ level, hash: nothingOf(level) })
  }

  function save(seq: number): void {
    saved = check.entries
    onState?.({
      seq,
      sha256: last?.sha256 ?? '',
      'sha3-512': last?.sha3 ?? '',
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

  return {
    /** What is to be looked at, in order; a part of which nothing is there is none. */
    *parts(): Generator<Part> {
      const next = db.prepare('SELECT min(seq) FROM journal WHERE seq > ? AND seq <= ?').pluck()
      for (let at = next.get(resumed?.seq ?? 0, head) as number | null; at !== null; ) {
        const from = at - ((at - 1) % partEntries)
        const to = Math.min(from + partEntries - 1, head)
        yield { from, to, sizes: sizes.filter(size => from <= size && size <= to) }
        at = next.get(to, head) as number | null
      }
    },
    /** How many entries are still to be looked at, at most. */
    left: head - (resumed?.seq ?? 0),
    /** Takes what was found in the next one. */
    join(part: PartCheck): void {
      fillBefore(part.from)
      check.entries += part.entries
      check.erased += part.erased
      subjects += part.subjects
      let nth = 0
      const tellUpTo = (seq: number) => {
        for (
          let fault = part.faults[nth];
          fault !== undefined && fault.seq <= seq;
          fault = part.faults[++nth]
        )
          told(fault)
      }
      part.tiles.forEach((hash, index) => {
        const size = part.from - 1 + (index + 1) * WIDTH
        tellUpTo(size)
        tiles?.completed(STEP, asBuffer(hash), size)
      })
      tellUpTo(part.to)
      const before = tree.edge().map(({ hash }) => hash)
      for (const [size, edge] of part.edges)
        roots.set(size, joined([...before, ...edge.map(({ hash }) => asBuffer(hash))]))
      for (const { level, hash } of part.edge) tree.put({ level, hash: asBuffer(hash) })
      if (part.after !== undefined) told(part.after)
      last = part.last ?? last
      onProgress?.(part.to)
      const whole = part.to % partEntries === 0 && last?.seq === part.to
      if (whole && check.entries - saved >= stateEntries) save(part.to)
    },
    /** What only all of it together says. */
    end(): ChainCheck {
      if (last !== undefined)
        check.head = {
          seq: last.seq,
          sha256: last.sha256,
          'sha3-512': last.sha3,
          root: tree.root().toString('hex'),
        }
      for (const what of tiles?.beyond(tree.size()) ?? []) fault(null, what)
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
      const beyond = db.prepare('SELECT seq FROM journal WHERE seq > ?').pluck()
      for (const seq of beyond.all(LAST) as number[]) fault(seq, 'an entry with a number that none is given')
      const sound = firstFaulty
      checkedOutside(db, outside, roots, (seq, what) => {
        if (seq === null || seq < sound) fault(seq, what)
      })
      checkedMoves(db, faulty, fault)
      if (hasTree) check.checkpoints = checkedCheckpoints(db, { roots, sound }, fault)
      check.faults.sort((a, b) => (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER))
      return check
    },
  }
}

const asBuffer = (hash: Uint8Array) => Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength)

/** Complete subtrees of `from` leaves and more, up to `to` of them, each as large as may begin there. */
function subtreesBetween(from: number, to: number): number[] {
  const levels: number[] = []
  for (let at = from; at < to; ) {
    let level = 0
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level++
    levels.push(level)
    at += 2 ** level
  }
  return levels
}

const nothing: Buffer[] = [Buffer.alloc(HASH)]
/** What stands in the place of a subtree none of whose entries is there: each leaf is zeros. */
function nothingOf(level: number): Buffer {
  for (let top = nothing.at(-1) as Buffer; nothing.length <= level; top = nothing.at(-1) as Buffer)
    nothing.push(nodeHash(top, top))
  return nothing[level] as Buffer
}

const edgeOf = ({ level, hash }: ChainState['edge'][number]): Edge => ({
  level,
  hash: Buffer.from(hash, 'hex'),
})

/** Whether a check can go on from there: it was cut off between two parts, and the entry at which it was is still the one it was. */
function goesOn(db: Sqlite.Database, state: ChainState, partEntries: number): boolean {
  if (state.seq % partEntries !== 0) return false
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
    if (!faulty.has(seq) && !(ids === null ? [] : idsIn(ids)).includes(id)) fault(seq)
  }
}
