/** Resolves when it is cancelled, at once where it is already. */
export function raised(cancelled: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (cancelled.aborted) resolve(undefined)
    else cancelled.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** The same items until it is cancelled: then at once, even where the next item never comes. */
export async function* until<T>(cancelled: AbortSignal, items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]()
  const stop = raised(cancelled)
  try {
    for (;;) {
      const step = iterator.next()
      // Its failure after a cancel interests nobody any more.
      step.catch(() => undefined)
      const next = await Promise.race([step, stop])
      if (next === undefined || next.done || cancelled.aborted) return
      yield next.value
    }
  } finally {
    // A generator that is waiting ends when it wakes up; nobody waits for that.
    iterator.return?.()?.catch(() => undefined)
  }
}
