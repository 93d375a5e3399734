import type { Kysely } from 'kysely'
import type { Database, Tx } from '../database.js'
import type { Predecessor } from '../dicom/format/predecessors.js'
import { Failure } from '../errors.js'
import type { Rejecting } from '../exchange/rejecting.js'
import { priorityOf } from '../exchange/rules.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Origin } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { Objects } from '../objects/objects.js'
import type { Handler, Job } from '../outbox/job.js'
import type { RequestTables } from '../requests/schema.js'
import { receiveMade } from '../studies/made-here.js'
import type { Receive } from '../studies/receive.js'
import type { Studies } from '../studies/studies.js'
import type { StudyRecord } from '../studies/study.js'
import type { Reports } from './reports.js'

const causeOf = (report: string, version: number) => `report:${report}:${version}`
const SELF: Origin = { by: 'system', part: 'reports' }
/** The structured text beside it: a PACS that takes none has the report all the same. */
const causeOfText = (report: string, version: number) => `report-text:${report}:${version}`
const causeOfKeys = (report: string, version: number) => `report-keys:${report}:${version}`

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
  rejecting: Pick<Rejecting, 'rejectIn'>
  reports: Pick<Reports, 'encapsulated' | 'pacsSettled'>
}): Handler {
  const { db, objects, receive, studies, transfers, sites, rejecting, reports } = options
  const failed = (tx: Tx, { body }: Pick<Job, 'body'>, reason: string) =>
    reports.pacsSettled(tx, {
      report: String(body['report']),
      version: Number(body['version']),
      peer: String(body['peer']),
      state: 'failed',
      reason,
    })
  const withdraw = (
    tx: Tx,
    study: { id: string; site: string },
    references: readonly Predecessor[],
    code: '113001' | '113037',
  ) => rejecting.rejectIn(tx, { study, references, code, text: '', byName: 'Relais' }, SELF)
  return {
    givenUp: failed,
    run: async job => {
      const report = String(job.body['report'])
      const version = Number(job.body['version'])
      const peer = String(job.body['peer'])
      const voided = {
        result: 'done' as const,
        settle: (tx: Tx) => failed(tx, job, 'The request was entered in error.'),
      }
      // Nothing of it goes out any more; what had gone is recalled.
      if (await isVoid(db.sql<RequestTables>(), job)) return voided
      const { made, text, keys, kind, replaced, site, StudyInstanceUID } = await reports.encapsulated(
        report,
        version,
      )
      const association = causeOf(report, version)
      const source = { id: 'report', site, issuer: sites.site(site)?.issuer ?? site, association }
      const received = [
        await receiveMade({ objects, receive }, made, source),
        await receiveMade({ objects, receive }, text, source),
      ]
      for (const each of keys) received.push(await receiveMade({ objects, receive }, each, source))
      if (received.includes('beside')) {
        const reason = 'This version was filed before with other bytes.'
        return { result: 'permanent', reason, settle: tx => failed(tx, job, reason) }
      }
      const studyOf = async (uid: string) => (await studies.byUid(uid)).find(record => record.site === site)
      const filed: { cause: string; study: StudyRecord; instance: number; own: Predecessor }[] = []
      for (const [cause, uid, { sopInstanceUID }] of [
        [association, StudyInstanceUID, made] as const,
        [causeOfText(report, version), StudyInstanceUID, text] as const,
        ...keys.map(each => [causeOfKeys(report, version), each.StudyInstanceUID, each] as const),
      ]) {
        const study = await studyOf(uid)
        const [instance] =
          study === undefined ? [] : await studies.instances(study.id, { uid: sopInstanceUID })
        if (study === undefined || instance === undefined)
          throw new Failure('internal', 'The filed report is not where it was put.')
        filed.push({
          cause,
          study,
          instance: instance.id,
          own: {
            StudyInstanceUID: uid,
            SeriesInstanceUID: instance.seriesUID,
            sopClassUID: instance.sopClassUID,
            sopInstanceUID,
          },
        })
      }
      const standing = new Map<string, Predecessor[]>()
      for (const one of replaced) {
        const study = await studyOf(one.StudyInstanceUID)
        const [instance] =
          study === undefined ? [] : await studies.instances(study.id, { uid: one.sopInstanceUID })
        if (study !== undefined && instance !== undefined && !instance.withdrawn)
          standing.set(study.id, [...(standing.get(study.id) ?? []), one])
      }
      const left = await db.write(async tx => {
        if (await isVoid(tx.sql<RequestTables>(), job)) {
          for (const { study, own } of filed) await withdraw(tx, { id: study.id, site }, [own], '113037')
          return false
        }
        for (const { cause, study, instance } of filed)
          await transfers.owe(
            tx,
            {
              study: study.id,
              site,
              peer,
              cause,
              priority: priorityOf(study.urgency),
              instances: [instance],
            },
            SELF,
          )
        // A PACS that shows two reports shows one too many: what is replaced is withdrawn where it was filed (IOCM).
        for (const [study, references] of standing)
          await withdraw(tx, { id: study, site }, references, kind === 'withdrawal' ? '113037' : '113001')
        return true
      })
      return left ? { result: 'done' } : voided
    },
  }
}

/** Whether two persons have said that the request it answers was entered in error. */
async function isVoid(sql: Kysely<RequestTables>, { body }: Pick<Job, 'body'>): Promise<boolean> {
  const row = await sql
    .selectFrom('requests')
    .select('state')
    .where('id', '=', String(body['request']))
    .executeTakeFirst()
  return row?.state === 'entered-in-error'
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
