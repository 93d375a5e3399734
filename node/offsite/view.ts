/** What leaves the server about who reads when. */

/** On-site reads at once; on-call is rung when those do not answer, second-line after them. */
export type ShiftKind = 'on-site' | 'on-call' | 'second-line'
export const SHIFT_KINDS = ['on-site', 'on-call', 'second-line'] as const satisfies readonly ShiftKind[]

export type PresenceState = 'reading' | 'online' | 'away' | 'offline'
