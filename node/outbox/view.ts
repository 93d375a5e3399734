/** What leaves the server about what the node owes to others: no patient, no body of a job. Times are UTC ISO 8601. */

/** GET /api/outbox?state → ListView<JobRow> */
export interface JobRow {
  id: string
  /** What is to be done: `send-study`, `mail`, `deliver-report-pacs`, … */
  kind: string
  /** The peer it is for; absent where it is for none. */
  peer?: string
  /** `parked` waits for a person, `waiting` for its time, `running` is under way. */
  state: 'parked' | 'waiting' | 'running'
  site?: string
  siteName?: string
  attempts: number
  createdAt: string
  /** When it is tried next; only while it waits. */
  dueAt?: string
  /** Why it did not go through the last time. */
  reason?: string
  may: ('retry' | 'give-up')[]
}

/** GET /api/outbox/facts → ListView<ParkedFactRow>: facts whose consequence failed and waits for a person. */
export interface ParkedFactRow {
  id: string
  /** Whose part failed: `notifications`, `exchange-routing`, … */
  follower: string
  /** The fact's type, and its entry in the journal. */
  fact: string
  seq: number
  site?: string
  siteName?: string
  reason: string
  at: string
  may: ('retry' | 'give-up')[]
}
