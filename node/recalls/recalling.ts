import type { CriticalTables } from '../criticals/schema.js'
import type { Tx } from '../database.js'
import type { RejectedReference } from '../dicom/format/rejection-note.js'
import type { ExchangeTables } from '../exchange/schema.js'
import type { Origin } from '../journal/facts.js'
import type { Handler } from '../outbox/job.js'
import { seriesOf } from '../reports/encapsulation.js'
import type { ReportTables } from '../reports/schema.js'
import { type ErrorAsk, errorAskOf } from '../requests/error-ask.js'
import type { RequestTables } from '../requests/schema.js'
import type { StudyRecord } from '../studies/studies.js'
import type { RecallsDeps } from './recalls.js'
import { strayImages } from './rules.js'
import type { RecallRecord, RecallTables } from './schema.js'
import type { RecallWhat } from './view.js'

export const SYSTEM: Origin = { by: 'system', part: 'recalls' }
/** IHE RAD IOCM, PS3.16 CID 7011: rejected for patient safety reasons, seen nowhere any more. */
const CODE = '113037'

export type NewRecall = Pick<RecallRecord, 'what' | 'channel' | 'destination' | 'name'> &
  Partial<Pick<RecallRecord, 'rejection'>>

type Act = Pick<RecallRecord, 'request' | 'reference' | 'site'>

/** One recall, and its fact; the same destination once. */
export async function openRecall(
  { clock, ids, journal }: Pick<RecallsDeps, 'clock' | 'ids' | 'journal'>,
  tx: Tx,
  act: Act,
  { rejection = null, ...recall }: NewRecall,
): Promise<void> {
  const id = ids.next('rcl')
  const state = rejection === null ? 'open' : 'noted'
  const { what, channel, destination, name } = recall
  const made = await tx
    .sql<RecallTables>()
    .insertInto('recalls')
    .values({
      ...{ id, ...act, ...recall, rejection, state, reason: null, opened_at: clock.now() },
      ...{ done_at: null, outcome: null, done_by: null, note: null },
    })
    .onConflict(conflict => conflict.columns(['request', 'what', 'channel', 'destination']).doNothing())
    .executeTakeFirst()
  if (made.numInsertedOrUpdatedRows === 0n) return
  await journal.append(
    tx,
    {
      type: 'recall-opened',
      site: act.site,
      ids: {
        request: act.request,
        recall: id,
        ...(rejection === null ? {} : { rejection }),
        ...(channel === 'pacs' ? { peer: destination } : {}),
      },
      body: {
        reference: act.reference,
        what,
        channel,
        name,
        state,
        ...(channel === 'person' ? { account: destination } : {}),
      },
    },
    SYSTEM,
  )
}

interface Withdrawn {
  study: StudyRecord
  what: RecallWhat
  references: RejectedReference[]
}

/**
 * What follows when two persons have said that a request was entered in error: its reports, and where they said so its
 * images, are withdrawn here by rejection notes that go to every holder; everybody else who received something of it is
 * a task for a person.
 */
