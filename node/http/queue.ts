/**
 * One after the other, each in a turn of the event loop of its own: whoever comes meanwhile goes between them, and waits
 * for one at most.
 */
export function openQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  const next = (): void => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }
  return work =>
    new Promise((resolve, reject) => {
      waiting.push(() => void work().then(resolve, reject))
      if (waiting.length === 1) setImmediate(next)
    })
}
