/** What leaves the server about the journal. GET /api/journal?type&site&subject&from&to&limit&after → ListView<JournalRow>. */
export interface JournalRow {
  seq: number
  at: string
  type: string
  site?: string
  by: string
  address?: string
  ids: Record<string, string>
  /** The body, when it still exists (lawful destruction erases it, the proof stays). */
  body?: unknown
  digest: string
}

/** POST /api/journal/verify */
export interface VerifyView {
  ok: boolean
  entries: number
  ms: number
  /** The first entry that does not fit, and why; null when all fits. */
  firstFault: { seq: number | null; what: string } | null
  faults: number
  /** The first ones, by sequence. */
  list: { seq: number | null; what: string; inFrench?: string }[]
  checked: string[]
  /** The same, in French. */
  checkedInFrench: string[]
  /** Whether it was compared with heads that a witness kept. */
  outside: boolean
  /** What cannot be known without an outside witness, said honestly. */
  limits: string
}

/** GET /api/journal/verify: how far a check of the chain is. */
export interface VerifyingView {
  running: boolean
  /** Looked at so far, of so many. */
  entries: number
  of: number
}

/** GET and POST /api/journal/verify/objects: the check that also reads every stored file again; it takes its time. */
export interface ObjectsCheckView {
  state: 'never' | 'running' | 'done' | 'failed'
  startedAt?: string
  endedAt?: string
  /** Read so far, and how many there are; bytes read. */
  files: number
  of: number
  bytes: number
  faults: number
  /** The first ones in words: which study or report, and what is wrong with its files. */
  found: string[]
  /** The same, in French. */
  foundInFrench: string[]
  /** Why it failed. */
  reason?: string
}

/** GET /api/checkpoints: one signed head of the tree over the journal. Digests, keys and signature are hex. */
export interface CheckpointView {
  /** Names the journal for ever: SHA-256 of the first public key. */
  log: string
  /** Entries it covers. */
  size: number
  at: string
  root: string
  /** Of the last entry it covers. */
  last: { sha256: string; 'sha3-512': string }
  /** SHA-256 of the public key. */
  key: string
  publicKey: string
  signature: string
}

/** GET /api/journal/proof?seq: the place of one entry in the tree (RFC 9162 §2.1.3). */
export interface InclusionView {
  seq: number
  sha256: string
  'sha3-512': string
  size: number
  root: string
  path: string[]
  /** The first signed head that covers it; null while none does. */
  checkpoint: CheckpointView | null
}
