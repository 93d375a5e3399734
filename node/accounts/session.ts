/** What a session's standing follows from; times are UTC milliseconds. */
export interface SessionTimes {
  seenAt: number
  endsAt: number
  endedAt: number | null
}

/** Whether a session still opens anything: it stands, it locked because nobody used it, or it is over. */
export function standingOf(
  session: SessionTimes,
  now: number,
  idleTimeoutMs: number,
): 'stands' | 'locked' | 'over' {
  if (session.endedAt !== null || now >= session.endsAt) return 'over'
  return now - session.seenAt >= idleTimeoutMs ? 'locked' : 'stands'
}
