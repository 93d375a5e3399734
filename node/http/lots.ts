import { setImmediate as nextTurn } from 'node:timers/promises'

/** So long everybody else waits for one lot of many small works, and for the last of it. */
const LOT_MS = 2

/**
 * Does something for each there is now, one after the other, and lets whoever asks meanwhile have the loop between two
 * lots.
 */
export async function inLots<T>(all: Iterable<T>, work: (one: T) => void): Promise<void> {
  let began = performance.now()
  for (const one of [...all]) {
    if (performance.now() - began > LOT_MS) {
      await nextTurn()
      began = performance.now()
    }
    work(one)
  }
}
