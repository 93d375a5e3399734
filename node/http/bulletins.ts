import type { Acting } from './acting.js'
import { inLots } from './lots.js'

/** Progress or presence: no sequence, not kept, only the newest of an item matters. */
export interface Bulletin {
  message: { kind: string; id: string }
  sees(who: Acting): boolean
}

/** A screen that is open. */
export interface Reader {
  /** Whether it is there yet: others close meanwhile. */
  readonly isOpen: boolean
  /** Takes those it may know of; says whether there was one. `turnMs`: when it is to read again. */
  takeBulletins(bulletins: readonly Bulletin[], turnMs: number): boolean
}

export interface Bulletins {
  /**
   * Where the same of an item was told to the same audience and has not left yet, it leaves once. `audience`: whom
   * `sees` lets know, where not all of an item are for the same people.
   */
  tell(bulletin: Bulletin, audience?: string): void
  close(): void
}

/** Between the last one who is told and the next time: whoever reads is told of an item at most twice a second. */
const REST_MS = 500

/**
 * What many tell at once goes out together: when a node has started again, each of a thousand screens that come back is
 * news to the nine hundred others, which a packet for each would keep busy for a minute.
 */
export function openBulletins(
  readers: Iterable<Reader>,
  turnMs: (place: number) => number,
  failed: (thrown: unknown) => void,
): Bulletins {
  const waiting = new Map<string, Bulletin>()
  let rest: NodeJS.Timeout | undefined
  let isBusy = false
  let isClosed = false

  const sendAll = async (): Promise<void> => {
    const now = [...waiting.values()]
    waiting.clear()
    let place = 0
    await inLots(readers, reader => {
      if (reader.isOpen && reader.takeBulletins(now, turnMs(place))) place += 1
    })
  }
  const round = (): void => {
    sendAll()
      .catch(failed)
      .finally(() => {
        if (isClosed) return
        rest = setTimeout(() => {
          isBusy = false
          if (waiting.size > 0) begin()
        }, REST_MS)
        rest.unref()
      })
  }
  const begin = (): void => {
    isBusy = true
    // What is told in this turn of the loop goes along.
    setImmediate(round)
  }

  return {
    tell: (bulletin, audience = '') => {
      if (isClosed) return
      const { kind, id } = bulletin.message
      waiting.set(`${kind} ${id} ${audience}`, bulletin)
      if (!isBusy) begin()
    },
    close: () => {
      isClosed = true
      clearTimeout(rest)
      waiting.clear()
    },
  }
}
