import type { ContractTimers, ContractView, PromisedMinutes } from './view.js'

const HOUR = 60
const DAY = 24 * HOUR

/** The times that hold where a contract says nothing, in minutes (domain.md); an emergency never expires. */
export const USUAL_MINUTES = {
  emergency: { claim: 3, decision: 5, read: 45, acknowledge: 10, final: DAY },
  timeCritical: { read: 20 },
  urgent: {
    claim: 30,
    decision: 30,
    read: 4 * HOUR,
    acknowledge: 4 * HOUR,
    final: DAY,
    expire: 2 * HOUR,
  },
  routine: {
    claim: 4 * HOUR,
    decision: 4 * HOUR,
    read: DAY,
    acknowledge: 2 * DAY,
    final: DAY,
    expire: DAY,
  },
  opinion: {
    claim: DAY,
    decision: DAY,
    read: 2 * DAY,
    acknowledge: 3 * DAY,
    final: DAY,
    expire: 2 * DAY,
  },
} as const satisfies { [Class in keyof ContractTimers]-?: PromisedMinutes }

/** How often readers are asked, and how long each wave has, where a contract says nothing. */
export const USUAL_WAVES = {
  emergency: { waves: 3, waveMinutes: 3 },
  urgent: { waves: 2, waveMinutes: 15 },
  routine: { waves: 1, waveMinutes: 4 * HOUR },
  opinion: { waves: 1, waveMinutes: DAY },
} as const satisfies Record<string, NonNullable<ContractView['ladder']>>
