import { type Kysely, sql as raw } from 'kysely'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { fail } from '../errors.js'
import {
  consistencyParts,
  HASH,
  inclusionParts,
  inPyramid,
  joined,
  leafHash,
  leafHashes,
  pyramidOver,
  type Subtree,
  subtreesOf,
} from './merkle.js'
import type { JournalTables } from './schema.js'

/**
 * The Merkle tree over the journal (RFC 9162 §2.1). Leaf number n is entry n + 1; a leaf's data are the entry's own
 * digests, SHA-256 then SHA3-512 (96 bytes), so that it says neither more nor less than the chain does. Kept are only the
 * hashes of complete subtrees of 256, 65,536 … entries, written with the entry that completes them: one row in 255 entries.
 */
export const WIDTH = 256
export const STEP = 8

export interface Tree {
  /** Entries that the tree holds now. */
  size(): Promise<number>
  /** Its root when it had so many entries. */
  root(size: number): Promise<Buffer>
  /** That entry `seq` stands where it does in the tree of that size; at most 54 hashes of 32 bytes. */
  inclusion(seq: number, size: number): Promise<Buffer[]>
  /** That the tree of `before` entries is the beginning of the one of `after`. */
  consistency(before: number, after: number): Promise<Buffer[]>
}

/** The hash an entry has as a leaf. */
export function leafOf({ sha256, sha3 }: { sha256: Buffer; sha3: Buffer }): Buffer {
  return leafHash(Buffer.concat([sha256, sha3]))
}

export function openTree({ db }: { db: Database }): Tree {
  const size = async () => {
    const row = await db
      .sql<JournalTables>()
      .selectFrom('journal')
      .select(eb => eb.fn.max('seq').as('seq'))
      .executeTakeFirst()
    return row?.seq ?? 0
  }
  const within = async (asked: number) => {
    if (!Number.isSafeInteger(asked) || asked < 1 || asked > (await size()))
      fail('missing', `The journal has no ${asked} entries.`)
  }
  const kept = keptTiles()
  const hashesOf = async (parts: readonly Subtree[][], of: number) => {
    const hashes: Buffer[] = []
    for (const part of parts) hashes.push(await over(part, subtree => hashIn(of, subtree)))
    return hashes
  }
  /** Of a subtree within a block of 256 that is whole: all of the block's hashes are made at once, for each proof needs many. */
  async function hashIn(of: number, subtree: Subtree): Promise<Buffer> {
    const sql = db.sql<JournalTables>()
    const [level, inside] = [Math.floor(subtree.level / STEP), subtree.level % STEP]
    const across = WIDTH / 2 ** inside
    const tile = Math.floor(subtree.index / across)
    if ((tile + 1) * WIDTH ** (level + 1) > of) {
      return kept.get(`subtree ${subtree.level} ${subtree.index}`, () => hashOf(sql, subtree))
    }
    const block = await kept.get(`block ${level} ${tile}`, async () =>
      pyramidOver(await keptHashes(sql, level, tile * WIDTH, WIDTH)),
    )
    return inPyramid(block, WIDTH, { level: inside, index: subtree.index % across })
  }
  return {
    size,
    root: async of => {
      if (of !== 0) await within(of)
      return over(subtreesOf({ from: 0, to: of }), subtree => hashOf(db.sql<JournalTables>(), subtree))
    },
    inclusion: async (seq, of) => {
      await within(of)
      if (!Number.isSafeInteger(seq) || seq < 1 || seq > of)
        fail('missing', `There is no entry ${seq} among the first ${of}.`)
      return hashesOf(inclusionParts(seq - 1, of), of)
    },
    consistency: async (before, after) => {
      await within(after)
      if (!Number.isSafeInteger(before) || before < 1 || before > after)
        fail('missing', `There are no ${before} entries among the first ${after}.`)
      return hashesOf(consistencyParts(before, after), after)
    },
  }
}

type Sql = Kysely<JournalTables>

async function over(
  subtrees: readonly Subtree[],
  hash: (subtree: Subtree) => Promise<Buffer>,
): Promise<Buffer> {
  const hashes: Buffer[] = []
  for (const subtree of subtrees) hashes.push(await hash(subtree))
  return joined(hashes)
}

