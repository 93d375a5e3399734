/**
 * At most one call per key and window: the first at once, the last of what came meanwhile at the window's end. For
 * progress, where only the newest state matters.
 */
export function throttlePerKey(windowMs: number): {
  run(key: string, work: () => void): void
  close(): void
} {
  const open = new Map<string, { timer: NodeJS.Timeout; next: (() => void) | undefined }>()
  const begin = (key: string, work: () => void): void => {
    work()
    const timer = setTimeout(() => {
      const next = open.get(key)?.next
      open.delete(key)
      if (next !== undefined) begin(key, next)
    }, windowMs)
    open.set(key, { timer, next: undefined })
  }
  return {
    run: (key, work) => {
      const waiting = open.get(key)
      if (waiting === undefined) begin(key, work)
      else waiting.next = work
    },
    close: () => {
      for (const { timer } of open.values()) clearTimeout(timer)
      open.clear()
    },
  }
}
