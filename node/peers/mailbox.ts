/** Items that come when they come, for one reader that takes them in order. */
export interface Mailbox<T> {
  put(item: T): void
  /** Nothing more will come; with a cause the reader throws it after what is there. */
  close(cause?: unknown): void
  items(): AsyncIterable<T>
}

export function openMailbox<T>(): Mailbox<T> {
  const waiting: T[] = []
  let wake = () => {}
  let closed: { cause?: unknown } | undefined
  return {
    put: item => {
      waiting.push(item)
      wake()
    },
    close: cause => {
      closed ??= cause === undefined ? {} : { cause }
      wake()
    },
    items: async function* () {
      for (;;) {
        const item = waiting.shift()
        if (item !== undefined) yield item
        else if (closed !== undefined) {
          if ('cause' in closed) throw closed.cause
          return
        } else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    },
  }
}
