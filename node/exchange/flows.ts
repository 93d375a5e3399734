import type { Clock } from '../clock.js'

/** What passed in one instant. */
export interface Moved {
  instances: number
  bytes: number
}

export interface Flows {
  /** A key is a transfer's id, or `in:` and a peer's. */
  add(key: string, moved: Moved): void
  /** Bytes a second of late; undefined where nothing has moved of late. */
  rateOf(key: string): number | undefined
}

/** A rate is that of the last seconds, so that an outage or a pause does not stand in it for ever. */
const WINDOW_MS = 8000
/** The first instances come in one piece: their rate is not said before this. */
const SHORTEST_MS = 500
const KEYS_MAX = 10_000

/** How fast things move just now: kept in memory only, gone with the program. */
export function openFlows(clock: Pick<Clock, 'monotonic'>): Flows {
  const samples = new Map<string, { at: number; bytes: number }[]>()

  const recent = (key: string) => {
    const since = clock.monotonic() - WINDOW_MS
    const kept = (samples.get(key) ?? []).filter(({ at }) => at >= since)
    if (kept.length === 0) samples.delete(key)
    else samples.set(key, kept)
    return kept
  }

  return {
    add: (key, { bytes }) => {
      if (bytes === 0) return
      samples.set(key, [...recent(key), { at: clock.monotonic(), bytes }])
      if (samples.size > KEYS_MAX) for (const each of samples.keys()) recent(each)
    },
    rateOf: key => {
      const kept = recent(key)
      const [first] = kept
      if (first === undefined) return undefined
      const ms = clock.monotonic() - first.at
      if (ms < SHORTEST_MS) return undefined
      return Math.round((kept.reduce((sum, { bytes }) => sum + bytes, 0) * 1000) / ms)
    },
  }
}
