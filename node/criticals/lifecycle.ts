import { fail } from '../errors.js'
import type { CriticalState } from './view.js'

export type CriticalEvent = 'call' | 'acknowledge' | 'close'

/** raised (and notified) → acknowledged (read back) → closed: what is not listed cannot happen. Nothing closes by itself. */
const LIFECYCLE: Readonly<Record<CriticalState, Partial<Record<CriticalEvent, CriticalState>>>> = {
  notifying: { call: 'notifying', acknowledge: 'acknowledged' },
  acknowledged: { close: 'closed' },
  closed: {},
}

export const CRITICAL_STATES = Object.keys(LIFECYCLE) as readonly CriticalState[]

/** The state after the event; a pair that is not listed throws `conflict`. */
export function afterEvent(state: CriticalState, event: CriticalEvent, sentence?: string): CriticalState {
  return (
    LIFECYCLE[state][event] ??
    fail('conflict', sentence ?? `A critical finding that is ${state} cannot take "${event}".`)
  )
}

const EVENT_OF: Readonly<Record<string, CriticalEvent>> = {
  'critical-called': 'call',
  'critical-acknowledged': 'acknowledge',
  'critical-closed': 'close',
}

/** Where its recorded facts lead, oldest first; undefined where it was never raised. */
export function replayCritical(types: readonly string[]): CriticalState | undefined {
  let state: CriticalState | undefined
  for (const type of types) {
    const event = EVENT_OF[type]
    if (type === 'critical-raised') state = 'notifying'
    else if (event !== undefined && state !== undefined) state = afterEvent(state, event)
  }
  return state
}
