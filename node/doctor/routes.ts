import { z } from 'zod'
import { type Route, route } from '../http/route.js'
import type { Doctor } from './doctor.js'
import type { CheckRow, DoctorView, TestLetterView } from './view.js'

const outcome = z.enum(['good', 'attention', 'broken', 'not-checked'])
const row = z.object({
  check: z.string(),
  group: z.enum([
    'machine',
    'files',
    'disk',
    'database',
    'journal',
    'certificates',
    'peers',
    'mail',
    'work',
    'configuration',
  ]),
  name: z.string(),
  subject: z.string().optional(),
  outcome,
  found: z.string(),
  remedy: z.string().optional(),
  ms: z.int(),
}) satisfies z.ZodType<CheckRow>
const answer = z.object({
  state: z.enum(['never', 'running', 'done', 'failed']),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  checks: z.int(),
  of: z.int(),
  rows: z.array(row),
  counts: z.record(outcome, z.int()),
  reason: z.string().optional(),
}) satisfies z.ZodType<DoctorView>
const letter = z.object({
  outcome: z.enum(['sent', 'captured', 'refused', 'not-sent']),
  to: z.string(),
  reason: z.string().optional(),
}) satisfies z.ZodType<TestLetterView>

/** The examination of the node, for those who look after it. It speaks of machines, never of patients. */
export function doctorRoutes({ doctor }: { doctor: Doctor }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/doctor',
      summary: 'The last examination of the node, or how far the one under way is.',
      action: 'node.examine',
      answer,
      run: ({ who }) => doctor.view(who.account.language),
    }),
    route({
      method: 'POST',
      path: '/api/doctor',
      summary: 'Begins to examine the node: every check, with what to do; 409 while that is under way.',
      action: 'node.examine',
      answer,
      status: 202,
      run: ({ who, origin }) => doctor.start(who.account.language, origin),
    }),
    route({
      method: 'POST',
      path: '/api/doctor/letter',
      summary: 'Sends a test letter to the person who asks, and says what the mail server answered.',
      action: 'node.examine',
      answer: letter,
      run: ({ who, origin }) => doctor.sendLetter(who.account.email, who.account.language, origin),
    }),
  ]
}
