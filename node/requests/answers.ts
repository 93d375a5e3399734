import { z } from 'zod'
import { completeness, identityDoubt } from '../studies/answers.js'
import {
  ASK_KINDS,
  consentSchema,
  contrastSchema,
  DECLINE_CODES,
  examSchema,
  identityCheckSchema,
  patientSchema,
  responsibleSchema,
} from './form.js'
import { REQUEST_STATES } from './lifecycle.js'
import { triageSchema } from './triage.js'
import type { RequestRow, RequestView } from './view.js'

/** What leaves by these routes: a key that is not named here stays inside. */
const stateSchema = z.enum(REQUEST_STATES)
export const patientAnswer = patientSchema

export const requestRowSchema = z.object({
  id: z.string(),
  reference: z.string(),
  state: stateSchema,
  kind: z.enum(['reading', 'opinion']),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
  site: z.string(),
  siteName: z.string(),
  to: z.string().optional(),
  toName: z.string().optional(),
  modality: z.string(),
  region: z.string(),
  laterality: z.enum(['right', 'left', 'both', 'none']).optional(),
  question: z.string(),
  patient: patientAnswer,
  ageYears: z.int().optional(),
  submittedAt: z.string().optional(),
  happenedAt: z.string().optional(),
  due: z.object({ at: z.string(), for: z.enum(['claim', 'decision', 'report', 'acknowledge']) }).optional(),
  holder: z.object({ id: z.string(), name: z.string() }).optional(),
  images: completeness.optional(),
  report: z
    .object({ id: z.string(), state: z.enum(['draft', 'preliminary', 'final', 'withdrawn']) })
    .optional(),
  triage: triageSchema.optional(),
  errorAsk: z
    .object({ by: z.string(), reason: z.string(), images: z.enum(['keep', 'withdraw']), at: z.string() })
    .optional(),
  may: z.array(z.string()),
  formerSince: z.string().optional(),
})

export const requestSchema = requestRowSchema.extend({
  context: z.string().optional(),
  risks: z
    .object({
      allergy: z.string().optional(),
      renal: z.string().optional(),
      pregnancy: z.enum(['no', 'possible', 'yes', 'unknown']).optional(),
      pacemaker: z.boolean().optional(),
      anticoagulants: z.string().optional(),
      other: z.string().optional(),
    })
    .optional(),
  accession: z.string().optional(),
  contrast: contrastSchema.optional(),
  wantedWithinMinutes: z.int().optional(),
  requester: z.object({
    name: z.string(),
    phone: z.string(),
    service: z.string().optional(),
    rpps: z.string().optional(),
  }),
  responsible: responsibleSchema.optional(),
  identityCheckedBy: z.string(),
  identityCheck: identityCheckSchema.optional(),
  consent: consentSchema,
  studies: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      modality: z.string(),
      description: z.string(),
      date: z.string(),
      accession: z.string().optional(),
      completeness,
      identityDoubt: identityDoubt.optional(),
      conflicts: z.int().optional(),
      transfer: z
        .object({
          state: z.enum(['waiting', 'moving', 'sent', 'confirmed', 'failed']),
          sent: z.int(),
          of: z.int(),
          confirmed: z.int(),
          peer: z.string(),
        })
        .optional(),
    }),
  ),
  reports: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['preliminary', 'final', 'addendum', 'correction', 'withdrawal']),
      version: z.int(),
      signedAt: z.string().optional(),
      signer: z.string().optional(),
    }),
  ),
  left: z.array(
    z.object({
      id: z.string(),
      by: z.string(),
      at: z.string(),
      state: z.enum(['draft', 'preliminary', 'final', 'withdrawn']),
    }),
  ),
  readers: z.array(z.object({ account: z.string(), name: z.string() })).optional(),
  groups: z.array(z.object({ site: z.string(), name: z.string() })).optional(),
  offers: z.array(
    z.object({
      account: z.string(),
      name: z.string(),
      round: z.int(),
      wave: z.int(),
      offeredAt: z.string(),
      why: z.string(),
      outcome: z.enum(['offered', 'seen', 'declined', 'lapsed', 'won']),
      seenAt: z.string().optional(),
      endedAt: z.string().optional(),
      decline: z.object({ code: z.enum(DECLINE_CODES), reason: z.string().optional() }).optional(),
    }),
  ),
  waves: z.object({ wave: z.int(), of: z.int(), ended: z.boolean() }).optional(),
  timeline: z.array(
    z.object({
      at: z.string(),
      fact: z.string(),
      by: z.string(),
      recordedAt: z.string().optional(),
      site: z.string().optional(),
      state: stateSchema.optional(),
      details: z.record(z.string(), z.string()),
    }),
  ),
  clock: z.object({
    totalMs: z.int(),
    siteMs: z.int(),
    transferMs: z.int(),
    readerMs: z.int(),
    pausedMs: z.int(),
    running: z.boolean(),
    runs: z.enum(['site', 'transfer', 'reader', 'paused']).optional(),
    ended: z.object({ at: z.string(), fact: z.string() }).optional(),
  }),
  createdAt: z.string(),
  revision: z.int(),
  versions: z.array(
    z.object({
      revision: z.int(),
      at: z.string(),
      by: z.string(),
      reason: z.string().optional(),
      changes: z.array(
        z.object({ field: z.string(), before: z.string().optional(), after: z.string().optional() }),
      ),
    }),
  ),
  documents: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(['pdf', 'jpeg', 'png', 'text']),
      bytes: z.int(),
      sha256: z.string(),
      at: z.string(),
      by: z.string(),
    }),
  ),
  asks: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      by: z.string(),
      items: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(ASK_KINDS),
          text: z.string(),
          state: z.enum(['open', 'answered', 'unavailable']),
          answer: z.string().optional(),
          by: z.string().optional(),
          at: z.string().optional(),
        }),
      ),
    }),
  ),
  exam: examSchema.extend({ reason: z.string().optional(), at: z.string(), by: z.string() }).optional(),
}) satisfies z.ZodType<RequestView>

requestRowSchema satisfies z.ZodType<RequestRow>

export const countsSchema = z.object({
  toClaim: z.int(),
  mine: z.int(),
  toFinish: z.int(),
  late: z.int(),
  all: z.int(),
  former: z.int(),
  more: z.array(z.enum(['toClaim', 'mine', 'toFinish', 'late'])),
})

export const similarSchema = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      reference: z.string(),
      state: stateSchema,
      submittedAt: z.string(),
      modality: z.string(),
      region: z.string(),
      question: z.string(),
    }),
  ),
  studies: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      modality: z.string(),
      description: z.string(),
      date: z.string(),
      days: z.int(),
      here: z.boolean(),
    }),
  ),
})

const mismatchSchema = z.object({
  what: z.enum(['identity', 'laterality', 'region']),
  asked: z.string(),
  found: z.string(),
})
export const studyCandidatesSchema = z.object({
  items: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      modality: z.string(),
      description: z.string(),
      date: z.string(),
      accession: z.string(),
      patientName: z.string(),
      differences: z.array(mismatchSchema),
    }),
  ),
})
export const requestCandidatesSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      reference: z.string(),
      state: stateSchema,
      patient: patientAnswer,
      modality: z.string(),
      region: z.string(),
      question: z.string(),
      createdAt: z.string(),
      differences: z.array(mismatchSchema),
    }),
  ),
})
