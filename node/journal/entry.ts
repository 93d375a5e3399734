import { createHash } from 'node:crypto'
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
export function digestsOf(...parts: (Buffer | string)[]): Digests {
  const sha256 = createHash('sha256')
  const sha3 = createHash('sha3-512')
  for (const part of parts) {
    sha256.update(part)
    sha3.update(part)
  }
  return { sha256: sha256.digest(), sha3: sha3.digest() }
}

/** Commitments to a body: digests of `salt ‖ canonical body`. The salt (32 bytes) keeps a short body from being guessed. */
export function commitmentsTo(salt: Buffer, body: string): Digests {
  return digestsOf(salt, body)
}

/** The entry's own digests, over the canonical text of all its chained fields. */
export function entryDigests(entry: Entry): Digests {
  return digestsOf(
    canonical({
      at: entry.at,
      body: { sha256: entry.bodySha256.toString('hex'), 'sha3-512': entry.bodySha3.toString('hex') },
      boot: entry.boot,
      ids: entry.ids,
      monotonic: entry.monotonic,
      previous: {
        sha256: entry.previousSha256.toString('hex'),
        'sha3-512': entry.previousSha3.toString('hex'),
      },
      seq: entry.seq,
      site: entry.site,
      type: entry.type,
      version: entry.version,
    }),
  )
}
