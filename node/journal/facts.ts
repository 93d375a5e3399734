import type { Json } from './canonical.js'

/** Who did it and from where: required for every fact. */
export type Origin =
  | {
      by: 'account'
      account: string
      name: string
      role: string
      site: string
      membership: string
      address: string
    }
  /** A program: the token it showed, and the name that was given to it. */
  | { by: 'token'; token: string; name: string; site: string; address: string }
  | { by: 'peer'; peer: string; site: string; callingAETitle: string; address: string }
  | { by: 'system'; part: string }
  | { by: 'command'; user: string }

/** A fact to append. */
export interface Fact {
  /** kebab-case, past tense: `request-claimed`. */
  type: string
  /** Version of the body's shape; 1 unless it changed. */
  version?: number
  site: string | null
  /** Our own opaque ids by what they name: {request: 'req_…'}. No DICOM UID, no name: this part can never be erased. */
  ids: Record<string, string>
  /** Anything to be remembered, health data included: erasable, integers only. */
  body: { [key: string]: Json | undefined }
}

/** A fact read back. */
export interface StoredFact extends Required<Omit<Fact, 'body'>> {
  seq: number
  at: number
  /** null when lawfully erased. */
  body: { [key: string]: Json | undefined } | null
  origin: Origin | null
}

/**
 * What the journal says of itself. objects-verified: every stored file was read again; files, bytes, faults ·
 * fact-parked: a follower could not handle a fact, and a person must decide; ids:
 * `parked`, body: the follower, the fact's `seq` and `type`, the `reason` · fact-retried, fact-given-up: the decision ·
 * checkpoint-key-recorded: what signs the heads of the tree from now on; ids: `key`, body: the `publicKey` (hex) and, but for
 * the first, the key it `follows` and that key's `signature` over the succession.
 */
export type JournalFactType =
  | 'objects-verified'
  | 'checkpoint-key-recorded'
  | 'bodies-erased'
  | 'fact-parked'
  | 'fact-retried'
  | 'fact-given-up'
