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

/** What an entry says beside its ids and digests. */
export type ChainedFields = Pick<Entry, 'seq' | 'at' | 'monotonic' | 'boot' | 'site' | 'type' | 'version'>

export interface Digests {
  sha256: Buffer
  sha3: Buffer
}

/** What precedes the first entry. */
export const GENESIS: Digests = { sha256: Buffer.alloc(32), sha3: Buffer.alloc(64) }

/** SHA-256 and SHA3-512 of the same bytes: two unrelated functions, so that the break of one leaves the proof. */
export function digestsOf(data: Buffer | string): Digests {
  return { sha256: hash('sha256', data, 'buffer'), sha3: hash('sha3-512', data, 'buffer') }
}

/** The same as text: what entries are put together of. Lower case. */
export interface HexDigests {
  sha256: string
  sha3: string
}

export function hexDigestsOf(data: Buffer | string): HexDigests {
  return { sha256: hash('sha256', data, 'hex'), sha3: hash('sha3-512', data, 'hex') }
}

export function hexOf({ sha256, sha3 }: Digests): HexDigests {
  return { sha256: sha256.toString('hex'), sha3: sha3.toString('hex') }
}

/** Commitments to a body: digests of `salt ‖ canonical body`. The salt (32 bytes) keeps a short body from being guessed. */
export function commitmentsTo(salt: Buffer, body: string): Digests {
  return digestsOf(salted(salt, body))
}

export function hexCommitmentsTo(salt: Buffer, body: string): HexDigests {
  return hexDigestsOf(salted(salt, body))
}

/** Reused: each is digested before the next is put there, and a check does so a million times. */
const room = Buffer.allocUnsafeSlow(64 * 1024)
const UTF8_MAX = 3

/** The text in UTF-8; valid until the next one. */
function written(text: string, after = 0): Buffer {
  if (after + text.length * UTF8_MAX > room.length)
    return Buffer.concat([room.subarray(0, after), Buffer.from(text)])
  return room.subarray(0, after + room.write(text, after))
}

function salted(salt: Buffer, body: string): Buffer {
  salt.copy(room)
  return written(body, salt.length)
}

/**
 * The canonical text (RFC 8785) of all chained fields of an entry: what its own digests are made of. It is put together
 * here because it is made a million times in a check; a test holds it against `canonical`.
 */
export function entryText(entry: Entry, ids = canonical(entry.ids)): string {
  const body = hexOf({ sha256: entry.bodySha256, sha3: entry.bodySha3 })
  const previous = hexOf({ sha256: entry.previousSha256, sha3: entry.previousSha3 })
  return chainedText(entry, ids, body, previous)
}

/** The same where the digests are at hand as text. */
export function chainedText(
  { seq, at, monotonic, boot, site, type, version }: ChainedFields,
  ids: string,
  body: HexDigests,
  previous: HexDigests,
): string {
  for (const number of [seq, at, monotonic, version]) if (!Number.isSafeInteger(number)) canonical(number)
  return `{"at":${at},"body":${pairText(body)},"boot":${canonical(boot)},"ids":${ids},"monotonic":${monotonic},"previous":${pairText(previous)},"seq":${seq},"site":${canonical(site)},"type":${canonical(type)},"version":${version}}`
}

const pairText = ({ sha256, sha3 }: HexDigests) => `{"sha256":"${sha256}","sha3-512":"${sha3}"}`

export function entryDigests(entry: Entry, ids?: string): Digests {
  return digestsOf(entryText(entry, ids))
}
