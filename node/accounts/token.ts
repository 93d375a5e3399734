import { z } from 'zod'
import { actions, mayAttempt, mayBeGiven } from './permissions.js'
import type { Action, Role, TokenView } from './view.js'

/** Told apart from a session at a glance, and found by those who search repositories for secrets. */
export const TOKEN_PREFIX = 'relais_'

const NAME_MAX_CHARACTERS = 80

export const newToken = (daysMax: number) =>
  z.strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(NAME_MAX_CHARACTERS)
      .regex(/^\P{Cc}+$/u, 'one line of text'),
    rights: z
      .array(z.enum(actions as [Action, ...Action[]]))
      .min(1)
      .max(actions.length),
    days: z.int().min(1).max(daysMax).optional(),
  })
export type NewToken = z.output<ReturnType<typeof newToken>>

/** While a program is being given its other secret. */
export const OVERLAP_HOURS = 24
const OVERLAP_MAX_HOURS = 7 * 24

export const rotation = (daysMax: number) =>
  z.strictObject({
    overlapHours: z.int().min(0).max(OVERLAP_MAX_HOURS).default(OVERLAP_HOURS),
    days: z.int().min(1).max(daysMax).optional(),
  })
export type Rotation = z.output<ReturnType<typeof rotation>>

/** The rights a membership of this role may hand to a program, in the order of the table. */
export function rightsToGive(role: Role): Action[] {
  return actions.filter(action => mayBeGiven(action) && mayAttempt(role, action))
}

/** Whether a token still opens anything; times are UTC milliseconds. */
export function tokenState(
  token: { expires_at: number; revoked_at: number | null },
  now: number,
): TokenView['state'] {
  if (token.revoked_at !== null) return 'revoked'
  return now >= token.expires_at ? 'expired' : 'active'
}

const DAY_MS = 24 * 3_600_000
/** Days left at which people are told that a token ends. */
const WARNED_AT_DAYS = [30, 7, 1] as const

/**
 * The warning that is due: the smallest step reached; undefined while there is time. What was made for less than
 * ninety days is not old from its first day on: nobody is told before the last third of its life.
 */
export function warningDue(
  token: { created_at: number; rotated_at: number | null; expires_at: number },
  now: number,
): number | undefined {
  const left = token.expires_at - now
  if (left > (token.expires_at - (token.rotated_at ?? token.created_at)) / 3) return undefined
  return WARNED_AT_DAYS.findLast(days => left <= days * DAY_MS)
}
