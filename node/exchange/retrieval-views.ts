import { z } from 'zod'
import { isoAt } from '../clock.js'
import { isAwaited } from './awaiting.js'
import type { Forward, Retrieval } from './retrievals.js'
import type { RetrievalRow, WantedStudy } from './view.js'

const short = z.string().max(200)

export const wantedStudy = z.object({
  PatientID: short.optional(),
  PatientName: short.optional(),
  PatientBirthDate: short.optional(),
  StudyDate: short.optional(),
  StudyDescription: short.optional(),
  AccessionNumber: short.optional(),
  ModalitiesInStudy: z.array(z.string().max(16)).max(32).optional(),
})

/** The schema of {@link RetrievalRow}. */
export const retrievalRow = z.object({
  id: z.string(),
  StudyInstanceUID: z.string(),
  SeriesInstanceUID: z.string().optional(),
  peer: z.string(),
  site: z.string(),
  siteName: z.string(),
  cause: z.enum(['manual', 'prior', 'request']),
  state: z.enum([
    'queued',
    'moving',
    'complete',
    'incomplete',
    'nothing',
    'refused',
    'no-answer',
    'failed',
    'cancelled',
  ]),
  trouble: z.string().optional(),
  reason: z.string().optional(),
  // A list names the person and the study; numbers and dates of birth are asked for at the PACS.
  wanted: wantedStudy.omit({ PatientID: true, PatientBirthDate: true, AccessionNumber: true }),
  instances: z.object({
    here: z.int(),
    listed: z.int().optional(),
    completed: z.int(),
    failed: z.int(),
    warning: z.int(),
  }),
  to: z.array(
    z.object({ peer: z.string(), transfer: z.string().optional(), refusal: z.string().optional() }),
  ),
  attempts: z.int(),
  queuedAt: z.string(),
  settledAt: z.string().optional(),
  retryAt: z.string().optional(),
  may: z.array(z.enum(['retry', 'cancel'])),
})

/** A retrieval as the screens show it. Whose study it is only for those who may see it. */
export function retrievalView(
  row: Retrieval,
  options: { siteName: string; named: boolean; mayDecide: boolean; forwards: readonly Forward[] },
): RetrievalRow {
  const { siteName, named, mayDecide, forwards } = options
  const open = row.state === 'queued' || row.state === 'moving'
  const may: RetrievalRow['may'] = []
  if (mayDecide && row.state !== 'moving' && row.state !== 'complete') may.push('retry')
  if (mayDecide && open) may.push('cancel')
  return {
    id: row.id,
    StudyInstanceUID: named ? row.study_uid : '',
    ...(row.series_uid === '' || !named ? {} : { SeriesInstanceUID: row.series_uid }),
    peer: row.peer,
    site: row.site,
    siteName,
    // Never whose.
    cause: row.cause.startsWith('prior:') ? 'prior' : isAwaited(row.cause) ? 'request' : 'manual',
    state: row.state,
    ...(row.trouble === null ? {} : { trouble: row.trouble }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    wanted: named ? (JSON.parse(row.wanted) as WantedStudy) : {},
    instances: {
      here: row.here,
      ...(row.total === null ? {} : { listed: row.total }),
      completed: row.completed,
      failed: row.failed,
      warning: row.warning,
    },
    to: forwards.map(({ peer, transfer, refusal }) => ({
      peer,
      ...(transfer === null ? {} : { transfer }),
      ...(refusal === null ? {} : { refusal }),
    })),
    attempts: row.attempts,
    queuedAt: isoAt(row.queued_at),
    ...(row.settled_at === null ? {} : { settledAt: isoAt(row.settled_at) }),
    ...(row.retry_at === null ? {} : { retryAt: isoAt(row.retry_at) }),
    may,
  }
}
