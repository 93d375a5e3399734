import type { CommandSet } from './command.js'
import { dimseStatus } from './status.js'

/** The C-STORE sub-operations of one C-MOVE or C-GET (PS3.7 §9.1.4.1.7 and its neighbours). */
export interface SubOperationCounts {
  remaining: number
  completed: number
  failed: number
  warning: number
}

/** What became of one of them. */
export interface SubOperation {
  sopInstanceUID: string
  result: 'completed' | 'warning' | 'failed'
}

/** The counters are two bytes wide: beyond that they say "at least so many". */
const largestCount = 0xffff

/** Keeps count of sub-operations as their results come; nothing is counted beyond the total. */
export class Tally {
  readonly #counts: SubOperationCounts
  /** SOP Instance UIDs of those that failed, in order. */
  readonly failed: string[] = []

  constructor(total: number) {
    this.#counts = { remaining: total, completed: 0, failed: 0, warning: 0 }
  }

  get counts(): SubOperationCounts {
    return { ...this.#counts }
  }

  add({ sopInstanceUID, result }: SubOperation): void {
    if (this.#counts.remaining === 0) return
    this.#counts.remaining -= 1
    this.#counts[result] += 1
    if (result === 'failed') this.failed.push(sopInstanceUID)
  }
}

/**
 * The final status when all that could be done was done (PS3.4 C.4.2.1.5): 0000, B000 where some failed or were warned
 * about, A702 where none succeeded.
 */
export function finalStatus({ completed, failed, warning }: SubOperationCounts): number {
  if (failed > 0 && completed + warning === 0) return dimseStatus.unableToPerform
  return failed + warning > 0 ? dimseStatus.subOperationsFailed : dimseStatus.success
}

/** The counters of a response: what remains is said while it is pending, and after a cancel (PS3.4 C.4.2.1.6). */
export function counters(
  { remaining, completed, failed, warning }: SubOperationCounts,
  status: number,
): Partial<CommandSet> {
  const saysRemaining = status === dimseStatus.pending || status === dimseStatus.cancelled
  return {
    NumberOfRemainingSuboperations: saysRemaining ? Math.min(remaining, largestCount) : undefined,
    NumberOfCompletedSuboperations: Math.min(completed, largestCount),
    NumberOfFailedSuboperations: Math.min(failed, largestCount),
    NumberOfWarningSuboperations: Math.min(warning, largestCount),
  }
}

/** The counters a peer gave; what it leaves out stays as it was said last. */
export function countsOf(command: CommandSet, before: SubOperationCounts): SubOperationCounts {
  return {
    remaining: command.NumberOfRemainingSuboperations ?? before.remaining,
    completed: command.NumberOfCompletedSuboperations ?? before.completed,
    failed: command.NumberOfFailedSuboperations ?? before.failed,
    warning: command.NumberOfWarningSuboperations ?? before.warning,
  }
}
