import { hash } from 'node:crypto'
import { canonical } from './canonical.js'

/**
 * The chained part of a journal entry: everything but the body, which is present as two commitments.
 * It never holds health data: `ids` are our own opaque identifiers.
 */
export interface Entry {
  seq: number
  /** UTC milliseconds. */
  at: number
  /** Milliseconds of the monotonic clock of `boot`. */
  monotonic: number
  /** Names the run of the program: two monotonic times compare only within one boot. */
  boot: string
  site: string | null
  type: string
  version: number
  ids: Record<string, string>
  bodySha256: Buffer
  bodySha3: Buffer
  previousSha256: Buffer
  previousSha3: Buffer
}

export interface Digests {
  sha256: Buffer
  sha3: Buffer
}

/** What precedes the first entry. */
export const GENESIS: Digests = { sha256: Buffer.alloc(32), sha3: Buffer.alloc(64) }

/** SHA-256 and SHA3-512 of the same bytes: two unrelated functions, so that the break of one leaves the proof. */
export function digestsOf(bytes: Buffer | string): Digests {
  return { sha256: hash('sha256', bytes, 'buffer'), sha3: hash('sha3-512', bytes, 'buffer') }
}

/** Commitments to a body: digests of `salt ‖ canonical body`. The salt (32 bytes) keeps a short body from being guessed. */
export function commitmentsTo(salt: Buffer, body: string): Digests {
  return digestsOf(Buffer.concat([salt, Buffer.from(body)]))
}

/**
 * The canonical text (RFC 8785) of all chained fields of an entry: what its own digests are made of. It is put together
 * here because it is made a million times in a check; a test holds it against `canonical`.
 */
export function entryText(entry: Entry, ids = canonical(entry.ids)): string {
  const { seq, at, monotonic, version } = entry
  if (![seq, at, monotonic, version].every(Number.isSafeInteger)) canonical([seq, at, monotonic, version])
  return `{"at":${at},"body":${pairText(entry.bodySha256, entry.bodySha3)},"boot":${canonical(entry.boot)},"ids":${ids},"monotonic":${monotonic},"previous":${pairText(entry.previousSha256, entry.previousSha3)},"seq":${seq},"site":${canonical(entry.site)},"type":${canonical(entry.type)},"version":${version}}`
}

const pairText = (sha256: Buffer, sha3: Buffer) =>
  `{"sha256":"${sha256.toString('hex')}","sha3-512":"${sha3.toString('hex')}"}`

export function entryDigests(entry: Entry, ids?: string): Digests {
  return digestsOf(entryText(entry, ids))
}
