import type { Clock } from '../clock.js'

/** What waits a few minutes for its answer, in memory: a restart makes people begin again, and nothing else. */
export interface Pending<T> {
  put(key: string, value: T): void
  /** What waits under the key and is not too old; undefined otherwise. */
  get(key: string): T | undefined
  /** The same, and it waits no longer. */
  take(key: string): T | undefined
}

/** At most `max` wait at once: the oldest gives way, so that nobody can fill the memory. */
export function openPending<T>(options: { clock: Clock; minutes: number; max: number }): Pending<T> {
  const { clock, minutes, max } = options
  const waiting = new Map<string, { value: T; until: number }>()
  const get = (key: string): T | undefined => {
    const found = waiting.get(key)
    if (found === undefined || clock.monotonic() < found.until) return found?.value
    waiting.delete(key)
    return undefined
  }
  return {
    put: (key, value) => {
      const oldest = waiting.keys().next()
      if (waiting.size >= max && oldest.done !== true) waiting.delete(oldest.value)
      waiting.set(key, { value, until: clock.monotonic() + minutes * 60_000 })
    },
    get,
    take: key => {
      const value = get(key)
      waiting.delete(key)
      return value
    },
  }
}
