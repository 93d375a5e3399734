import { isoAt } from '../clock.js'
import type { Said } from '../conversations/conversations.js'
import type { AttachmentRow } from '../conversations/schema.js'
import type { Transfer } from '../exchange/transfers.js'
import type { Excerpt, ExcerptEntry } from '../journal/excerpt.js'
import type { Origin } from '../journal/facts.js'
import type { AlertView, CallRecord, SentNotice } from '../notifications/view.js'
import { EXTENSION } from '../objects/attachment.js'
import { digestOf, type SignedContent } from '../reports/report.js'
import type { ReportVersion } from '../reports/schema.js'
import type { DocumentRow } from '../requests/documents.js'
import type { KnownRequest } from '../requests/requests.js'
import type { NewRequest } from '../requests/view.js'
import type { StudyTables } from '../studies/schema.js'
import type { StoredInstance, StudyRecord } from '../studies/studies.js'
import type { ActIndex, Actor } from './act.js'
import { accessOf, criticalsOf, incidentsOf } from './happened.js'

/** Everything the record of an act is made of, as it was read. */
export interface ActParts {
  at: number
  known: KnownRequest
  nameOf(site: string): string
  versions: readonly { revision: number; form: NewRequest; at: number; by: string }[]
  excerpt: Excerpt
  studies: readonly {
    uid: string
    record: StudyRecord | undefined
    series: number
    instances: readonly StoredInstance[]
    arrivals: readonly StudyTables['arrivals'][]
  }[]
  transfers: readonly {
    transfer: Transfer
    uid: string
    contents: readonly { uid: string; state: string }[]
  }[]
  /** In the order of their files; `pdf` is false where it is lost or changed. */
  reports: readonly { version: ReportVersion; pdf: boolean }[]
  documents: readonly DocumentRow[]
  said: Said
  /** Of the papers and the attachments of messages: those that are whole, by id. */
  attachments: ReadonlyMap<string, Buffer>
  notices: readonly SentNotice[]
  alerts: readonly AlertView[]
  calls: readonly CallRecord[]
}

/** The index of an act out of its parts. */
export function actIndex(parts: ActParts): ActIndex {
  const { known, nameOf } = parts
  const { record, placement } = known
  const timeline = parts.excerpt.entries.map(timelineEntry)
  const people = new Map(timeline.flatMap(({ by }) => (by.account === undefined ? [] : [[by.account, by]])))
  return {
    format: 'relais-act/1',
    request: record.id,
    reference: record.reference,
    assembledAt: isoAt(parts.at),
    state: record.state,
    kind: record.kind,
    urgency: record.urgency,
    site: { id: record.site, name: nameOf(record.site) },
    readingSites: placement.parties.map(({ site, until }) => ({
      id: site,
      name: nameOf(site),
      until: until === null ? null : isoAt(until),
    })),
    createdAt: isoAt(record.created_at),
    versions: parts.versions.map(({ revision, at, by, form }) => ({
      revision,
      at: isoAt(at),
      by: people.get(by) ?? { account: by, name: by },
      form,
    })),
    documents: parts.documents.map(row => ({
      document: row.id,
      at: isoAt(row.at),
      by: row.by,
      name: row.name,
      kind: row.kind,
      bytes: row.bytes,
      sha256: row.sha256,
      file: parts.attachments.has(row.id) ? documentPath(row) : null,
    })),
    timeline,
    studies: parts.studies.map(studyPart),
    transfers: parts.transfers.map(transferPart),
    reports: parts.reports.map(({ version, pdf }, index) => reportPart(version, index + 1, pdf)),
    ...talkParts(parts),
    receipts: timeline
      .filter(({ type }) => type === 'report-acknowledged')
      .map(({ at, ids, by, body }) => ({
        at,
        report: ids['report'] ?? '',
        version: Number(body?.['version']),
        by: { ...by, ...named(body) },
      })),
    criticals: criticalsOf(timeline),
    incidents: incidentsOf(timeline),
    access: accessOf(timeline),
    messages: parts.notices.map(({ id, at, kind, account, alert, wave, readAt, channels }) => ({
      notice: id,
      at,
      kind,
      account,
      alert: alert ?? null,
      wave: wave ?? null,
      readAt: readAt ?? null,
      channels,
    })),
    alerts: parts.alerts.map(({ request: _request, reference: _reference, siteName: _site, ...alert }) => ({
      ...alert,
      calls: parts.calls.filter(call => call.alert === alert.id).map(({ alert: _alert, ...call }) => call),
    })),
  }
}

/** A receipt may be given for somebody: the person who read it is who is named. */
const named = (body: Record<string, unknown> | null): Partial<Actor> => ({
  ...(typeof body?.['name'] === 'string' ? { name: body['name'] } : {}),
  ...(typeof body?.['role'] === 'string' ? { role: body['role'] } : {}),
})

