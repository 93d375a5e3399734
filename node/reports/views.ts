import { allows, type Standing } from '../accounts/permissions.js'
import { isoAt, msOf } from '../clock.js'
import type { CriticalCallView } from '../criticals/view.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { errorAskOf } from '../requests/error-ask.js'
import type { StudySummary } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import { identityFits } from '../requests/rules.js'
import { endOfPart } from '../requests/standing.js'
import type { PatientView } from '../requests/view.js'
import { isEditable, type SignedContent, type SignedKeyImage, signableAs } from './report.js'
import type { ReportRecord, ReportTables, ReportVersion } from './schema.js'
import type {
  DeliveryView,
  KeyImageView,
  ReportRow,
  ReportView,
  Sections,
  SignedVersionView,
  UnawareView,
} from './view.js'
import { notAuthorWords } from './words.js'

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

/** Throws `forbidden` or `conflict`, in words. */
export function demandWriter(who: Acting, report: ReportRecord, request: KnownRequest): void {
  if (!allows(who, 'report.write', request.standing))
    fail('forbidden', notAuthorWords(report.author_name, who.account.language))
  if (!isWriter(who, report, request))
    fail('conflict', notAuthorWords(request.record.holder_name ?? report.author_name, who.account.language))
}

/** Nothing of a request that was entered in error is in force any more. */
export const isVoid = ({ record }: Pick<KnownRequest, 'record'>): boolean =>
  record.state === 'entered-in-error'

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

export function keyImageView({ SOPClassUID: _, ...image }: SignedKeyImage): KeyImageView {
  return image
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
    keyImages: (content.keyImages ?? []).map(keyImageView),
    ...(content.difference === undefined ? {} : { difference: content.difference }),
    ...(content.reason === undefined ? {} : { reason: content.reason }),
  }
}

export function deliveryView(delivery: ReportTables['report_deliveries']): DeliveryView {
  return {
    version: delivery.version,
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
    /** Marked for the version being written. */
    keyImages: KeyImageView[]
    /** Told of a critical finding by telephone. */
    phoned: readonly CriticalCallView[]
    date: string | undefined
    siteName: string
  },
  who: Acting,
): ReportView {
  const { report, request, versions, deliveries } = parts
  const { form } = request
  const last = versions.at(-1)
  const voided = isVoid(request) ? errorAskOf(request.record) : undefined
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
    ...(report.taken_from === null ? {} : { takenFrom: report.taken_from }),
    savedAt: isoAt(report.saved_at),
    versions: versions.map(versionView),
    deliveries: deliveries.map(deliveryView),
    ...(report.acknowledged_at === null ? {} : { acknowledgedAt: isoAt(report.acknowledged_at) }),
    ...(report.acknowledged_by === null ? {} : { acknowledgedBy: report.acknowledged_by }),
    ...(voided === undefined ? {} : { inError: { by: voided.name, reason: voided.reason } }),
    unaware: unawareOf(report, deliveries, parts.phoned, last),
    gaps: drafting || last === undefined ? parts.gaps : last.content.gaps,
    keyImages:
      drafting || last === undefined ? parts.keyImages : (last.content.keyImages ?? []).map(keyImageView),
    may: mayNow(report, request, who, hasAcknowledged(who, deliveries, last)),
  }
}

const acknowledgedBy = (deliveries: readonly ReportTables['report_deliveries'][], version: number) =>
  new Map(
    deliveries
      .filter(one => one.version === version && one.state === 'acknowledged')
      .map(one => [one.recipient, one]),
  )

function hasAcknowledged(
  who: Acting,
  deliveries: readonly ReportTables['report_deliveries'][],
  last: Proven | undefined,
): boolean {
  return last !== undefined && acknowledgedBy(deliveries, last.version.version).has(who.account.id)
}

/**
 * Who knows an earlier version and has not said that they know the newest: those who acknowledged one, and those who
 * were told by telephone before it was signed, until somebody acknowledges the newest.
 */
function unawareOf(
  report: ReportRecord,
  deliveries: readonly ReportTables['report_deliveries'][],
  phoned: readonly CriticalCallView[],
  last: Proven | undefined,
): UnawareView[] {
  if (last === undefined) return []
  const { version, signed_at } = last.version
  const knows = acknowledgedBy(deliveries, version)
  const unaware = new Map<string, UnawareView>()
  for (const one of deliveries)
    if (one.state === 'acknowledged' && one.version < version && !knows.has(one.recipient))
      unaware.set(one.recipient, {
        name: one.acknowledged_by ?? one.name,
        version: one.version,
        at: isoAt(one.at),
      })
  const told =
    report.acknowledged_at === null && version > 1 ? phoned.filter(call => msOf(call.at) < signed_at) : []
  return [
    ...unaware.values(),
    ...told.map(call => ({
      name: `${call.receiver}, ${call.role}`,
      version: version - 1,
      at: call.at,
      phoned: true as const,
    })),
  ]
}

function mayNow(
  report: ReportRecord,
  request: KnownRequest,
  who: Acting,
  acknowledged: boolean,
): ReportView['may'] {
  if (isVoid(request)) return []
  const next = signableAs(report.state)
  const writer = isWriter(who, report, request)
  const may: ReportView['may'] = []
  if (writer && isEditable(report.state) && allows(who, 'report.write', request.standing)) may.push('edit')
  if (writer && isEditable(report.state) && allows(who, 'report.sign', request.standing)) may.push('sign')
  if (writer && allows(who, 'report.addendum', request.standing)) {
    if (next.includes('addendum')) may.push('addendum')
    if (next.includes('correction')) may.push('correct')
  }
  if (writer && next.includes('withdrawal') && allows(who, 'report.withdraw', request.standing))
    may.push('withdraw')
  if (report.state !== 'draft' && !acknowledged && allows(who, 'report.acknowledge', request.standing))
    may.push('acknowledge')
  return may
}

export function reportRow(
  report: ReportRecord,
  request: KnownRequest,
  latest: Proven | 'broken' | undefined,
  siteName: string,
): ReportRow {
  const last = latest === 'broken' ? undefined : latest
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
    ...(latest === 'broken' ? { broken: true as const } : {}),
    conclusion:
      latest === 'broken' ? '' : (last?.content.sections.conclusion ?? sectionsOf(report).conclusion),
  }
}
