import { z } from 'zod'
import { email, language, phone } from '../accounts/account.js'

/** Text that people outside type: one line, no control characters. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}+$/u, 'one line of text')
/** Several lines; tabs and line ends are the only control characters. */
const lines = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[\P{Cc}\n\r\t]+$/u, 'text without control characters')

const HOUR_MAX = 60 * 24

/** What a desk says of an inbox it makes. */
export const newInbox = z.strictObject({
  site: z.string().min(1).max(63),
  recipient: line(120),
  email: email.optional(),
  phone: phone.optional(),
  purpose: lines(500),
  language: language.default('fr'),
  preset: z.string().max(64).nullable().default(null),
  hours: z.int().min(1).max(HOUR_MAX),
  mb: z
    .int()
    .min(1)
    .max(1024 * 1024),
  withCode: z.boolean().default(false),
  /** Sends the link by letter too; needs `email`. */
  send: z.boolean().default(false),
})
export type NewInbox = z.output<typeof newInbox>

/** The outsider's form. */
export const inboxForm = z.strictObject({
  organisation: line(120),
  name: line(120),
  phone,
  patient: z.strictObject({
    family: line(64),
    given: line(64),
    birthDate: z.iso.date().optional(),
    sex: z.enum(['F', 'M', 'O']).optional(),
  }),
  why: lines(1000),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
})

export const agreement = z.literal(true, 'must be agreed to')
