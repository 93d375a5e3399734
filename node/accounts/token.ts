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
