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
  checked: string[]
  /** What cannot be known without an outside witness, said honestly. */
  limits: string
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
  /** Why it failed. */
  reason?: string
}
