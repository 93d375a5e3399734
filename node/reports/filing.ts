import type { Database, Tx } from '../database.js'
import { studyAttributes } from '../dicom/format/attributes.js'
import { readHeader } from '../dicom/format/header.js'
import { fileHeader } from '../dicom/format/part10.js'
import { Failure } from '../errors.js'
import { priorityOf } from '../exchange/rules.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Follower } from '../journal/followers.js'
import { dicomObjectName } from '../objects/name.js'
import type { Objects } from '../objects/objects.js'
import type { Handler, Job } from '../outbox/job.js'
import type { Receive } from '../studies/receive.js'
import type { Studies } from '../studies/studies.js'
import type { Reports } from './reports.js'

const causeOf = (report: string, version: number) => `report:${report}:${version}`

/**
 * Files a signed version in the requesting site's PACS: the Encapsulated PDF enters by the same door as every image,
 * then it is owed to that PACS like any other instance, and counts as delivered when the PACS lists it.
 */
export function filingHandler(options: {
  db: Database
  objects: Objects
  receive: Receive
  studies: Studies
  transfers: Transfers
  sites: SiteNames
  reports: Pick<Reports, 'encapsulated' | 'pacsSettled'>
}): Handler {
  const { db, objects, receive, studies, transfers, sites, reports } = options
  const failed = (tx: Tx, { body }: Pick<Job, 'body'>, reason: string) =>
    reports.pacsSettled(tx, {
      report: String(body['report']),
      version: Number(body['version']),
      peer: String(body['peer']),
      state: 'failed',
      reason,
    })
  return {
    givenUp: failed,
    run: async job => {
      const report = String(job.body['report'])
      const version = Number(job.body['version'])
      const peer = String(job.body['peer'])
      const { made, site, StudyInstanceUID } = await reports.encapsulated(report, version)
      const head = fileHeader(made)
      const written = await objects.write(made.dataset, head, sha256 =>
        dicomObjectName(sha256, made.transferSyntaxUID),
      )
      const association = causeOf(report, version)
      const reception = await receive.receive({
        object: {
          bucket: written.bucket,
          name: written.name,
          bytes: written.bytes,
          datasetOffset: head.length,
          sha256: written.sha256,
          transferSyntaxUID: made.transferSyntaxUID,
          mediaType: 'application/dicom',
        },
        sopClassUID: made.sopClassUID,
        attributes: studyAttributes(
          await readHeader(made.dataset, { datasetOffset: 0, transferSyntaxUID: made.transferSyntaxUID }),
        ),
        source: {
          id: 'report',
          site,
          issuer: sites.site(site)?.issuer ?? site,
          madeHere: true,
          association,
          callingAETitle: '',
          calledAETitle: '',
          address: '',
        },
      })
      if (reception.result === 'failed') throw reception.failure
      if (reception.result === 'beside') {
        const reason = 'This version was filed before with other bytes.'
        return { result: 'permanent', reason, settle: tx => failed(tx, job, reason) }
      }
      if (reception.result === 'duplicate') await objects.discard(written)
      await receive.ended(association)
      const study = (await studies.byUid(StudyInstanceUID)).find(record => record.site === site)
      const [instance] =
        study === undefined ? [] : await studies.instances(study.id, { uid: made.sopInstanceUID })
      if (study === undefined || instance === undefined)
        throw new Failure('internal', 'The filed report is not where it was put.')
      await db.write(tx =>
        transfers.owe(
          tx,
          {
            study: study.id,
            site,
            peer,
            cause: association,
            priority: priorityOf(study.urgency),
            instances: [instance.id],
          },
          { by: 'system', part: 'reports' },
        ),
      )
      return { result: 'done' }
    },
  }
}

/** What became of it at the PACS is told to the report. */
export function filingFollower(reports: Pick<Reports, 'pacsSettled'>): Follower {
  return {
    name: 'reports-filed',
    types: ['study-sent', 'transfer-failed'],
    replay: true,
    handle: async (fact, tx) => {
      const [kind, report, version] = String(fact.body?.['cause'] ?? '').split(':')
      const peer = fact.ids['peer']
      if (kind !== 'report' || report === undefined || version === undefined || peer === undefined) return
      const all = Number(fact.body?.['instances'])
      const reason = fact.body?.['reason']
      await reports.pacsSettled(tx, {
        report,
        version: Number(version),
        peer,
        state:
          fact.type === 'transfer-failed'
            ? 'failed'
            : fact.body?.['confirmed'] === all
              ? 'confirmed'
              : 'sent',
        ...(typeof reason === 'string' ? { reason } : {}),
      })
    },
  }
}
