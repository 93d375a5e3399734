import { openApart } from '../apart.js'
import { reasonOf } from '../errors.js'
import type { CompareCall, ComparedObject, Comparison } from './comparing-process.js'

export interface Comparer {
  /** What differs between two stored objects with the same UID; `failed` where that could not be found out. */
  compare(
    kept: ComparedObject,
    beside: ComparedObject,
  ): Promise<{ comparison: Comparison } | { failed: string }>
  close(): void
}

/** A pair that takes longer is no ordinary one: its process is killed, and the pair waits for a person. */
const PAIR_TIMEOUT_MS = 60_000

/** One pair at a time: a study that is sent again has many. */
export function openComparer({ timeoutMs = PAIR_TIMEOUT_MS }: { timeoutMs?: number } = {}): Comparer {
  const comparing = openApart<CompareCall, Comparison>({
    of: import.meta.url,
    program: './comparing-process',
    timeoutMs,
  })
  return {
    compare: (kept, beside) =>
      comparing.ask({ kept, beside }).then(
        comparison => ({ comparison }),
        (thrown: unknown) => ({ failed: reasonOf(thrown) }),
      ),
    close: comparing.close,
  }
}