export function recallHandler(deps: RecallsDeps): Handler {
  const { requests, studies, rejecting, links, peers } = deps

  /** Of the site's own study: our reports of this act, and the images where they are wrong too. */
  async function toWithdraw(
    request: string,
    site: string,
    uids: readonly string[],
    images: ErrorAsk['images'],
  ): Promise<Withdrawn[]> {
    const reports = await deps.reports.ofRequest(request)
    const found: Withdrawn[] = []
    for (const uid of uids) {
      const study = (await studies.byUid(uid)).find(record => record.site === site)
      if (study === undefined) continue
      const series = new Set(reports.flatMap(({ report }) => seriesOf(report, study.uid)))
      const held = (await studies.instances(study.id)).filter(each => !each.withdrawn && !each.isNote)
      const add = (what: RecallWhat, chosen: typeof held) => {
        const references = chosen.map(each => ({
          StudyInstanceUID: study.uid,
          SeriesInstanceUID: each.seriesUID,
          sopClassUID: each.sopClassUID,
          sopInstanceUID: each.uid,
        }))
        if (references.length > 0) found.push({ study, what, references })
      }
      add(
        'report',
        held.filter(each => each.madeHere && series.has(each.seriesUID)),
      )
      if (images === 'withdraw')
        add(
          'images',
          held.filter(each => !each.madeHere),
        )
    }
    return found
  }

  /** Right images that lie where nobody should have them for this act. */
  async function strays(
    tx: Tx,
    request: string,
    site: string,
    uids: readonly string[],
  ): Promise<NewRecall[]> {
    if (uids.length === 0) return []
    const sql = tx.sql<
      ExchangeTables & RequestTables & { studies: { id: string; uid: string; site: string } }
    >()
    const sent = await sql
      .selectFrom('transfers')
      .innerJoin('studies', 'studies.id', 'transfers.study')
      .select('transfers.peer')
      .distinct()
      .where('studies.uid', 'in', uids)
      .where('studies.site', '=', site)
      .where('transfers.cause', 'not like', 'rejection:%')
      .where('transfers.cause', 'not like', 'report%')
      .where(eb => eb.or([eb('transfers.sent', '>', 0), eb('transfers.state', '=', 'moving')]))
      .execute()
    const groups = await sql
      .selectFrom('request_parties')
      .select('site')
      .where('request', '=', request)
      .execute()
    const asked = await sql
      .selectFrom('request_studies')
      .innerJoin('request_parties', 'request_parties.request', 'request_studies.request')
      .innerJoin('requests', 'requests.id', 'request_studies.request')
      .select('request_parties.site')
      .where('request_studies.StudyInstanceUID', 'in', uids)
      .where('request_studies.request', '<>', request)
      .where('requests.site', '=', site)
      .where('requests.state', '<>', 'entered-in-error')
      .execute()
    const at = sent.flatMap(({ peer }) => {
      const known = peers.find(peer)
      return known === undefined ? [] : [{ peer, site: known.site }]
    })
    const of = (rows: readonly { site: string }[]) => rows.map(row => row.site)
    return strayImages(at, { site, groups: of(groups), stillAsked: of(asked) }).map(({ peer }) => ({
      what: 'images',
      channel: 'pacs',
      destination: peer,
      name: peer,
    }))
  }

  /** Everybody who got a version, with an account or by a link, and everybody who was told by telephone. */
  async function people(tx: Tx, request: string): Promise<NewRecall[]> {
    const sql = tx.sql<ReportTables & CriticalTables>()
    const delivered = await sql
      .selectFrom('report_deliveries')
      .innerJoin('reports', 'reports.id', 'report_deliveries.report')
      .select(['channel', 'recipient', 'name'])
      .distinct()
      .where('reports.request', '=', request)
      .where('channel', 'in', ['screen', 'email', 'link'])
      .execute()
    const told = await sql
      .selectFrom('critical_calls')
      .innerJoin('criticals', 'criticals.id', 'critical_calls.critical')
      .select(['critical', 'number', 'receiver', 'role'])
      .where('criticals.request', '=', request)
      .execute()
    return [
      ...delivered.map(
        ({ channel, recipient, name }): NewRecall => ({
          what: 'report',
          channel: channel === 'link' ? 'link' : 'person',
          destination: recipient,
          name,
        }),
      ),
      ...told.map(
        ({ critical, number, receiver, role }): NewRecall => ({
          what: 'finding',
          channel: 'telephone',
          destination: `${critical}:${number}`,
          name: [receiver, role].filter(text => text.trim() !== '').join(', '),
        }),
      ),
    ]
  }

  return {
    run: async job => {
      const request = String(job.body['request'])
      const known = await requests.known(request)
      const ask = known === undefined ? undefined : errorAskOf(known.record)
      if (known === undefined || ask === undefined) return { result: 'done' }
      const { site, reference } = known.record
      const withdrawn = await toWithdraw(request, site, known.studies, ask.images)
      return {
        result: 'done',
        settle: async tx => {
          const act = { request, reference, site }
          for (const { study, what, references } of withdrawn) {
            const rejection = await rejecting.rejectIn(
              tx,
              { study, references, code: CODE, text: ask.reason, byName: ask.name },
              SYSTEM,
            )
            await tx
              .sql<RecallTables>()
              .insertInto('recall_rejections')
              .values({ rejection, request, what })
              .execute()
          }
          const tasks = [
            ...(ask.images === 'keep' ? await strays(tx, request, site, known.studies) : []),
            ...(await people(tx, request)),
          ]
          for (const task of tasks) {
            if (task.channel === 'link')
              await links.close(tx, { purpose: 'report', subject: task.destination }, 'revoked', SYSTEM)
            await openRecall(deps, tx, act, task)
          }
        },
      }
    },
  }
}
