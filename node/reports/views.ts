import { allows, type Standing } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import type { StudySummary } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import { identityFits } from '../requests/rules.js'
import { endOfPart } from '../requests/standing.js'
import type { PatientView } from '../requests/view.js'
import { isEditable, type SignedContent } from './report.js'
import type { ReportRecord, ReportTables, ReportVersion } from './schema.js'
import type { DeliveryView, ReportRow, ReportView, Sections, SignedVersionView } from './view.js'

/** A signed version whose bytes were proved, with what they say. */
export interface Proven {
  version: ReportVersion
  content: SignedContent
}

export const sectionsOf = (report: ReportRecord): Sections => JSON.parse(report.sections)

/** Who wrote it and still holds the request: the only one who may change or sign it. */
export function isWriter(who: Acting, report: ReportRecord, request: KnownRequest): boolean {
  return report.author === who.account.id && request.record.holder === who.account.id
}

/** True when the images say that they show somebody else: also of those that came after they were linked. */
export function isStranger(patient: PatientView, summary: StudySummary | undefined): boolean {
  return summary !== undefined && !identityFits(patient, summary.identity)
}

/** A group that no longer takes part keeps what it wrote itself, and sees nothing of its successors'. */
export function standingOfReport(report: ReportRecord, { standing }: KnownRequest): Standing {
  const { former = [], ...now } = standing
  return { ...now, former: former.filter(({ site }) => site === report.reading_site) }
}

/** Readers of the group see drafts, also their own of before; the site that asked sees what is signed. */
export function seesDraft(who: Acting, report: ReportRecord, request: KnownRequest): boolean {
  return (
    allows(who, 'report.write', request.standing) ||
    (endOfPart(who, request.standing) !== undefined && report.reading_site === who.membership.site)
  )
}

export function versionView({ version, content }: Proven): SignedVersionView {
  const addendum = version.kind === 'addendum' ? content.addenda.at(-1)?.text : undefined
  return {
    version: version.version,
    kind: version.kind,
    sections: content.sections,
    ...(addendum === undefined ? {} : { addendum }),
    signer: content.signer,
    signedAt: content.signedAt,
    digest: version.digest,
  }
}

export function deliveryView(delivery: ReportTables['report_deliveries']): DeliveryView {
  return {
    recipient: delivery.name,
    channel: delivery.channel,
    state: delivery.state,
    at: isoAt(delivery.at),
    ...(delivery.acknowledged_by === null ? {} : { by: delivery.acknowledged_by }),
    ...(delivery.reason === null ? {} : { reason: delivery.reason }),
  }
}

export function reportView(
  parts: {
    report: ReportRecord
    request: KnownRequest
    versions: readonly Proven[]
    deliveries: readonly ReportTables['report_deliveries'][]
    /** As they are now; a signed version keeps its own. */
    gaps: string[]
    date: string | undefined
    siteName: string
  },
  who: Acting,
): ReportView {
  const { report, request, versions, deliveries } = parts
  const { form } = request
  const last = versions.at(-1)
  const drafting = isEditable(report.state) && seesDraft(who, report, request)
  const { laterality } = form
  return {
    id: report.id,
    request: report.request,
    reference: report.reference,
    state: report.state,
    revision: report.revision,
    sections: drafting || last === undefined ? sectionsOf(report) : last.content.sections,
    patient: form.patient,
    exam: {
      modality: form.modality,
      region: form.region,
      question: form.question,
      ...(laterality === undefined ? {} : { laterality }),
      ...(parts.date === undefined ? {} : { date: parts.date }),
    },
    requester: {
      name: form.requester.name,
      phone: form.requester.phone,
      ...(form.requester.service === undefined ? {} : { service: form.requester.service }),
    },
    siteName: parts.siteName,
    studies: request.studies,
    author: { id: report.author, name: report.author_name },
    savedAt: isoAt(report.saved_at),
    versions: versions.map(versionView),
    deliveries: deliveries.filter(delivery => delivery.version === last?.version.version).map(deliveryView),
    ...(report.acknowledged_at === null ? {} : { acknowledgedAt: isoAt(report.acknowledged_at) }),
    ...(report.acknowledged_by === null ? {} : { acknowledgedBy: report.acknowledged_by }),
    gaps: drafting || last === undefined ? parts.gaps : last.content.gaps,
    may: mayNow(report, request, who),
  }
}

function mayNow(report: ReportRecord, request: KnownRequest, who: Acting): ReportView['may'] {
  const writer = isWriter(who, report, request)
  const may: ReportView['may'] = []
  if (writer && isEditable(report.state) && allows(who, 'report.write', request.standing)) may.push('edit')
  if (writer && isEditable(report.state) && allows(who, 'report.sign', request.standing)) may.push('sign')
  if (writer && report.state === 'final' && allows(who, 'report.addendum', request.standing))
    may.push('addendum')
  if (
    report.state !== 'draft' &&
    report.acknowledged_at === null &&
    allows(who, 'report.acknowledge', request.standing)
  )
    may.push('acknowledge')
  return may
}

export function reportRow(
  report: ReportRecord,
  request: KnownRequest,
  last: Proven | undefined,
  siteName: string,
): ReportRow {
  return {
    id: report.id,
    request: report.request,
    reference: report.reference,
    state: report.state,
    patient: request.form.patient,
    modality: request.form.modality,
    region: request.form.region,
    siteName,
    ...(last === undefined ? {} : { signer: last.content.signer.name, signedAt: last.content.signedAt }),
    ...(report.acknowledged_at === null ? {} : { acknowledgedAt: isoAt(report.acknowledged_at) }),
    conclusion: last?.content.sections.conclusion ?? sectionsOf(report).conclusion,
  }
}
