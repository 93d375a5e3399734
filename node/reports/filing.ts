import type { Database, Tx } from '../database.js'
import { Failure } from '../errors.js'
import { priorityOf } from '../exchange/rules.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Follower } from '../journal/followers.js'
import type { Objects } from '../objects/objects.js'
import type { Handler, Job } from '../outbox/job.js'
import { receiveMade } from '../studies/made-here.js'
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
      const association = causeOf(report, version)
      const received = await receiveMade({ objects, receive }, made, {
        id: 'report',
        site,
        issuer: sites.site(site)?.issuer ?? site,
        association,
      })
      if (received === 'beside') {
        const reason = 'This version was filed before with other bytes.'
        return { result: 'permanent', reason, settle: tx => failed(tx, job, reason) }
      }
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
