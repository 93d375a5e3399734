import { z } from 'zod'
import type { ContractTimers } from './view.js'

const MINUTES_MAX = 60 * 24 * 60

const minutes = z.number().int().min(1).max(MINUTES_MAX).optional()
const promised = z.strictObject({
  claim: minutes,
  decision: minutes,
  read: minutes,
  acknowledge: minutes,
  final: minutes,
})
const expiring = promised.extend({ expire: minutes })

/** The times a contract promises, in minutes, by urgency. */
export const timersSchema = z.strictObject({
  emergency: promised.optional(),
  timeCritical: z.strictObject({ read: minutes }).optional(),
  urgent: expiring.optional(),
  routine: expiring.optional(),
  opinion: expiring.optional(),
}) satisfies z.ZodType<ContractTimers>
