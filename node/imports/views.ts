import { isoAt } from '../clock.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Studies } from '../studies/studies.js'
import type { Certificates } from './certificates.js'
import { destinationsOf } from './follow.js'
import { paperView } from './paper-view.js'
import type { ImportFileRecord, ImportRecord, ImportRows } from './rows.js'
import type { ImportDecision, ImportFileView, ImportRow, ImportSender, ImportView } from './view.js'

export interface ImportViews {
  row(record: ImportRecord, may: ImportRow['may']): Promise<ImportRow>
  view(record: ImportRecord, may: ImportRow['may']): Promise<ImportView>
}

export function openImportViews(options: {
  rows: ImportRows
  studies: Studies
  transfers: Transfers
  sites: SiteNames
  certificates: Pick<Certificates, 'last'>
}): ImportViews {
  const { rows, studies, sites } = options

  const row: ImportViews['row'] = async (record, may) => {
    const outcomes = await rows.outcomes(record.id)
    return {
      id: record.id,
      state: record.state,
      site: record.site,
      siteName: sites.site(record.site)?.name ?? record.site,
      preset: record.preset,
      name: record.name,
      label: record.label,
      medium: record.medium as ImportRow['medium'],
      by: record.by_name,
      ...(record.sender === null ? {} : { sender: JSON.parse(record.sender) as ImportSender }),
      createdAt: isoAt(record.created_at),
      ...(record.decided_at === null ? {} : { decidedAt: isoAt(record.decided_at) }),
      ...(record.decided_by === null ? {} : { decidedBy: record.decided_by }),
      ...(record.finished_at === null ? {} : { finishedAt: isoAt(record.finished_at) }),
      bytes: { total: record.bytes_total, there: record.bytes_there },
      files: record.files,
      ...(record.reason === null ? {} : { reason: record.reason }),
      taken: (outcomes['taken'] ?? 0) + (outcomes['duplicate'] ?? 0),
      refused: outcomes['refused'] ?? 0,
      may: may.filter(action => possible(record, action)),
    }
  }

  return {
    row,
    view: async (record, may) => {
      const onDisc = await rows.studies(record.id)
      const papers = (await rows.papers(record.id)).map(paperView)
      const certified = await options.certificates.last(record.id)
      return {
        ...(await row(record, may)),
        verdicts: await rows.verdicts(record.id),
        ...(record.fingerprint === null ? {} : { fingerprint: record.fingerprint }),
        ...(record.decision === null ? {} : { decision: JSON.parse(record.decision) as ImportDecision }),
        papers,
        studies: await Promise.all(
          onDisc.map(async study => {
            const known = (await studies.byUid(study.StudyInstanceUID)).find(
              ({ site }) => site === record.site,
            )
            return { ...study, here: known?.instances ?? 0 }
          }),
        ),
        destinations: (await destinationsOf(record, options)).map(({ at: _at, ...to }) => to),
        ...(certified === undefined
          ? {}
          : {
              certificate: {
                version: certified.version,
                at: isoAt(certified.at),
                digest: certified.digest,
              },
            }),
      }
    },
  }
}

function possible({ state }: ImportRecord, action: ImportRow['may'][number]): boolean {
  switch (action) {
    case 'decide':
      return state === 'inventoried'
    case 'cancel':
      return ['uploading', 'reading', 'inventoried', 'failed'].includes(state)
  }
}

export function fileView(file: ImportFileRecord): ImportFileView {
  return {
    number: file.number,
    path: file.path,
    bytes: file.bytes,
    kind: file.kind,
    verdict: file.verdict,
    ...(file.reason === null ? {} : { reason: file.reason }),
    ...(file.listed === null ? {} : { listed: file.listed === 1 }),
    ...(file.sop_instance === null ? {} : { SOPInstanceUID: file.sop_instance }),
    ...(file.outcome === null ? {} : { outcome: file.outcome }),
    ...(file.outcome_reason === null ? {} : { outcomeReason: file.outcome_reason }),
  }
}
