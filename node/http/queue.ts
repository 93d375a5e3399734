/** The more wait the more go in one turn, so that nobody waits for ever: one of so many. */
const SHARE = 64

/**
 * One after the other, each in a turn of the event loop of its own while few wait: whoever comes meanwhile goes between
 * them. Beyond so many nobody waits: they would fill the house while those in front of the door are told to come back.
 */
export function openQueue(waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let isRunning = false
  const one = () => waiting.shift()?.()
  const turn = (): void => {
    // What else was put in line for this turn follows, each with its own microtasks.
    for (let more = Math.ceil(waiting.length / SHARE); more > 1; more -= 1) setImmediate(one)
    one()
    isRunning = waiting.length > 0
    if (isRunning) setImmediate(turn)
  }
  return work => {
    if (waiting.length >= waitingMax) return work()
    return new Promise((resolve, reject) => {
      waiting.push(() => void work().then(resolve, reject))
      if (isRunning) return
      isRunning = true
      setImmediate(turn)
    })
  }
}
