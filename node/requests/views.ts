import type { Kysely } from 'kysely'
import { relationsOf } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import type { CompletenessView } from '../studies/view.js'
import { errorAskOf, isSecond } from './error-ask.js'
import { eventsFor } from './lifecycle.js'
import type { StudySummary } from './ports.js'
import { ageYears } from './rules.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { capacitiesOf, maySend, type Placement, standingOf } from './standing.js'
import { triageOf } from './triage.js'
import type { NewRequest, RequestRow, RequestStudyView, RequestView } from './view.js'

/** What a row is made of, already read. */
export interface RowParts {
  record: RequestRecord
  placement: Placement
  studies: readonly RequestStudyView[]
  nameOf: (site: string) => string
}

export const formOf = (record: RequestRecord): NewRequest => JSON.parse(record.form)

type FormPart =
  | 'context'
  | 'risks'
  | 'accession'
  | 'contrast'
  | 'wantedWithinMinutes'
  | 'requester'
  | 'responsible'
  | 'identityCheckedBy'
  | 'identityCheck'
  | 'consent'

/** What the page of a request shows of its form beyond the row. */
export function formView(form: NewRequest): Pick<RequestView, FormPart> {
  const { context, risks, accession, contrast, wantedWithinMinutes, responsible, identityCheck } = form
  return {
    ...(context === undefined ? {} : { context }),
    ...(risks === undefined ? {} : { risks }),
    ...(accession === undefined ? {} : { accession }),
    ...(contrast === undefined ? {} : { contrast }),
    ...(wantedWithinMinutes === undefined ? {} : { wantedWithinMinutes }),
    requester: form.requester,
    ...(responsible === undefined ? {} : { responsible }),
    identityCheckedBy: form.identityCheckedBy,
    ...(identityCheck === undefined ? {} : { identityCheck }),
    consent: form.consent,
  }
}

/** A row of the worklist as it is seen on that day (ISO 8601) by whom `may` was opened for. */
export function rowView(
  { record, placement, studies, nameOf }: RowParts,
  may: (record: RequestRecord, placement: Placement) => string[],
  today: string,
): RequestRow {
  const form = formOf(record)
  const age = ageYears(form.patient.birthDate, today)
  const images = imagesOf(studies)
  const ask = errorAskOf(record)
  const hint = hintOf(record)
  return {
    id: record.id,
    reference: record.reference,
    state: record.state,
    kind: record.kind,
    urgency: record.urgency,
    site: record.site,
    siteName: nameOf(record.site),
    ...(record.reading_site === null ? {} : { to: record.reading_site, toName: nameOf(record.reading_site) }),
    modality: record.modality,
    region: form.region,
    ...(form.laterality === undefined ? {} : { laterality: form.laterality }),
    question: form.question,
    patient: form.patient,
    ...(age === undefined ? {} : { ageYears: age }),
    ...(record.submitted_at === null ? {} : { submittedAt: isoAt(record.submitted_at) }),
    ...(record.happened_at === null ? {} : { happenedAt: isoAt(record.happened_at) }),
    ...(record.due_at === null || record.due_for === null
      ? {}
      : { due: { at: isoAt(record.due_at), for: record.due_for } }),
    ...(record.holder === null || record.holder_name === null
      ? {}
      : { holder: { id: record.holder, name: record.holder_name } }),
    ...(images === undefined ? {} : { images }),
    ...(record.report === null || record.report_state === null
      ? {}
      : { report: { id: record.report, state: record.report_state } }),
    ...(ask === undefined
      ? {}
      : { errorAsk: { by: ask.name, reason: ask.reason, images: ask.images, at: isoAt(ask.at) } }),
    ...(hint === undefined ? {} : { triage: hint }),
    may: may(record, placement),
  }
}

/** What was said of how pressing it is, without our own count. */
function hintOf(record: RequestRecord): RequestRow['triage'] {
  const triage = triageOf(record)
  if (triage === undefined) return undefined
  const { hints: _, ...hint } = triage
  return hint
}

/**
 * The events this person may send now: by the lifecycle, their capacity, and the permission table. Of requests that are
 * alike in all this looks at, it is worked out once.
 */