/** Of one complete subtree: its kept hash, or out of at most 128 of the next kept level below. */
async function hashOf(sql: Sql, { level, index }: Subtree): Promise<Buffer> {
  const kept = Math.floor(level / STEP)
  const count = 2 ** (level % STEP)
  return folded(await keptHashes(sql, kept, index * count, count))
}

/** So many hashes (a power of two) to one. */
function folded(hashes: Buffer): Buffer {
  return pyramidOver(hashes).subarray(-HASH)
}

const TILES_MAX = 64

/** Of the blocks and subtrees used last: what is whole does not change any more. */
function keptTiles() {
  const kept = new Map<string, Buffer>()
  return {
    get: async (key: string, make: () => Promise<Buffer>) => {
      const found = kept.get(key) ?? (await make())
      kept.delete(key)
      kept.set(key, found)
      const [oldest] = kept.size > TILES_MAX ? kept.keys() : []
      if (oldest !== undefined) kept.delete(oldest)
      return found
    },
  }
}

/** Bytes of a leaf's data. */
const LEAF_BYTES = 96

// In one piece each: a row and a buffer for each hash would cost more than the hashing.
const entriesBetween = prepare({ from: 0, to: 0 }, (sql: Sql, { from, to }) =>
  sql
    .selectFrom('journal')
    .select(raw<Buffer | null>`CAST(group_concat(sha256 || sha3, '' ORDER BY seq) AS BLOB)`.as('bytes'))
    .where('seq', '>=', from)
    .where('seq', '<=', to),
)
const tilesBetween = prepare({ level: 0, from: 0, to: 0 }, (sql: Sql, { level, from, to }) =>
  sql
    .selectFrom('journal_tiles')
    .select(raw<Buffer | null>`CAST(group_concat(hash, '' ORDER BY position) AS BLOB)`.as('bytes'))
    .where('level', '=', level)
    .where('position', '>=', from)
    .where('position', '<=', to),
)

/** Side by side. */
async function keptHashes(sql: Sql, kept: number, from: number, count: number): Promise<Buffer> {
  const [found] =
    kept === 0
      ? await entriesBetween(sql, { from: from + 1, to: from + count })
      : await tilesBetween(sql, { level: kept, from, to: from + count - 1 })
  const bytes = found?.bytes ?? Buffer.alloc(0)
  if (bytes.length !== count * (kept === 0 ? LEAF_BYTES : HASH))
    fail('internal', 'The tree over the journal has a gap: relais verify says where.')
  return kept === 0 ? leafHashes(bytes, LEAF_BYTES) : bytes
}

/** Keeps the subtrees that entries `from` to `to` complete; in the transaction that appends them. */
export async function completeTiles(tx: Tx, from: number, to: number): Promise<void> {
  for (let seq = Math.ceil(from / WIDTH) * WIDTH; seq <= to; seq += WIDTH) await completeTilesAt(tx, seq)
}

async function completeTilesAt(tx: Tx, seq: number): Promise<void> {
  const sql = tx.sql<JournalTables>()
  for (let [level, end] = [1, seq]; end % WIDTH === 0; level++) {
    const position = end / WIDTH - 1
    const hash = folded(await keptHashes(sql, level - 1, position * WIDTH, WIDTH))
    await sql.insertInto('journal_tiles').values({ level, position, hash }).execute()
    end = position + 1
  }
}

/** Once, for a journal that was begun before it had a tree. */
export async function fillTree(db: Database): Promise<void> {
  const sql = db.sql<JournalTables>()
  const { seq } = (await sql
    .selectFrom('journal')
    .select(eb => eb.fn.max('seq').as('seq'))
    .executeTakeFirst()) ?? { seq: 0 }
  const { kept } = (await sql
    .selectFrom('journal_tiles')
    .select(eb => eb.fn.countAll<number>().as('kept'))
    .where('level', '=', 1)
    .executeTakeFirst()) ?? { kept: 0 }
  for (let end = (kept + 1) * WIDTH; end <= (seq ?? 0); end += WIDTH)
    await db.write(tx => completeTiles(tx, end, end))
}
