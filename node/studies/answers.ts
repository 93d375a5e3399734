import { z } from 'zod'
import { listOf } from '../http/answer.js'

/** Schemas of what leaves about studies; the types are those of `view.ts`. */
export const completeness = z.object({
  received: z.int(),
  expected: z.int().optional(),
  proof: z.enum(['list', 'count']).optional(),
  missing: z.int().optional(),
  confirmed: z.int().optional(),
  state: z.enum(['arriving', 'quiet', 'complete', 'incomplete']),
  unknown: z.enum(['not-asked', 'no-answer']).optional(),
  lastArrivalAt: z.string().optional(),
  doneAt: z.string().optional(),
})

const traits = { PatientName: z.string(), PatientBirthDate: z.string(), PatientSex: z.string() }

export const identityDoubt = z.object({
  known: z.object(traits).optional(),
  others: z.array(z.object({ PatientID: z.string(), IssuerOfPatientID: z.string(), ...traits })),
})

const gap = z.object({
  SeriesInstanceUID: z.string(),
  SeriesNumber: z.string(),
  Modality: z.string(),
  SeriesDescription: z.string(),
  expected: z.int(),
  missing: z.int(),
  numbers: z.string(),
})

export const transferRow = z.object({
  id: z.string(),
  StudyInstanceUID: z.string(),
  study: z.string(),
  peer: z.string(),
  peerSite: z.string(),
  cause: z.string(),
  state: z.enum(['queued', 'moving', 'sent', 'confirmed', 'failed', 'cancelled']),
  instances: z.object({ total: z.int(), sent: z.int(), failed: z.int(), confirmed: z.int() }),
  converted: z.int().optional(),
  bytes: z.object({ total: z.int(), sent: z.int() }),
  bytesPerSecond: z.int().optional(),
  queuedAt: z.string(),
  settledAt: z.string().optional(),
  retryAt: z.string().optional(),
  attempts: z.int(),
  priority: z.enum(['emergency', 'urgent', 'routine']),
  reason: z.string().optional(),
  may: z.array(z.enum(['retry', 'cancel'])),
})

const studyHeader = z.object({
  StudyInstanceUID: z.string(),
  PatientID: z.string(),
  IssuerOfPatientID: z.string(),
  PatientName: z.string(),
  PatientBirthDate: z.string(),
  PatientSex: z.string(),
  StudyDate: z.string(),
  StudyTime: z.string(),
  StudyDescription: z.string(),
  AccessionNumber: z.string(),
  ModalitiesInStudy: z.array(z.string()),
})

export const studyRow = studyHeader.extend({
  site: z.string(),
  siteName: z.string(),
  series: z.int(),
  instances: z.int(),
  bytes: z.int(),
  completeness,
  identityDoubt: identityDoubt.optional(),
  conflicts: z.int(),
  firstReceivedAt: z.string(),
})

export const studyList = listOf(studyRow)

export const studyAnswer = studyRow.extend({
  seriesList: z.array(
    z.object({
      SeriesInstanceUID: z.string(),
      SeriesNumber: z.string(),
      SeriesDescription: z.string(),
      Modality: z.string(),
      BodyPartExamined: z.string(),
      instances: z.int(),
      withdrawn: z.int(),
    }),
  ),
  gaps: z.array(gap),
  origins: z.array(
    z.object({ peer: z.string(), callingAETitle: z.string(), instances: z.int(), at: z.string() }),
  ),
  transfers: z.array(transferRow),
  requests: z.array(z.object({ id: z.string(), reference: z.string(), state: z.string() })),
})

export const studySearch = z.object({
  peers: z.array(
    z.object({
      peer: z.string(),
      outcome: z.enum(['answered', 'nothing', 'refused', 'no-answer']),
      reason: z.string().optional(),
      ms: z.int(),
    }),
  ),
  items: z.array(
    studyHeader.extend({
      peer: z.string(),
      instances: z.int().optional(),
      here: z.boolean(),
      ReferringPhysicianName: z.string().optional(),
    }),
  ),
})

export const certificate = z.object({
  issuedAt: z.string(),
  StudyInstanceUID: z.string(),
  PatientName: z.string(),
  PatientID: z.string(),
  PatientBirthDate: z.string(),
  PatientSex: z.string(),
  StudyDate: z.string(),
  StudyDescription: z.string(),
  AccessionNumber: z.string(),
  ModalitiesInStudy: z.array(z.string()),
  siteName: z.string(),
  completeness,
  expected: z.object({ by: z.string(), at: z.string(), instances: z.int() }).optional(),
  received: z.object({ instances: z.int(), bytes: z.int(), digest: z.string() }),
  arrivals: z.array(
    z.object({
      peer: z.string(),
      callingAETitle: z.string(),
      instances: z.int(),
      duplicates: z.int(),
      beside: z.int(),
      from: z.string(),
      to: z.string(),
    }),
  ),
  gaps: z.array(gap),
  withheld: z.int(),
  corrected: z.int(),
  destinations: z.array(
    z.object({
      peer: z.string(),
      siteName: z.string(),
      state: transferRow.shape.state,
      instances: z.int(),
      confirmed: z.int(),
      at: z.string().optional(),
    }),
  ),
  journal: z.int(),
})

const difference = z.object({
  attribute: z.string(),
  weight: z.enum(['identity', 'clinical']),
  kept: z.string().optional(),
  beside: z.string().optional(),
})

export const conflictRow = z.object({
  id: z.string(),
  kind: z.enum(['correction', 'pixels']),
  state: z.enum(['open', 'accepted', 'kept']),
  StudyInstanceUID: z.string(),
  PatientName: z.string(),
  PatientID: z.string(),
  PatientBirthDate: z.string(),
  PatientSex: z.string(),
  StudyDescription: z.string(),
  ModalitiesInStudy: z.array(z.string()),
  site: z.string(),
  siteName: z.string(),
  source: z.string(),
  instances: z.int(),
  common: z.array(difference),
  varying: z.array(
    z.object({ attribute: z.string(), weight: z.enum(['identity', 'clinical']), instances: z.int() }),
  ),
  openedAt: z.string(),
  decision: z.object({ at: z.string(), by: z.string(), reason: z.string() }).optional(),
  may: z.array(z.enum(['accept', 'keep'])),
})

export const conflictAnswer = conflictRow.extend({
  members: z.array(
    z.object({
      SOPInstanceUID: z.string(),
      SeriesInstanceUID: z.string(),
      SeriesNumber: z.string(),
      InstanceNumber: z.string(),
      pixels: z.enum(['same', 'different', 'uncompared', 'none', 'unreadable']),
      differences: z.array(difference),
    }),
  ),
})
