/** What leaves the server about recalls. Times are UTC ISO 8601. */

export type RecallWhat = 'report' | 'images' | 'finding'

/** How it had gone out: into a PACS, to somebody with an account, by a link, by telephone. */
export type RecallChannel = 'pacs' | 'person' | 'link' | 'telephone'

/** `noted`: a rejection note is on its way there. `open`: waits for a person. */
export type RecallState = 'noted' | 'open' | 'done'

/**
 * `note-taken`: the PACS took the rejection note. A person says the others: it was removed there, was never held there,
 * the recipient was told and will not use it, or could not be reached whatever was tried.
 */
export type RecallOutcome = 'note-taken' | 'removed' | 'not-held' | 'told' | 'unreachable'

export interface RecallView {
  id: string
  request: string
  reference: string
  siteName: string
  what: RecallWhat
  channel: RecallChannel
  /** The PACS, or who received it. */
  name: string
  state: RecallState
  /** Why the PACS did not take the note. */
  reason?: string
  openedAt: string
  doneAt?: string
  outcome?: RecallOutcome
  /** Who said so. */
  by?: string
  note?: string
  /** It went to the person who looks: only they know that they know. */
  mine: boolean
  /** What the person who looks may say came of it. */
  may: RecallOutcome[]
}
