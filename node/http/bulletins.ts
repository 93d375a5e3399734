import type { Acting } from './acting.js'
import { inLots } from './lots.js'
import { throttlePerKey } from './throttle.js'

/** Progress or presence: no sequence, not kept, only the newest state of an item matters. */
export interface Bulletin {
  message: { kind: string; id: string }
  sees(who: Acting): boolean
}

/** A screen that is open. */
export interface Reader {
  /** Whether it is there yet: others close meanwhile. */
  readonly isOpen: boolean
  /** Takes those it may know of, in one packet; says whether there was one. `turnMs`: when it is to read again. */
  takeBulletins(bulletins: readonly Bulletin[], turnMs: number): boolean
}

export interface Bulletins {
  /** At most two a second for one item. */
  tell(bulletin: Bulletin): void
  close(): void
}

const WINDOW_MS = 500

/**
 * What many tell at once goes out together: when a node has started again, each of a thousand screens that come back is
 * news to the nine hundred others, which a packet for each would keep busy for a minute.
 */
export function openBulletins(
  readers: Iterable<Reader>,
  turnMs: (place: number) => number,
  failed: (thrown: unknown) => void,
): Bulletins {
  const throttle = throttlePerKey(WINDOW_MS)
  let waiting: Bulletin[] = []
  let leaving = false

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const now = waiting
      waiting = []
      let place = 0
      await inLots([...readers], reader => {
        if (reader.isOpen && reader.takeBulletins(now, turnMs(place))) place += 1
      })
    }
  }

  return {
    tell: bulletin =>
      throttle.run(`${bulletin.message.kind} ${bulletin.message.id}`, () => {
        waiting.push(bulletin)
        if (leaving) return
        leaving = true
        setImmediate(() =>
          sendAll()
            .catch(failed)
            .finally(() => {
              leaving = false
            }),
        )
      }),
    close: throttle.close,
  }
}