function timelineEntry(entry: ExcerptEntry): ActIndex['timeline'][number] {
  const { site } = JSON.parse(entry.chained) as { site: string | null }
  const { origin = null, ...body } = (entry.body === null ? {} : JSON.parse(entry.body)) as {
    origin?: Origin | null
  }
  return {
    seq: entry.seq,
    at: isoAt(entry.at),
    type: entry.type,
    site,
    by: actorOf(origin),
    ids: entry.ids,
    body: entry.body === null ? null : body,
  }
}

function actorOf(origin: Origin | null): Actor {
  switch (origin?.by) {
    case 'account': {
      const { account, name, role, site, address } = origin
      return { account, name, role, site, address }
    }
    case 'token': {
      const { token, name, site, address } = origin
      return { token, name, site, address }
    }
    case 'peer':
      return { name: `${origin.peer} (${origin.callingAETitle})`, site: origin.site, address: origin.address }
    case 'command':
      return { name: `relais (${origin.user})` }
    case 'system':
      return { name: `Relais (${origin.part})` }
    default:
      return { name: '' }
  }
}

function studyPart({ uid, record, series, instances, arrivals }: ActParts['studies'][number]) {
  return {
    study: record?.id ?? null,
    StudyInstanceUID: uid,
    series,
    expected: record?.expected ?? null,
    arrivals: arrivals.map(arrival => ({
      source: arrival.source,
      callingAETitle: arrival.calling,
      address: arrival.address,
      instances: arrival.instances,
      from: isoAt(arrival.first_at),
    })),
    instances: instances.map(instance => ({
      SOPInstanceUID: instance.uid,
      SOPClassUID: instance.sopClassUID,
      SeriesInstanceUID: instance.seriesUID,
      TransferSyntaxUID: instance.transferSyntaxUID,
      bytes: instance.bytes,
      datasetOffset: instance.datasetOffset,
      sha256: instance.sha256,
      madeHere: instance.madeHere,
    })),
  }
}

function transferPart({ transfer, uid, contents }: ActParts['transfers'][number]) {
  return {
    transfer: transfer.id,
    StudyInstanceUID: uid,
    peer: transfer.peer,
    cause: transfer.cause,
    state: transfer.state,
    total: transfer.total,
    sent: transfer.sent,
    confirmed: transfer.confirmed,
    failed: transfer.failed,
    attempts: transfer.attempts,
    queuedAt: isoAt(transfer.queued_at),
    settledAt: transfer.settled_at === null ? null : isoAt(transfer.settled_at),
    reason: transfer.reason,
    instances: contents.map(instance => ({ SOPInstanceUID: instance.uid, state: instance.state })),
  }
}

function reportPart(version: ReportVersion, number: number, pdf: boolean): ActIndex['reports'][number] {
  const intact = digestOf(version.signed) === version.digest
  const { signer } = intact
    ? (JSON.parse(version.signed) as SignedContent)
    : { signer: { id: version.signer, name: version.signer, role: '' } }
  return {
    report: version.report,
    version: version.version,
    kind: version.kind,
    signedAt: isoAt(version.signed_at),
    signer: { account: signer.id, name: signer.name, role: signer.role },
    digest: version.digest,
    intact,
    files: { signed: signedPath(number), pdf: pdf ? pdfPath(number) : null },
  }
}

function talkParts({ said, attachments, nameOf }: ActParts): Pick<ActIndex, 'conversation' | 'readUpTo'> {
  return {
    conversation: said.messages.map(row => ({
      message: row.id,
      at: isoAt(row.at),
      by: { account: row.account, name: row.name, role: row.role, site: nameOf(row.site) },
      text: row.text,
      mentions: (JSON.parse(row.mentions) as { account: string; name: string }[]).map(
        ({ account, name }) => ({ account, name }),
      ),
      attachments: row.attachments.map(one => ({
        name: one.name,
        kind: one.kind,
        bytes: one.bytes,
        sha256: one.sha256,
        file: attachments.has(one.id) ? attachmentPath(row.position, one) : null,
      })),
      inError:
        row.error_at === null
          ? null
          : { at: isoAt(row.error_at), by: row.error_by ?? '', reason: row.error_reason ?? '' },
    })),
    readUpTo: said.reads.map(({ account, name, up_to, at }) => ({
      account,
      name,
      message: said.messages.find(({ position }) => position === up_to)?.id ?? '',
      at: isoAt(at),
    })),
  }
}

export const attachmentPath = (position: number, { number, kind }: Pick<AttachmentRow, 'number' | 'kind'>) =>
  `attachments/${position}-${number}.${EXTENSION[kind]}`

export const documentPath = ({ number, kind }: Pick<DocumentRow, 'number' | 'kind'>) =>
  `documents/${number}.${EXTENSION[kind]}`

/** Where the n-th signed version lies in the folder: names of our own, nothing of what was sent to us. */
export const signedPath = (number: number) => `reports/${number}.json`
export const pdfPath = (number: number) => `reports/${number}.pdf`
