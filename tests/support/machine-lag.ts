import { Worker } from 'node:worker_threads'

const TICK_MS = 5
/** In a thread that does nothing else: how much later than asked it was woken, all in all. */
const WATCH = `
  const { workerData } = require('node:worker_threads')
  const [late, end] = [new Float64Array(workerData, 0, 1), new Int32Array(workerData, 8, 1)]
  while (end[0] === 0) {
    const before = performance.now()
    Atomics.wait(end, 0, 0, ${TICK_MS})
    late[0] += Math.max(0, performance.now() - before - ${TICK_MS * 2})
  }
`

/**
 * What this machine itself costs while something is timed: a promise in seconds is the product's to keep, not that of a
 * machine that stands still or gives its turns to other tests. The function that is given ends the watch and says the
 * milliseconds a thread that only looked at the clock was kept waiting.
 */
export function watchMachine(): () => number {
  const shared = new SharedArrayBuffer(16)
  const worker = new Worker(WATCH, { eval: true, workerData: shared, execArgv: [] })
  worker.unref()
  return () => {
    const end = new Int32Array(shared, 8, 1)
    Atomics.store(end, 0, 1)
    Atomics.notify(end, 0)
    return new Float64Array(shared, 0, 1)[0] ?? 0
  }
}
