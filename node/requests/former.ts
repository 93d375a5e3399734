import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import type { StoredFact } from '../journal/facts.js'
import { clockLegs } from './clock-legs.js'
import { replay, stepOf } from './lifecycle.js'
import { toldTo } from './offer-views.js'
import type { KnownRequest } from './requests.js'
import type { RequestRecord } from './schema.js'
import { momentsOf, reportsOf, timelineOf } from './timeline.js'
import type { DocumentView, RequestRow, RequestView } from './view.js'
import { formOf, formView, rowView } from './views.js'

/** A request as it stood when the person's group ceased to take part in it. */
export interface Ended {
  request: Pick<KnownRequest, 'record' | 'placement'>
  end: { until: number; seq: number }
  /** Of the request itself, oldest first; later ones are left out here. */
  facts: readonly StoredFact[]
  nameOf: (site: string) => string
}

/** What its page shows beyond its row. */
export interface EndedPage extends Ended {
  /** The facts of the request, and the ones of its images, whose time the clock counts. */
  counted: readonly StoredFact[]
  documents: DocumentView[]
}

/** What such an entry says of what comes next is not theirs any more. */
const OF_THE_NEXT = ['to', 'readers', 'why'] as const

export function formerRow(ended: Ended, who: Acting): RequestRow {
  const { request, end, nameOf } = ended
  const facts = until(ended)
  const { record, placement } = request
  const { site } = who.membership
  const held = facts.findLast(fact => fact.type === 'request-claimed')
  const drafted = facts.findLast(
    ({ type, origin }) => type === 'report-drafted' && origin?.by === 'account' && origin.site === site,
  )
  const { state } = replay(facts.map(stepOf))
  const then: RequestRecord = {
    ...record,
    state,
    // What was said of it after they left is not theirs.
    error_ask: state === 'entered-in-error' ? record.error_ask : null,
    reading_site: site,
    due_at: null,
    due_for: null,
    holder: null,
    holder_name: null,
    report: drafted?.ids['report'] ?? null,
    report_state: drafted === undefined ? null : 'draft',
  }
  return {
    // It may be read, and nothing done to it.
    ...rowView({ record: then, placement, studies: [], nameOf }, () => [], isoAt(end.until)),
    ...(held?.origin?.by === 'account' && held.origin.site === site
      ? { holder: { id: held.origin.account, name: held.origin.name } }
      : {}),
    formerSince: isoAt(end.until),
  }
}

/** Its own record of what it did: no images, no later report, nothing that happened since. */
export function formerView(ended: EndedPage, who: Acting): RequestView {
  const { request, end, nameOf, counted } = ended
  const facts = until(ended)
  const form = formOf(request.record)
  const timeline = timelineOf(toldTo(facts, who), who.account.language, nameOf)
  const last = timeline.at(-1)
  if (last !== undefined) for (const detail of OF_THE_NEXT) delete last.details[detail]
  return {
    ...formerRow(ended, who),
    ...formView(form),
    studies: [],
    reports: reportsOf(facts),
    left: [],
    offers: [],
    timeline,
    clock: stopped(clockLegs(momentsOf(counted.filter(({ seq }) => seq <= end.seq)), end.until)),
    createdAt: isoAt(request.record.created_at),
    revision: request.record.revision,
    versions: [],
    documents: ended.documents,
    asks: [],
  }
}

/** For who left it stands still, whosever time it was. */
const stopped = ({ runs: _, ...clock }: RequestView['clock']): RequestView['clock'] => ({
  ...clock,
  running: false,
})

const until = ({ facts, end }: Ended) => facts.filter(fact => fact.seq <= end.seq)
