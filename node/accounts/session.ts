/** What a session's standing follows from; times are UTC milliseconds. */
export interface SessionTimes {
  seenAt: number
  endsAt: number
  endedAt: number | null
  lockedAt: number | null
}

/** Whether a session still opens anything: it stands, it locked (nobody used it, or its person said so), or it is over. */
export function standingOf(
  session: SessionTimes,
  now: number,
  idleTimeoutMs: number,
): 'stands' | 'locked' | 'over' {
  if (session.endedAt !== null || now >= session.endsAt) return 'over'
  return session.lockedAt !== null || now - session.seenAt >= idleTimeoutMs ? 'locked' : 'stands'
}
