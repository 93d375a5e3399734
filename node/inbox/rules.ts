import type { Standing } from '../links/rules.js'
import type { InboxState } from './view.js'

/** Times are UTC milliseconds. */
export interface InboxTimes {
  ends_at: number
  began_at: number | null
  handed_at: number | null
  revoked_at: number | null
}

/** How an inbox stands, beside its links: `link` is the newest's standing, `openings` how often one was opened. */
export function stateOf(
  inbox: InboxTimes,
  { link, openings }: { link: Standing | undefined; openings: number },
  now: number,
  graceMs: number,
): InboxState {
  if (inbox.handed_at !== null) return 'handed-over'
  if (inbox.revoked_at !== null) return 'revoked'
  if (inbox.began_at !== null && mayUpload(inbox, now, graceMs)) return 'arriving'
  if (inbox.ends_at <= now) return 'expired'
  if (link === 'guessed') return 'guessed'
  return openings > 0 ? 'opened' : 'waiting'
}

/** Whether whoever was let in may still say who they are. */
export function mayFill(inbox: InboxTimes, now: number): boolean {
  return (
    inbox.handed_at === null && inbox.revoked_at === null && inbox.began_at === null && now < inbox.ends_at
  )
}

/** Whether bytes are still taken: until the end, and of what began before it a while longer. */
export function mayUpload(inbox: InboxTimes, now: number, graceMs: number): boolean {
  return inbox.handed_at === null && inbox.revoked_at === null && now < uploadEndsAt(inbox, graceMs)
}

/** When the last byte must be here. */
export function uploadEndsAt({ ends_at, began_at }: InboxTimes, graceMs: number): number {
  return began_at !== null && began_at < ends_at ? ends_at + graceMs : ends_at
}
