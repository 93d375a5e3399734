import type { ContractView, RequestKind, Urgency } from '../sites/view.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How often readers are asked before a coordinator is told that nobody answers, and how long each wave has. */
export interface Waves {
  count: number
  everyMs: number
}

/** Of one offering: what its contract says, and the default of its urgency for the rest. */
export function wavesOf(
  kind: RequestKind,
  urgency: Urgency,
  terms: NonNullable<ContractView['ladder']> = {},
): Waves {
  const [count, everyMs] =
    urgency === 'emergency'
      ? [3, 3 * MINUTE_MS]
      : urgency === 'urgent'
        ? [2, 15 * MINUTE_MS]
        : [1, kind === 'opinion' ? DAY_MS : 4 * HOUR_MS]
  return {
    count: terms.waves ?? count,
    everyMs: terms.waveMinutes === undefined ? everyMs : terms.waveMinutes * MINUTE_MS,
  }
}
