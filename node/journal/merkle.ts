import { hash } from 'node:crypto'

/**
 * The Merkle tree of RFC 9162 §2.1 (SHA-256, leaf prefix 0x00, node prefix 0x01), as arithmetic: which complete subtrees
 * a root, an inclusion proof or a consistency proof is made of, and whether a proof holds. Reads and keeps nothing.
 */

/** A complete subtree: `level` 0 is a leaf; it covers leaves `index × 2^level` to `(index + 1) × 2^level − 1`. */
export interface Subtree {
  level: number
  index: number
}

/** Leaves `from` to `to − 1`: one hash of a proof. */
interface Span {
  from: number
  to: number
}

/** Bytes of a hash. */
export const HASH = 32
const LEAF = Buffer.from([0])
/** Reused: the prefix of a node, then the two below it. */
const two = Buffer.concat([Buffer.from([1]), Buffer.alloc(2 * HASH)])
/** Digest of nothing: the root of an empty tree (§2.1.1). */
export const EMPTY_ROOT = hash('sha256', '', 'buffer')
/** A proof has at most one hash for each bit of the size, and one more. */
export const PROOF_MAX = 54

export function leafHash(data: Buffer): Buffer {
  return hash('sha256', Buffer.concat([LEAF, data]), 'buffer')
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  left.copy(two, 1)
  right.copy(two, 1 + HASH)
  return hash('sha256', two, 'buffer')
}

/** Hashes of leaves whose data lie side by side, `bytes` of them each; side by side too. */
export function leafHashes(data: Buffer, bytes: number): Buffer {
  const leaf = Buffer.alloc(1 + bytes)
  const hashes = Buffer.allocUnsafe((data.length / bytes) * HASH)
  for (let from = 0, to = 0; from < data.length; from += bytes, to += HASH) {
    data.copy(leaf, 1, from, from + bytes)
    hashes.write(hash('sha256', leaf, 'binary'), to, 'binary')
  }
  return hashes
}

/**
 * Over a power of two of hashes side by side: they themselves, then those of each two of them, up to the one over all, all
 * in one piece. A proof needs many of them, and a buffer for each would cost more than its hash.
 */
export function pyramidOver(hashes: Buffer): Buffer {
  const all = Buffer.allocUnsafe(2 * hashes.length - HASH)
  hashes.copy(all)
  for (let [from, to] = [0, hashes.length]; to < all.length; from += 2 * HASH, to += HASH) {
    all.copy(two, 1, from, from + 2 * HASH)
    all.write(hash('sha256', two, 'binary'), to, 'binary')
  }
  return all
}

/** Of a {@link pyramidOver} `count` hashes, the one `level` above them. */
export function inPyramid(pyramid: Buffer, count: number, { level, index }: Subtree): Buffer {
  const place = 2 * count - (2 * count) / 2 ** level + index
  return pyramid.subarray(place * HASH, (place + 1) * HASH)
}

/** The complete subtrees of leaves `from` to `to − 1`, largest first; `from` must be where the largest may begin. */
export function subtreesOf({ from, to }: Span): Subtree[] {
  const found: Subtree[] = []
  for (let at = from; at < to; ) {
    const level = Math.floor(Math.log2(to - at))
    found.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return found
}

/** The hash over complete subtrees in the order of {@link subtreesOf}. */
export function joined(hashes: readonly Buffer[]): Buffer {
  const last = hashes.at(-1)
  if (last === undefined) return EMPTY_ROOT
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
}

/** What each hash of the inclusion proof of leaf `index` (from 0) in a tree of `size` is made of (§2.1.3.1). */
export function inclusionParts(index: number, size: number): Subtree[][] {
  demandWithin(index < size, index, size)
  const path = (from: number, to: number): Span[] => {
    if (to - from === 1) return []
    const middle = from + splitOf(to - from)
    return index < middle
      ? [...path(from, middle), { from: middle, to }]
      : [...path(middle, to), { from, to: middle }]
  }
  return path(0, size).map(subtreesOf)
}

/** What each hash of the proof that a tree of `before` leaves is the beginning of one of `after` is made of (§2.1.4.1). */
export function consistencyParts(before: number, after: number): Subtree[][] {
  demandWithin(before >= 1 && before <= after, before, after)
  const path = (from: number, to: number, known: boolean): Span[] => {
    if (before === to) return known ? [] : [{ from, to }]
    const middle = from + splitOf(to - from)
    return before <= middle
      ? [...path(from, middle, known), { from: middle, to }]
      : [...path(middle, to, false), { from, to: middle }]
  }
  return path(0, after, true).map(subtreesOf)
}

/** Whether the leaf stands at `index` (from 0) in the tree of that size and root (§2.1.3.2). */
export function isIncluded(
  leaf: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (index >= size || proof.length > PROOF_MAX) return false
  let [fn, sn, found] = [index, size - 1, leaf]
  for (const part of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      found = nodeHash(part, found)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)]
    } else found = nodeHash(found, part)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  return sn === 0 && found.equals(root)
}

/** Whether the tree of `after` leaves begins with the one of `before` (§2.1.4.2). */
export function isConsistent(
  before: { size: number; root: Buffer },
  after: { size: number; root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (before.size < 1 || before.size > after.size || proof.length > PROOF_MAX) return false
  if (before.size === after.size) return proof.length === 0 && before.root.equals(after.root)
  const path = isPowerOfTwo(before.size) ? [before.root, ...proof] : [...proof]
  const [first, ...rest] = path
  if (first === undefined) return false
  let [fn, sn] = [before.size - 1, after.size - 1]
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  let [old, now] = [first, first]
  for (const part of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      ;[old, now] = [nodeHash(part, old), nodeHash(part, now)]
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)]
    } else now = nodeHash(now, part)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  return sn === 0 && old.equals(before.root) && now.equals(after.root)
}

/** One complete subtree at the right edge of a tree. */
export interface Edge {
  level: number
  hash: Buffer
}

/**
 * A tree that grows at its right edge and remembers nothing but that edge, largest first. `onComplete` hears of every
 * subtree that becomes complete, leaves included, and of how many leaves there are then.
 */
export function growingTree(
  edge: readonly Edge[] = [],
  onComplete: (level: number, hash: Buffer, size: number) => void = () => undefined,
) {
  const subtrees = [...edge]
  let size = edge.reduce((leaves, { level }) => leaves + 2 ** level, 0)
  /** Puts a complete subtree, itself known to whoever puts it, at the right edge; it must begin where one of its size may. */
  const put = (subtree: Edge) => {
    let top = subtree
    size += 2 ** top.level
    for (let last = subtrees.at(-1); last?.level === top.level; last = subtrees.at(-1)) {
      top = { level: top.level + 1, hash: nodeHash(last.hash, top.hash) }
      subtrees.pop()
      onComplete(top.level, top.hash, size)
    }
    subtrees.push(top)
  }
  return {
    add(leaf: Buffer): void {
      onComplete(0, leaf, size + 1)
      put({ level: 0, hash: leaf })
    },
    put,
    root: (): Buffer => joined(subtrees.map(({ hash }) => hash)),
    edge: (): readonly Edge[] => [...subtrees],
    size: (): number => size,
  }
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  return 2 ** (Math.ceil(Math.log2(size)) - 1)
}

const isPowerOfTwo = (size: number) => Number.isInteger(Math.log2(size))

function demandWithin(fits: boolean, part: number, whole: number): void {
  if (!fits || !Number.isSafeInteger(part) || !Number.isSafeInteger(whole))
    throw new RangeError(`There is no ${part} in a tree of ${whole}.`)
}
