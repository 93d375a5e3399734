import { hash } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import {
  consistencyParts,
  EMPTY_ROOT,
  growingTree,
  inclusionParts,
  isConsistent,
  isIncluded,
  joined,
  leafHash,
  nodeHash,
  type Subtree,
  subtreesOf,
} from '../../node/journal/merkle.js'

const hex = (text: string) => Buffer.from(text, 'hex')

/** The eight leaves of the reference code of Certificate Transparency, the roots of their trees, and their proofs. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const INCLUSION: [leaf: number, size: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [3, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    2,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]
const CONSISTENCY: [before: number, after: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]

/** The tree as the RFC defines it, over all leaves. */
function treeHead(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return hash('sha256', '', 'buffer')
  if (leaves.length === 1) return leaves[0] as Buffer
  const half = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1)
  return nodeHash(treeHead(leaves.slice(0, half)), treeHead(leaves.slice(half)))
}

function proofOf(leaves: readonly Buffer[], parts: readonly Subtree[][]): Buffer[] {
  const hashOf = ({ level, index }: Subtree) =>
    treeHead(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
  return parts.map(part => joined(part.map(hashOf)))
}

const some = (count: number) => Array.from({ length: count }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)))

test('the tree is the one of RFC 9162 §2.1: roots and proofs of the reference code of Certificate Transparency', t => {
  const leaves = LEAVES.map(leaf => leafHash(hex(leaf)))
  t.deepEqual(EMPTY_ROOT, hex('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'))
  const tree = growingTree()
  leaves.forEach((leaf, at) => {
    tree.add(leaf)
    t.is(tree.root().toString('hex'), ROOTS[at] as string)
  })
  const texts = (parts: Subtree[][]) => proofOf(leaves, parts).map(part => part.toString('hex'))
  for (const [leaf, size, proof] of INCLUSION) {
    t.deepEqual(texts(inclusionParts(leaf - 1, size)), proof)
    t.true(
      isIncluded(
        leaves[leaf - 1] as Buffer,
        leaf - 1,
        size,
        proof.map(each => hex(each)),
        hex(ROOTS[size - 1] as string),
      ),
    )
  }
  for (const [before, after, proof] of CONSISTENCY) {
    t.deepEqual(texts(consistencyParts(before, after)), proof)
    const heads = [before, after].map(size => ({ size, root: hex(ROOTS[size - 1] as string) }))
    t.true(
      isConsistent(
        heads[0] as never,
        heads[1] as never,
        proof.map(each => hex(each)),
      ),
    )
  }
})

test('every leaf of every tree of up to 70 is proved, and every tree is the beginning of every later one', t => {
  const leaves = some(70)
  for (let size = 1; size <= leaves.length; size++) {
    const all = leaves.slice(0, size)
    const root = treeHead(all)
    t.deepEqual(
      joined(
        subtreesOf({ from: 0, to: size }).map(({ level, index }) =>
          treeHead(all.slice(index * 2 ** level, (index + 1) * 2 ** level)),
        ),
      ),
      root,
    )
    for (let at = 0; at < size; at++)
      t.true(
        isIncluded(all[at] as Buffer, at, size, proofOf(all, inclusionParts(at, size)), root),
        `${at} of ${size}`,
      )
    for (let before = 1; before <= size; before++) {
      const heads = { before: { size: before, root: treeHead(all.slice(0, before)) }, after: { size, root } }
      t.true(
        isConsistent(heads.before, heads.after, proofOf(all, consistencyParts(before, size))),
        `${before} of ${size}`,
      )
    }
  }
})

test('a proof that is changed, shortened, lengthened, or of another leaf, place, size or root proves nothing', t => {
  const leaves = some(200)
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(), fc.nat(), fc.nat(), (size, place, cut, bit) => {
      const all = leaves.slice(0, size)
      const root = treeHead(all)
      const at = place % size
      const leaf = all[at] as Buffer
      const proof = proofOf(all, inclusionParts(at, size))
      const flip = (bytes: Buffer) => {
        const copy = Buffer.from(bytes)
        copy[cut % 32] = (copy[cut % 32] as number) ^ (1 << (bit % 8))
        return copy
      }
      const other = (parts: Buffer[]) =>
        parts.map((part, n) => (n === cut % parts.length ? flip(part) : part))
      t.false(isIncluded(leaf, at, size, other(proof), root))
      t.false(isIncluded(leaf, at, size, proof.slice(1), root))
      t.false(isIncluded(leaf, at, size, [...proof, root], root))
      t.false(isIncluded(flip(leaf), at, size, proof, root))
      t.false(isIncluded(leaf, at, size, proof, flip(root)))
      t.false(isIncluded(leaf, (at + 1) % size, size, proof, root))
      t.false(isIncluded(leaf, size, size, proof, root))

      const before = 1 + (place % (size - 1))
      const heads = { before: { size: before, root: treeHead(all.slice(0, before)) }, after: { size, root } }
      const grown = proofOf(all, consistencyParts(before, size))
      t.false(isConsistent(heads.before, heads.after, other(grown)))
      t.false(isConsistent(heads.before, heads.after, [...grown, root]))
      t.false(isConsistent(heads.before, heads.after, grown.slice(1)))
      t.false(isConsistent({ ...heads.before, root: flip(heads.before.root) }, heads.after, grown))
      t.false(isConsistent(heads.before, { ...heads.after, root: flip(root) }, grown))
      t.false(isConsistent(heads.after, heads.before, grown))
      t.false(isConsistent({ size, root }, { size, root: flip(root) }, []))
    }),
    { numRuns: 200 },
  )
})

test('a tree that was cut off grows on from its edge', t => {
  const leaves = some(300)
  const seen: [number, string][] = []
  const whole = growingTree([], (level, hash) => seen.push([level, hash.toString('hex')]))
  for (const leaf of leaves) whole.add(leaf)
  t.is(seen.filter(([level]) => level === 8).length, 1)
  t.is(seen.find(([level]) => level === 8)?.[1], treeHead(leaves.slice(0, 256)).toString('hex'))
  for (const cut of [1, 7, 255, 256, 257, 299]) {
    const first = growingTree()
    for (const leaf of leaves.slice(0, cut)) first.add(leaf)
    const second = growingTree(first.edge())
    for (const leaf of leaves.slice(cut)) second.add(leaf)
    t.deepEqual(second.root(), whole.root())
  }
})
