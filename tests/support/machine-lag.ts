import { Worker } from 'node:worker_threads'

const TICK_MS = 5
/** In a thread that does nothing else: how much later than asked it was woken, all in all; a tick late is no delay. */
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
 * machine that stands still or gives its turns to other tests. Gives the milliseconds a thread that only looks at the
 * clock was kept waiting since: read it before and after.
 */
export function watchMachine(undo: { teardown(step: () => void): void }): () => number {
  const shared = new SharedArrayBuffer(16)
  // Without what loads the sources: it is plain script.
  new Worker(WATCH, { eval: true, workerData: shared, execArgv: [] }).unref()
  const [late, end] = [new Float64Array(shared, 0, 1), new Int32Array(shared, 8, 1)]
  undo.teardown(() => {
    Atomics.store(end, 0, 1)
    Atomics.notify(end, 0)
  })
  return () => late[0] ?? 0
}
