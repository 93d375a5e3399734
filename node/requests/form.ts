import { z } from 'zod'

const SHORT_MAX = 200
const TEXT_MAX = 4000
const STUDIES_MAX = 50
/** Thirty days. */
const WANTED_MINUTES_MAX = 30 * 24 * 60

const short = z.string().trim().max(SHORT_MAX)
const text = z.string().trim().max(TEXT_MAX)

export const patientSchema = z.object({
  id: short,
  issuer: short,
  family: short,
  given: short,
  birthName: short.optional(),
  usedName: short.optional(),
  givenNames: short.optional(),
  birthDate: short,
  sex: z.enum(['F', 'M', 'O', 'U']),
  identityStatus: z.enum(['provisional', 'retrieved', 'validated', 'qualified']).optional(),
})

export const identityCheckSchema = z.object({
  how: z.enum(['bracelet', 'document', 'told', 'other']),
  note: short.optional(),
})
export const consentSchema = z.union([
  z.object({
    given: z.literal(true),
    informed: z.enum(['patient', 'guardian', 'trusted-person']).optional(),
    by: short.optional(),
  }),
  z.object({ exception: text, by: short.optional() }),
  z.object({ opposition: text, by: short.optional() }),
])
export const contrastSchema = z.enum(['yes', 'no', 'unknown'])
export const responsibleSchema = z.object({ name: short, phone: short.optional() })

const FILE_NAME_MAX = 255
/** How many, and how heavy together, is decided by the settings. */
export const sentFilesSchema = z.array(
  z.strictObject({ name: z.string().max(FILE_NAME_MAX), content: z.base64() }),
)

/** PS3.5 §9.1: digits and dots, at most 64. */
export const uidSchema = z
  .string()
  .max(64)
  .regex(/^[0-9]+(\.[0-9]+)*$/)

/** The form of a request. What a submitted one must hold is decided by `rules.ts`, not by the shape. */
export const newRequestSchema = z.object({
  kind: z.enum(['reading', 'opinion']),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
  site: short,
  to: short.optional(),
  /** A DICOM modality code (PS3.3 C.7.3.1.1.1), e.g. CT. */
  modality: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z0-9 _]{0,16}$/),
  region: short,
  laterality: z.enum(['right', 'left', 'both', 'none']).optional(),
  question: text,
  context: text.optional(),
  risks: z
    .object({
      allergy: short.optional(),
      renal: short.optional(),
      pregnancy: z.enum(['no', 'possible', 'yes', 'unknown']).optional(),
      pacemaker: z.boolean().optional(),
      anticoagulants: short.optional(),
      other: text.optional(),
    })
    .optional(),
  accession: short.optional(),
  contrast: contrastSchema.optional(),
  wantedWithinMinutes: z.int().min(1).max(WANTED_MINUTES_MAX).optional(),
  requester: z.object({ name: short, phone: short, service: short.optional(), rpps: short.optional() }),
  responsible: responsibleSchema.optional(),
  patient: patientSchema,
  studies: z.array(uidSchema).max(STUDIES_MAX).optional(),
  identityDifference: text.optional(),
  identityCheckedBy: short,
  identityCheck: identityCheckSchema.optional(),
  consent: consentSchema,
  similarReason: text.optional(),
  attachments: sentFilesSchema.optional(),
  paper: z.strictObject({ number: short.min(1).optional(), happenedAt: z.iso.datetime() }).optional(),
  submit: z.boolean().optional(),
})

/** The form again, of a request that exists: its site and its studies change by other ways. */
export const editedRequestSchema = newRequestSchema
  .omit({ site: true, studies: true, attachments: true, paper: true, submit: true })
  .extend({ revision: z.int().min(1), reason: text.optional() })

export const namedPatientSchema = z.object({
  patient: patientSchema,
  reason: text.min(1),
  identityCheckedBy: short.min(1),
  identityCheck: identityCheckSchema.optional(),
})

export const DECLINE_CODES = ['overload', 'competence', 'conflict-of-interest', 'other'] as const
export const REFUSAL_CODES = [
  'not-justified',
  'other-modality',
  'contraindication',
  'not-readable',
  'other',
] as const
export const OUTCOME_CODES = ['read-elsewhere', 'transferred', 'no-longer-needed', 'died', 'other'] as const
const CODES = [...DECLINE_CODES, ...REFUSAL_CODES, ...OUTCOME_CODES] as const

const ASK_ITEMS_MAX = 20
export const ASK_KINDS = ['series', 'reconstruction', 'prior', 'laboratory', 'consent', 'other'] as const

const amount = z.number().min(0).max(1_000_000)
/** What was given and with what, as the room says it after the exam. */
export const examSchema = z.strictObject({
  /** mGy, mGy·cm, Gy·cm². */
  dose: z
    .strictObject({ ctdiVol: amount.optional(), dlp: amount.optional(), dap: amount.optional() })
    .optional(),
  contrast: z
    .strictObject({ product: short.min(1), lot: short.optional(), volumeMl: amount.optional() })
    .optional(),
  device: short.optional(),
  laterality: z.enum(['right', 'left', 'both', 'none']).optional(),
})

/** Body of an event. Which of them an event needs is decided by the lifecycle. */
export const eventInputSchema = z.object({
  reason: text.optional(),
  /** Of a decline, a refusal (what the words alone say is `other`), or the outcome of an emergency. */
  code: z.enum(CODES).optional(),
  text: text.optional(),
  alternative: text.optional(),
  /** Another reading group, for `offer` and `reroute`. */
  to: short.optional(),
  /** The account of the reader who is asked first, for `offer` and `reroute`; of the colleague, for `hand-over`. */
  reader: z.string().max(64).optional(),
  /** Of `hand-over`: the colleague was told and has said yes, so that it is theirs at once. */
  told: z.boolean().optional(),
  /** Of `ask-error`: whether the linked images are wrong too, and withdrawn with it. */
  images: z.enum(['keep', 'withdraw']).optional(),
  /** Studies that came with the exam, for `exam-done` and `answer`. */
  studies: z.array(uidSchema).max(STUDIES_MAX).optional(),
  identityDifference: text.optional(),
  /** Entered after a breakdown: when it happened, for `claim accept refuse ask answer exam-done start`. */
  happenedAt: z.iso.datetime().optional(),
  /** What an `ask` asks for, one by one; without them its text is one of kind `other`. */
  items: z
    .array(z.strictObject({ kind: z.enum(ASK_KINDS), text: text.min(1) }))
    .max(ASK_ITEMS_MAX)
    .optional(),
  /** One by one, what comes of the items that are open, for `answer`; without them its text is the answer to all. */
  answers: z
    .array(z.strictObject({ item: z.string().max(64), available: z.boolean(), text: text.optional() }))
    .max(ASK_ITEMS_MAX)
    .optional(),
  /** How the exam was done, for `exam-done`. */
  exam: examSchema.optional(),
})
export type EventInput = z.output<typeof eventInputSchema>
