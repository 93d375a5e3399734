import type { ApiProblem } from './problem.js'

/**
 * What stands between a call and its answer: a locked session, a second factor, the password once more. The screen
 * asks for it, and the call goes on where it was; what was typed on the page stays.
 */
type Keeper = (problem: ApiProblem) => Promise<boolean>
type Kept = 'locked' | 'second-factor-required' | 'confirmation-required'

const keepers = new Map<string, Keeper>()
const asking = new Map<string, Promise<boolean>>()

/** The screen that opens this gate: resolves to whether it is open now. */
export function keepGate(code: Kept, keeper: Keeper): () => void {
  keepers.set(code, keeper)
  return () => {
    if (keepers.get(code) === keeper) keepers.delete(code)
  }
}

/** Waits for the person to open it. However many calls stand there, they are asked once. False: it stays shut. */
export function passGate(problem: ApiProblem): Promise<boolean> {
  const keeper = keepers.get(problem.code)
  if (!keeper) return Promise.resolve(false)
  let answer = asking.get(problem.code)
  if (!answer) {
    answer = keeper(problem).finally(() => asking.delete(problem.code))
    asking.set(problem.code, answer)
  }
  return answer
}

/** While the person is being asked to unlock, no other call leaves. */
export function atLock(): Promise<boolean> | undefined {
  return asking.get('locked')
}
