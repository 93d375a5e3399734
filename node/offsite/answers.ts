import { z } from 'zod'
import { contractSchema } from '../sites/contract.js'
import { timersSchema } from '../sites/promised.js'
import type { ContractTermsView } from '../sites/view.js'

/** Shapes of what leaves the server; `view.ts` says what it means. */

const span = { from: z.string(), to: z.string() }
const kind = z.enum(['on-site', 'on-call', 'second-line'])
const presence = z.enum(['reading', 'online', 'away', 'offline'])
const language = z.enum(['fr', 'en'])
const person = z.object({ account: z.string(), name: z.string() })

export const shiftAnswer = z.object({
  ...span,
  id: z.string(),
  site: z.string(),
  account: z.string(),
  name: z.string(),
  kind,
  telephone: z.string().optional(),
  pattern: z.string().optional(),
  duty: z
    .object({ takenAt: z.string(), heardAt: z.string().optional(), heardBy: z.string().optional() })
    .optional(),
  revision: z.string(),
})

const absence = z.object({
  ...span,
  id: z.string(),
  account: z.string(),
  name: z.string(),
  reason: z.string().optional(),
})

const swap = z.object({
  id: z.string(),
  state: z.enum(['proposed', 'accepted', 'declined', 'withdrawn']),
  shift: shiftAnswer,
  exchange: shiftAnswer.optional(),
  by: person,
  to: person,
  text: z.string().optional(),
  at: z.string(),
})

const days = z.array(z.object({ date: z.string(), from: z.string() }))
const spans = z.array(z.object(span))

export const rosterAnswer = z.object({
  ...span,
  site: z.string(),
  siteName: z.string(),
  timeZone: z.string(),
  days,
  readers: z.array(
    person.extend({
      telephone: z.string().optional(),
      competences: z.array(z.string()),
      languages: z.array(language),
      presence,
      awayUntil: z.string().optional(),
    }),
  ),
  shifts: z.array(shiftAnswer),
  absences: z.array(absence),
  swaps: z.array(swap),
  conflicts: z.array(
    z.object({
      ...span,
      kind: z.enum(['overlap', 'absent', 'no-role']),
      account: z.string(),
      shifts: z.array(z.string()),
    }),
  ),
  holes: z.array(z.object({ ...span, contracts: z.array(z.string()) })),
  endsAt: z.string().optional(),
})

export const ownAnswer = z.object({
  groups: z.array(
    z.object({
      site: z.string(),
      siteName: z.string(),
      timeZone: z.string(),
      colleagues: z.array(person),
    }),
  ),
  shifts: z.array(shiftAnswer),
  absences: z.array(absence.extend({ site: z.string() })),
  swaps: z.array(swap),
  awayUntil: z.string().optional(),
})

export const onDutyAnswer = z.object({
  groups: z.array(
    z.object({
      site: z.string(),
      siteName: z.string(),
      timeZone: z.string(),
      contract: z.string(),
      readers: z.array(
        z.object({
          name: z.string(),
          kind,
          telephone: z.string().optional(),
          until: z.string(),
          presence,
          taken: z.boolean(),
        }),
      ),
      next: z.string().optional(),
      lastRung: z.string().optional(),
      everybody: z.boolean(),
    }),
  ),
  why: z.array(z.string()),
})

export const contractAnswer = contractSchema.extend({ revision: z.string() })

export const coverageAnswer = z.object({ ...span, timeZone: z.string(), days, open: spans, holes: spans })

const rungs = z.object({ waves: z.int(), waveMinutes: z.int() })
export const contractTerms = z.object({
  usual: timersSchema,
  waves: z.object({ emergency: rungs, urgent: rungs, routine: rungs, opinion: rungs }),
  readingGroups: z.array(z.object({ id: z.string(), name: z.string() })),
}) satisfies z.ZodType<ContractTermsView>
