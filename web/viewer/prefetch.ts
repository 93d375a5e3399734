/**
 * Which pictures to fetch before they are asked for: outward from where the reader is, further in the direction
 * they scroll, within a budget of decoded bytes. Two thirds ahead, one third behind.
 */
export function prefetchOrder(current: number, direction: 1 | -1, length: number): number[] {
  const order: number[] = []
  let ahead = current + direction
  let behind = current - direction
  const inside = (index: number) => index >= 0 && index < length
  while (inside(ahead) || inside(behind)) {
    for (let i = 0; i < 2 && inside(ahead); i++, ahead += direction) order.push(ahead)
    if (inside(behind)) {
      order.push(behind)
      behind -= direction
    }
  }
  return order
}

export interface Prefetch {
  /** Starts again around another picture; what is under way is left to finish. */
  around(current: number, direction: 1 | -1): void
  stop(): void
}

/**
 * Runs `load` for the pictures of one stack, at most `parallel` at a time. A picture that fails is left alone.
 */
export function prefetch(
  bytes: number[],
  load: (index: number) => Promise<unknown>,
  { parallel, budgetBytes }: { parallel: number; budgetBytes: number },
): Prefetch {
  const asked = new Set<number>()
  let spent = 0
  let queue: number[] = []
  let running = 0
  let stopped = false

  const pump = () => {
    while (!stopped && running < parallel && queue.length > 0) {
      const index = queue.shift()
      if (index === undefined || asked.has(index)) continue
      const size = bytes[index] ?? 0
      if (spent + size > budgetBytes) return
      asked.add(index)
      spent += size
      running++
      load(index)
        // It says so itself when it is looked at.
        .catch(() => undefined)
        .finally(() => {
          running--
          pump()
        })
    }
  }

  return {
    around(current, direction) {
      asked.add(current)
      queue = prefetchOrder(current, direction, bytes.length)
      pump()
    },
    stop() {
      stopped = true
      queue = []
    },
  }
}
