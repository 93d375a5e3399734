import { z } from 'zod'
import { rejectionAnswer } from '../exchange/rejection-views.js'
import { VERDICTS } from './verdicts.js'

/** Discs as they leave the server, and what may be said about them: see `view.ts`. */
export const text = z.string().max(200)
export const id = z.string().trim().min(1).max(64)
export const uid = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)*$/)
  .max(64)
const identity = z.object({
  PatientID: z.string().trim().max(64),
  IssuerOfPatientID: z.string().trim().max(64),
  PatientName: z.string().trim().max(192),
  PatientBirthDate: z.string().trim().max(8),
  PatientSex: z.string().trim().max(16),
})
const series = z.object({
  SeriesInstanceUID: z.string(),
  SeriesNumber: z.string(),
  SeriesDescription: z.string(),
  Modality: z.string(),
  images: z.int(),
  kind: z.enum(['captures', 'presentations', 'icons']).optional(),
  leftOut: z.boolean(),
  leftOutBy: z.object({ rule: z.enum(['kind', 'modality', 'description']), value: z.string() }).optional(),
  sample: z.int(),
})
const study = z.object({
  StudyInstanceUID: z.string(),
  StudyDate: z.string(),
  StudyDescription: z.string(),
  AccessionNumber: z.string(),
  Modalities: z.array(z.string()),
  identity,
  series: z.array(series),
  images: z.int(),
  bytes: z.int(),
  here: z.int(),
  hereAs: z.string(),
})
export const decision = z.object({
  candidate: z.enum(['keep', 'request', 'node', 'pacs', 'new']),
  request: id.optional(),
  identity,
  accession: z.string().trim().max(16).optional(),
  today: uid.optional(),
  series: z.array(uid).max(10_000),
  papers: z
    .array(z.object({ number: z.int().min(1), StudyInstanceUID: uid.optional() }))
    .max(200)
    .optional(),
  reason: z.string().trim().max(1000).optional(),
})
const state = z.enum([
  'uploading',
  'reading',
  'inventoried',
  'taking',
  'sending',
  'done',
  'cancelled',
  'failed',
  'entered-in-error',
])
/** What an outside clinic says of itself and of the patient: on its own page, and beside its disc. */
export const senderForm = z.object({
  organisation: z.string(),
  name: z.string(),
  phone: z.string(),
  patient: z.object({
    family: z.string(),
    given: z.string(),
    birthDate: z.string().optional(),
    sex: z.enum(['F', 'M', 'O']).optional(),
  }),
  why: z.string(),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
})
const sender = senderForm.extend({ inbox: z.string(), recipient: z.string() })
const why = z
  .object({
    code: z.enum([
      'ends',
      'damaged',
      'too-much',
      'too-large',
      'encrypted',
      'compression',
      'interleaved',
      'link',
      'special',
      'listed-missing',
      'same-object',
      'same-uid',
      'other-names',
      'noted-on-disc',
      'notes',
      'withdrawn-here',
      'same-here',
      'other-here',
      'beside',
      'changed',
      'no-image',
      'undecided',
      'storage',
      'other',
    ]),
    at: z.int().optional(),
    file: z.int().optional(),
    method: z.int().optional(),
    detail: z.string().optional(),
  })
  .optional()
export const row = z.object({
  id: z.string(),
  state,
  site: z.string(),
  siteName: z.string(),
  preset: z.string().nullable(),
  name: z.string(),
  label: z.string(),
  medium: z.enum(['folder', 'zip', 'iso', 'tar']).nullable(),
  by: z.string(),
  sender: sender.optional(),
  createdAt: z.string(),
  decidedAt: z.string().optional(),
  decidedBy: z.string().optional(),
  finishedAt: z.string().optional(),
  bytes: z.object({ total: z.int(), there: z.int() }),
  files: z.int(),
  abandoned: z.literal(true).optional(),
  failedTo: z.array(z.string()).optional(),
  keptUntil: z.string().optional(),
  reason: z.string().optional(),
  why,
  taken: z.int(),
  refused: z.int(),
  may: z.array(z.enum(['decide', 'cancel'])),
})
const destination = z.object({
  peer: z.string(),
  transfer: z.string(),
  state: z.string(),
  confirmed: z.int(),
  of: z.int(),
})
const person = z.object({
  id: z.string(),
  identity,
  studies: z.array(z.string()),
  state: z.enum(['to-decide', 'taking', 'sending', 'done', 'not-taken', 'failed', 'entered-in-error']),
  decision: decision.optional(),
  reason: z.string().optional(),
  decidedAt: z.string().optional(),
  decidedBy: z.string().optional(),
  finishedAt: z.string().optional(),
  taken: z.int(),
  refused: z.int(),
  destinations: z.array(destination),
  withdrawals: z.array(
    z.object({
      decision,
      decidedBy: z.string(),
      at: z.string(),
      by: z.string(),
      reason: z.string(),
      images: z.int(),
      papers: z.int(),
      recalls: z.array(rejectionAnswer),
    }),
  ),
  may: z.array(z.enum(['decide', 'leave', 'withdraw'])),
})
export const view = row.extend({
  verdicts: z.record(z.string(), z.int()),
  read: z.object({ files: z.int(), bytes: z.int() }),
  fingerprint: z.string().optional(),
  decision: decision.optional(),
  studies: z.array(study),
  papers: z.array(
    z.object({
      number: z.int(),
      path: z.string(),
      title: z.string(),
      kind: z.enum(['pdf', 'jpeg', 'png']),
      bytes: z.int(),
      dangers: z.array(z.enum(['script', 'launch', 'attachment', 'locked', 'hidden'])),
      fault: z.enum(['too-large', 'broken', 'progressive', 'colours', 'png', 'small']).optional(),
      StudyInstanceUID: z.string().optional(),
      outcome: z.enum(['taken', 'duplicate', 'refused', 'left-out']).optional(),
    }),
  ),
  people: z.array(person),
  destinations: z.array(destination),
  certificate: z.object({ version: z.int(), at: z.string(), digest: z.string() }).optional(),
})
export const file = z.object({
  number: z.int(),
  path: z.string(),
  bytes: z.int(),
  kind: z.string(),
  verdict: z.enum(VERDICTS),
  reason: z.string().optional(),
  why,
  listed: z.boolean().optional(),
  SOPInstanceUID: z.string().optional(),
  outcome: z.enum(['taken', 'duplicate', 'refused', 'left-out']).optional(),
  outcomeReason: z.string().optional(),
  outcomeWhy: why,
})
export const candidates = z.object({
  items: z.array(
    z.object({
      candidate: z.enum(['request', 'node', 'pacs']),
      from: z.string(),
      request: z.string().optional(),
      identity,
      accession: z.string().optional(),
      fields: z.array(
        z.object({
          field: z.enum(['PatientID', 'IssuerOfPatientID', 'PatientName', 'PatientBirthDate', 'PatientSex']),
          disc: z.string(),
          candidate: z.string(),
          result: z.enum(['same', 'similar', 'different', 'missing']),
        }),
      ),
      score: z.int(),
      contradicts: z.boolean(),
    }),
  ),
  peers: z.array(
    z.object({
      peer: z.string(),
      outcome: z.enum(['answered', 'nothing', 'refused', 'no-answer']),
      reason: z.string().optional(),
    }),
  ),
})
