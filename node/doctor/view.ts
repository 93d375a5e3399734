/** What leaves the server about the examination of the node itself. */

/** `not-checked` always says why. */
export type Outcome = 'good' | 'attention' | 'broken' | 'not-checked'

/** In the order of the screen. */
export type CheckGroup =
  | 'machine'
  | 'files'
  | 'disk'
  | 'database'
  | 'journal'
  | 'certificates'
  | 'peers'
  | 'mail'
  | 'work'
  | 'configuration'

export interface CheckRow {
  /** Stable, kebab-case: for scripts. */
  check: string
  group: CheckGroup
  /** What it is about, in the asker's language. */
  name: string
  /** Which one of several: a peer's id, a certificate's name. */
  subject?: string
  outcome: Outcome
  /** What was found, in the asker's language. */
  found: string
  /** What to do; absent where there is nothing to do. */
  remedy?: string
  ms: number
}

/** GET and POST /api/doctor */
export interface DoctorView {
  state: 'never' | 'running' | 'done' | 'failed'
  startedAt?: string
  endedAt?: string
  /** Checks that are over, and how many there are. */
  checks: number
  of: number
  rows: CheckRow[]
  counts: Record<Outcome, number>
  /** Why it failed. */
  reason?: string
}

/** POST /api/doctor/letter: what became of a letter to the person who asked. */
export interface TestLetterView {
  /** `sent`: the mail server took it. `captured`: it lies in the node's own mailbox. `not-sent`: there is no server. */
  outcome: 'sent' | 'captured' | 'refused' | 'not-sent'
  to: string
  reason?: string
}
