import { sha256 } from '@noble/hashes/sha2.js'

/** Leaf and node hashes of RFC 9162 §2.1.1. */
const leafHash = (data: Uint8Array) => sha256(joined([Uint8Array.of(0), data]))
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(joined([Uint8Array.of(1), left, right]))

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The root that leaf `index` (from 0) and its path lead to in a tree of `size` (RFC 9162 §2.1.3.2); undefined: to none. */
export function rootFrom(
  data: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (index >= size) return undefined
  let [at, last, hash] = [index, size - 1, leafHash(data)]
  for (const part of path) {
    if (last === 0) return undefined
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(part, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else hash = nodeHash(hash, part)
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 ? hash : undefined
}
