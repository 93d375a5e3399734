import type { Json } from '../journal/canonical.js'
import type { Position } from './lifecycle.js'
import type { StudySummary } from './ports.js'
import type { RequestRecord } from './schema.js'
import { searchable } from './search.js'
import { isTimeCritical } from './time-critical.js'
import { type Moments, type Timers, timersFor } from './timers.js'
import type { NewRequest } from './view.js'

/** Where the row says the request stands. */
export function positionOf(record: RequestRecord): Position {
  return {
    state: record.state,
    back: record.back,
    claim: record.claim === null ? null : { id: record.claim, holder: record.holder ?? '' },
  }
}

/** What the due times count from. */
export function momentsIn(record: RequestRecord): Moments {
  return {
    submittedAt: record.submitted_at,
    offeredAt: record.offered_at,
    claimedAt: record.claimed_at,
    acceptedAt: record.accepted_at,
    imagesAt: record.images_at,
    reportedAt: record.reported_at,
    preliminary: record.report_state === 'preliminary' || record.report_state === 'withdrawn',
    acknowledged: record.acknowledged === 1,
  }
}

/** The times promised for it: fixed when it was offered. */
export const timersOf = ({ kind, urgency, terms, form }: RequestRecord): Timers =>
  timersFor(kind, urgency, terms === null ? {} : JSON.parse(terms), isTimeCritical(JSON.parse(form)))

/** What every fact of a request says of it, so that whoever is told needs no second look. No patient. */
export function about(record: RequestRecord): { [key: string]: Json | undefined } {
  return {
    reference: record.reference,
    urgency: record.urgency,
    requestedBy: record.created_by,
    readingSite: record.reading_site ?? undefined,
    holder: record.holder ?? undefined,
  }
}

/** What a search looks in: never the clinical text, which names other things than the patient. */
export function searchText(reference: string, form: NewRequest): string {
  const { patient } = form
  return searchable([
    reference,
    patient.id,
    patient.family,
    patient.given,
    patient.birthName,
    patient.usedName,
    patient.givenNames,
    patient.birthDate,
    form.accession,
    form.region,
    form.modality,
    form.requester.name,
  ])
}

/** True when images of the study are here and no more are coming now. */
export function atHand(summary: StudySummary | undefined): boolean {
  return (
    summary !== undefined && summary.completeness.received > 0 && summary.completeness.state !== 'arriving'
  )
}
