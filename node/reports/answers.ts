import { z } from 'zod'
import { patientAnswer } from '../requests/answers.js'
import type {
  KeyImageView,
  ReportRow,
  ReportView,
  SignedView,
  SigningCheckView,
  VerificationView,
} from './view.js'

const SECTION_MAX = 20_000

export const sectionsSchema = z.object({
  indication: z.string().max(SECTION_MAX),
  technique: z.string().max(SECTION_MAX),
  results: z.string().max(SECTION_MAX),
  conclusion: z.string().max(SECTION_MAX),
})

export const stateSchema = z.enum(['draft', 'preliminary', 'final', 'withdrawn'])
export const differenceSchema = z.enum(['same', 'minor', 'significant'])
const kindSchema = z.enum(['preliminary', 'final', 'addendum', 'correction', 'withdrawal'])

const keyImageSchema = z.object({
  StudyInstanceUID: z.string(),
  SeriesInstanceUID: z.string(),
  SOPInstanceUID: z.string(),
  frame: z.int().optional(),
  seriesNumber: z.int().optional(),
  seriesDescription: z.string(),
  instanceNumber: z.int().optional(),
  window: z.object({ center: z.int(), width: z.int() }).optional(),
  picture: z.string().optional(),
}) satisfies z.ZodType<KeyImageView>

export const reportSchema = z.object({
  id: z.string(),
  request: z.string(),
  reference: z.string(),
  state: stateSchema,
  revision: z.int(),
  sections: sectionsSchema,
  patient: patientAnswer,
  exam: z.object({
    modality: z.string(),
    region: z.string(),
    laterality: z.string().optional(),
    date: z.string().optional(),
    question: z.string(),
  }),
  requester: z.object({ name: z.string(), phone: z.string(), service: z.string().optional() }),
  siteName: z.string(),
  studies: z.array(z.string()),
  author: z.object({ id: z.string(), name: z.string() }),
  takenFrom: z.string().optional(),
  savedAt: z.string(),
  versions: z.array(
    z.object({
      version: z.int(),
      kind: kindSchema,
      sections: sectionsSchema,
      addendum: z.string().optional(),
      difference: differenceSchema.optional(),
      reason: z.string().optional(),
      signer: z.object({ id: z.string(), name: z.string(), role: z.string() }),
      signedAt: z.string(),
      digest: z.string(),
      keyImages: z.array(keyImageSchema),
    }),
  ),
  deliveries: z.array(
    z.object({
      version: z.int(),
      recipient: z.string(),
      channel: z.enum(['screen', 'email', 'pacs', 'link']),
      state: z.enum(['queued', 'sent', 'confirmed', 'acknowledged', 'failed']),
      at: z.string().optional(),
      by: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
  acknowledgedAt: z.string().optional(),
  acknowledgedBy: z.string().optional(),
  inError: z.object({ by: z.string(), reason: z.string() }).optional(),
  unaware: z.array(
    z.object({
      name: z.string(),
      version: z.int(),
      at: z.string(),
      phoned: z.literal(true).optional(),
    }),
  ),
  gaps: z.array(z.string()),
  keyImages: z.array(keyImageSchema),
  may: z.array(z.enum(['edit', 'sign', 'addendum', 'correct', 'withdraw', 'acknowledge'])),
}) satisfies z.ZodType<ReportView>

export const reportRowSchema = z.object({
  id: z.string(),
  request: z.string(),
  reference: z.string(),
  state: stateSchema,
  // A list names the person; who they are in full is on the report.
  patient: patientAnswer.pick({ family: true, given: true, birthDate: true, sex: true }),
  modality: z.string(),
  region: z.string(),
  siteName: z.string(),
  signer: z.string().optional(),
  signedAt: z.string().optional(),
  acknowledgedAt: z.string().optional(),
  conclusion: z.string(),
  broken: z.literal(true).optional(),
}) satisfies z.ZodType<ReportRow>

export const signedSchema = z.object({
  state: stateSchema,
  version: z.int(),
  digest: z.string(),
  signedAt: z.string(),
}) satisfies z.ZodType<SignedView>

export const checkCodeSchema = z.enum([
  'conclusion-empty',
  'field-open',
  'laterality',
  'laterality-images',
  'laterality-within',
  'sex',
  'age',
  'other-patient',
])

export const signingCheckSchema = z.object({
  code: checkCodeSchema,
  blocks: z.boolean(),
  sentence: z.string(),
  section: z.enum(['indication', 'technique', 'results', 'conclusion']).optional(),
}) satisfies z.ZodType<SigningCheckView>

export const verificationSchema = z.object({
  state: z.enum(['valid', 'preliminary', 'superseded', 'withdrawn', 'altered']),
  version: z.int(),
  newest: z.int(),
  kind: kindSchema.optional(),
  signedAt: z.string().optional(),
  digest: z.string(),
}) satisfies z.ZodType<VerificationView>
