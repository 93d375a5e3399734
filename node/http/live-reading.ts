import type { Acting } from './acting.js'
import { inLots } from './lots.js'
import { openPace } from './pace.js'

/** What a browser is told of a fact: enough to know what to fetch again, never what it says. */
export interface LiveFact {
  seq: number
  kind: string
  id: string
  /** It begins or ends what rings on a locked screen too, which learns that and nothing else. */
  rings?: 'ring' | 'still' | undefined
  /** Whether this person may know of it. Asked for everybody who is connected: nothing is read for it. */
  seenBy(who: Acting): boolean
}

/** Where the live facts come from; injected, so that the kit knows no domain. */
export interface Live {
  head(): Promise<number>
  /** The facts after `seq` that anybody is told of, oldest first; `upTo` is the last sequence looked at. */
  factsSince(seq: number): Promise<{ facts: readonly LiveFact[]; upTo: number }>
  /** Called when something was committed. Gives the way to stop. */
  onCommit(wake: () => void): () => void
}

/** Somebody who is told; `cursor` is the last sequence they were. */
export interface Follower {
  cursor: number
  /**
   * Facts after the cursor, in order; the follower keeps those it may know of and moves its cursor to `upTo`. `turnMs`:
   * when its turn is to read again what they changed.
   */
  take(facts: readonly LiveFact[], upTo: number, turnMs: number): void
  failed(thrown: unknown): void
}

export interface LiveReading {
  /** When the screen of this place among all that are open reads again, milliseconds from when it is told. */
  turnMs(place: number): number
  /** Tells the follower what it missed, by itself, then with all others. */
  follow(follower: Follower): Promise<void>
  leave(follower: Follower): void
  close(): void
}

/** Commits come in bursts; a browser is told at most ten times a second. */
const GATHER_MS = 100
/** After a quiet moment only what follows at once is waited for: an act and what comes of it are several commits. */
const FIRST_MS = 40

/**
 * Reads what was committed once, for everybody who is connected. Whoever comes with a cursor of their own is told alone
 * until they stand where the others do; those who come together (a node that started again) share that reading too.
 */
export function openLiveReading(live: Live): LiveReading {
  const followers = new Set<Follower>()
  const underWay = new Map<number, ReturnType<Live['factsSince']>>()
  /** Where all followers stand, or are being told up to. */
  let cursor = 0
  let reading = false
  let gather: NodeJS.Timeout | undefined
  let toldAt = Number.NEGATIVE_INFINITY
  const pace = openPace()

  const after = (seq: number): ReturnType<Live['factsSince']> => {
    const shared = underWay.get(seq)
    if (shared !== undefined) return shared
    const page = live.factsSince(seq)
    underWay.set(seq, page)
    const settled = () => underWay.delete(seq)
    page.then(settled, settled)
    return page
  }

  const wake = (): void => {
    if (followers.size === 0) return
    const waitMs = Math.max(FIRST_MS, toldAt + GATHER_MS - performance.now())
    gather ??= setTimeout(() => {
      gather = undefined
      toldAt = performance.now()
      void catchUp()
    }, waitMs)
  }

  async function catchUp(): Promise<void> {
    if (reading) {
      wake()
      return
    }
    reading = true
    try {
      for (;;) {
        const from = cursor
        const { facts, upTo } = await live.factsSince(from)
        if (upTo <= from) return
        cursor = Math.max(cursor, upTo)
        await tellAll(facts, upTo)
      }
    } catch (thrown) {
      // Nobody may think their screen is current: they come back with the place they stand at.
      for (const follower of [...followers]) follower.failed(thrown)
    } finally {
      reading = false
    }
  }

  async function tellAll(facts: readonly LiveFact[], upTo: number): Promise<void> {
    let told = 0
    pace.watch(followers.size)
    await inLots(followers, follower => {
      if (followers.has(follower) && follower.cursor < upTo) follower.take(facts, upTo, pace.turnMs(told))
      told += 1
    })
  }

  const stopListening = live.onCommit(wake)
  return {
    turnMs: pace.turnMs,
    follow: async follower => {
      for (;;) {
        const { facts, upTo } = await after(follower.cursor)
        if (upTo > follower.cursor) follower.take(facts, upTo, pace.turnMs(followers.size))
        else if (followers.size === 0 || follower.cursor >= cursor) break
      }
      if (followers.size === 0) cursor = Math.max(cursor, follower.cursor)
      followers.add(follower)
      // Something may have been committed since it was read for this one alone.
      wake()
    },
    leave: follower => followers.delete(follower),
    close: () => {
      stopListening()
      clearTimeout(gather)
      pace.close()
    },
  }
}
