/** Down for so long, somebody is told by another channel. */
export const DOWN_MS = 5 * 60_000

interface Before {
  down_since: number | null
  told_at: number | null
}

/** A message that was tried and waits for so long: the channel does not carry, whatever it answers. */
export const isStuck = (job: { attempts: number; createdAt: number; reason: string | null }, now: number) =>
  job.attempts > 0 && job.reason !== null && now - job.createdAt > DOWN_MS

/** Since when the channel is down, after it was asked once more; null where it is not. */
export const downSinceOf = (before: Before | undefined, well: boolean, now: number): number | null =>
  well ? null : (before?.down_since ?? now)

/** Once for each time it is down. */
export const mustTell = (before: Before | undefined, downSince: number | null, now: number): boolean =>
  downSince !== null && (before?.told_at ?? null) === null && now - downSince >= DOWN_MS
