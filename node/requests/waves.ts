import { USUAL_WAVES } from '../sites/usual.js'
import type { ContractView, RequestKind, Urgency } from '../sites/view.js'
import { classOf } from './timers.js'

const MINUTE_MS = 60_000

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
  const usual = USUAL_WAVES[classOf(kind, urgency)]
  return {
    count: terms.waves ?? usual.waves,
    everyMs: (terms.waveMinutes ?? usual.waveMinutes) * MINUTE_MS,
  }
}