export function openMay(who: Acting): (record: RequestRecord, placement: Placement) => string[] {
  const known = new Map<string, string[]>()
  return (record, placement) => {
    const standing = standingOf(record, placement)
    const given = {
      urgency: record.urgency,
      examDone: record.exam_done === 1,
      as: capacitiesOf(who, record, placement),
      candidates: 1,
      acknowledged: record.acknowledged === 1,
      errorAsked: record.error_ask !== null,
      ...(isSecond(errorAskOf(record), who, record.site) ? { secondPerson: who.account.id } : {}),
    }
    const key = JSON.stringify([record.state, given, relationsOf(who, standing)])
    const may =
      known.get(key) ?? eventsFor(record.state, given).filter(event => maySend(who, event, standing))
    known.set(key, may)
    return may
  }
}

const asks = ({ record }: RowParts) => errorAskOf(record)?.account

/** Everybody to whom a row is something else than to those who are alike: who may do more to it by name, or less. */
export function peopleOf(parts: RowParts): string[] {
  const { record, placement } = parts
  return [record.holder, placement.successor, asks(parts), ...placement.offered].filter(id => id != null)
}

/** What a row is to this account by name, as far as {@link openMay} looks at it; empty: what it is to everybody alike. */
export function tiesOf(parts: RowParts, account: string): string {
  const { record, placement } = parts
  const ties = [
    record.holder === account,
    placement.offered.has(account),
    placement.successor === account,
    asks(parts) === account,
  ]
  return ties.includes(true) ? ties.map(Number).join('') : ''
}

const WORST: readonly CompletenessView['state'][] = ['incomplete', 'arriving', 'quiet', 'complete']

/** All linked studies as one count; the worst state stands for all, and an unknown expectation stays unknown. */
export function imagesOf(studies: readonly RequestStudyView[]): RequestRow['images'] {
  if (studies.length === 0) return undefined
  const all = studies.map(study => study.completeness)
  const sum = (of: (one: CompletenessView) => number | undefined) =>
    all.every(one => of(one) !== undefined)
      ? all.reduce((total, one) => total + (of(one) ?? 0), 0)
      : undefined
  const latest = (of: (one: CompletenessView) => string | undefined) =>
    all.map(of).filter(Boolean).sort().at(-1)
  const expected = sum(one => one.expected)
  const confirmed = sum(one => one.confirmed)
  const missing = all.reduce((total, one) => total + (one.missing ?? 0), 0)
  const unknown = all.find(one => one.unknown !== undefined)?.unknown
  const lastArrivalAt = latest(one => one.lastArrivalAt)
  const doneAt = latest(one => one.doneAt)
  return {
    received: all.reduce((total, one) => total + one.received, 0),
    ...(expected === undefined
      ? {}
      : { expected, proof: all.every(one => one.proof === 'list') ? ('list' as const) : ('count' as const) }),
    ...(missing === 0 ? {} : { missing }),
    ...(confirmed === undefined ? {} : { confirmed }),
    state: WORST.find(state => all.some(one => one.state === state)) ?? 'quiet',
    ...(expected !== undefined || unknown === undefined ? {} : { unknown }),
    ...(lastArrivalAt === undefined ? {} : { lastArrivalAt }),
    ...(doneAt === undefined ? {} : { doneAt }),
  }
}

/** A linked study as it is shown; one the node has nothing of is still on its way. */
export function studyView(
  uid: string,
  summary: StudySummary | undefined,
  record: RequestRecord,
): RequestStudyView {
  if (summary === undefined)
    return {
      StudyInstanceUID: uid,
      modality: record.modality,
      description: '',
      date: '',
      completeness: { received: 0, state: 'arriving' },
    }
  const { id: _id, identity: _identity, ...view } = summary
  return view
}

/** How the exam was done, where the room has said it. */
export async function readExam(
  sql: Kysely<RequestTables>,
  request: string,
): Promise<Pick<RequestView, 'exam'>> {
  const row = await sql
    .selectFrom('request_exams')
    .selectAll()
    .where('request', '=', request)
    .executeTakeFirst()
  return row === undefined ? {} : { exam: { ...JSON.parse(row.details), at: isoAt(row.at), by: row.by } }
}
