import type { Kysely } from 'kysely'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import type { ObjectTables } from '../objects/schema.js'
import type { InstanceResult } from '../peers/wire.js'
import { whichMayLeave } from '../studies/leaving.js'
import type { StudyTables } from '../studies/schema.js'
import type { ExchangeTables } from './schema.js'

/** One instance still to be sent. */
export interface WaitingInstance {
  /** transfer_instances.id */
  id: number
  uid: string
  sopClassUID: string
  seriesUID: string
  bucket: string
  name: string
  bytes: number
  datasetOffset: number
  transferSyntaxUID: string
}

/** What a transfer holds, instance by instance. */
export interface TransferInstances {
  waiting(id: string): Promise<WaitingInstance[]>
  /** Everything of it that is not withdrawn, by SOP Instance UID, for the question whether it arrived. */
  contents(id: string): Promise<{ id: number; uid: string; seriesUID: string; state: string }[]>
  studyUid(id: string): Promise<string>
  /** How many were refused for good, and why the first of them was. */
  refusals(id: string): Promise<{ refused: number; reason: string }>
  /** Keeps what became of single instances, as they come. */
  results(
    id: string,
    results: readonly (InstanceResult & { bytes: number; permanent: boolean; sentAs?: string })[],
  ): Promise<void>
  /** The destination did not list all of it once more; gives how often in a row now. */
  unlisted(tx: Tx, id: string): Promise<number>
  /** The destination has them: it acknowledged them (`sent`), or says so itself. */
  arrived(id: string, instances: readonly number[], state: 'sent' | 'confirmed'): Promise<void>
  /** The destination does not have them after all: they are owed again. */
  oweAgain(tx: Tx, id: string, instances: readonly number[]): Promise<void>
}

/** Modalities of what is said about images rather than of images. */
const ABOUT_IMAGES = ['SR', 'PR', 'KO', 'DOC', 'REG', 'SEG']

export function openTransferInstances(db: Database): TransferInstances {
  return {
    waiting: async id =>
      (
        await db
          .sql<ExchangeTables & StudyTables & ObjectTables>()
          .selectFrom('transfer_instances')
          .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
          .innerJoin('series', 'series.id', 'instances.series')
          .innerJoin('objects', 'objects.name', 'instances.object')
          .select([
            'transfer_instances.id',
            'instances.uid',
            'instances.sop_class as sopClassUID',
            'series.uid as seriesUID',
            'objects.bucket',
            'objects.name',
            'objects.bytes',
            'objects.dataset_offset as datasetOffset',
            'objects.transfer_syntax as transferSyntaxUID',
          ])
          .where('transfer', '=', id)
          .where('state', '=', 'waiting')
          .where(whichMayLeave)
          // What a reader looks at first: the images by series, then what is said about them.
          .orderBy(eb => eb.case().when('series.modality', 'in', ABOUT_IMAGES).then(1).else(0).end())
          .orderBy(eb => eb.case().when('series.number', 'is', null).then(1).else(0).end())
          .orderBy('series.number')
          .orderBy('series.id')
          .orderBy('instances.number')
          .execute()
      ).map(row => ({ ...row, transferSyntaxUID: row.transferSyntaxUID ?? '' })),
    contents: id =>
      db
        .sql<ExchangeTables & StudyTables>()
        .selectFrom('transfer_instances')
        .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
        .innerJoin('series', 'series.id', 'instances.series')
        .select(['transfer_instances.id', 'instances.uid', 'series.uid as seriesUID', 'state'])
        .where('transfer', '=', id)
        .where('withdrawn', 'is', null)
        .execute(),
    studyUid: async id => {
      const row = await db
        .sql<ExchangeTables & StudyTables>()
        .selectFrom('transfers')
        .innerJoin('studies', 'studies.id', 'transfers.study')
        .select('studies.uid')
        .where('transfers.id', '=', id)
        .executeTakeFirstOrThrow()
      return row.uid
    },
    refusals: async id => {
      const rows = await db
        .sql<ExchangeTables & StudyTables>()
        .selectFrom('transfer_instances')
        .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
        .select('reason')
        .where('transfer', '=', id)
        .where('state', '=', 'failed')
        .where('withdrawn', 'is', null)
        .orderBy('transfer_instances.id')
        .execute()
      return { refused: rows.length, reason: rows[0]?.reason ?? 'no reason given' }
    },
    results: (id, results) =>
      db.write(async tx => {
        let bytes = 0
        for (const result of results) {
          const arrived = result.outcome === 'stored' || result.outcome === 'warning'
          if (arrived) bytes += result.bytes
          await keepResult(tx.sql<ExchangeTables>(), {
            id: result.index,
            state: arrived ? 'sent' : result.permanent ? 'failed' : 'waiting',
            status: result.status ?? null,
            reason: result.reason?.slice(0, 500) ?? null,
            sent_as: result.sentAs ?? null,
          })
        }
        await tx
          .sql<ExchangeTables>()
          .updateTable('transfers')
          .set(eb => ({ bytes_sent: eb('bytes_sent', '+', bytes) }))
          .where('id', '=', id)
          .execute()
        await recount(tx, id)
      }),
    unlisted: async (tx, id) => {
      const row = await tx
        .sql<ExchangeTables>()
        .updateTable('transfers')
        .set(eb => ({ unlisted: eb('unlisted', '+', 1) }))
        .where('id', '=', id)
        .returning('unlisted')
        .executeTakeFirstOrThrow()
      return row.unlisted
    },
    arrived: (id, instances, state) =>
      db.write(async tx => {
        for (const instance of instances) await keepArrival(tx.sql<ExchangeTables>(), { id: instance, state })
        await recount(tx, id)
      }),
    oweAgain: async (tx, id, instances) => {
      for (const instance of instances)
        await tx
          .sql<ExchangeTables>()
          .updateTable('transfer_instances')
          .set({ state: 'waiting' })
          .where('id', '=', instance)
          .execute()
      await recount(tx, id)
    },
  }
}

type InstanceState = ExchangeTables['transfer_instances']['state']

// Run for every image that goes out, hundreds in one transaction.
const keepResult = prepare(
  {
    id: 0,
    state: 'waiting' as InstanceState,
    status: null as number | null,
    reason: null as string | null,
    sent_as: null as string | null,
  },
  (sql: Kysely<ExchangeTables>, { id, ...result }) =>
    sql.updateTable('transfer_instances').set(result).where('id', '=', id),
)

const keepArrival = prepare(
  { id: 0, state: 'sent' as InstanceState },
  (sql: Kysely<ExchangeTables>, { id, state }) =>
    sql.updateTable('transfer_instances').set({ state, reason: null }).where('id', '=', id),
)

/** Whether something of it is still to be sent. */
export async function owedStill(tx: Tx, id: string): Promise<boolean> {
  const row = await tx
    .sql<ExchangeTables & StudyTables>()
    .selectFrom('transfer_instances')
    .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
    .select('transfer_instances.id')
    .where('transfer', '=', id)
    .where('state', '=', 'waiting')
    .where('withdrawn', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Brings the transfer's own counts in step with its instances. What was withdrawn before it went is not owed. */
export async function recount(tx: Tx, id: string): Promise<void> {
  const sql = tx.sql<ExchangeTables & StudyTables>()
  const rows = await sql
    .selectFrom('transfer_instances')
    .select([
      'state',
      eb => eb.fn.countAll<number>().as('count'),
      eb => eb.fn.count<number>('sent_as').as('converted'),
    ])
    .where('transfer', '=', id)
    .groupBy('state')
    .execute()
  // Looked up from what is withdrawn in the study, nearly always nothing: this runs while thousands are being sent.
  const withdrawn = await sql
    .selectFrom('instances')
    .innerJoin('transfer_instances', join =>
      join.onRef('transfer_instances.instance', '=', 'instances.id').on('transfer', '=', id),
    )
    .select(['state', eb => eb.fn.countAll<number>().as('count')])
    .where('instances.study', '=', eb => eb.selectFrom('transfers').select('study').where('id', '=', id))
    .where('withdrawn', 'is not', null)
    .where('state', 'in', ['waiting', 'failed'])
    .groupBy('state')
    .execute()
  const arrived = rows.filter(({ state }) => state === 'sent' || state === 'confirmed')
  const of = (state: string) =>
    (rows.find(row => row.state === state)?.count ?? 0) -
    (withdrawn.find(row => row.state === state)?.count ?? 0)
  await tx
    .sql<ExchangeTables>()
    .updateTable('transfers')
    .set({
      sent: of('sent') + of('confirmed'),
      failed: of('failed'),
      confirmed: of('confirmed'),
      converted: arrived.reduce((sum, row) => sum + row.converted, 0),
      total: of('sent') + of('confirmed') + of('failed') + of('waiting'),
    })
    .where('id', '=', id)
    .execute()
}

/** What was asked of a destination about an earlier object of these instances says nothing of the one to be sent now. */
export async function forgetAsked(tx: Tx, transfer: string, instances: readonly number[]): Promise<void> {
  if (instances.length === 0) return
  await tx
    .sql<ExchangeTables>()
    .updateTable('commitment_instances')
    .set({ outcome: 'failed' })
    .where('outcome', 'in', ['asked', 'silent'])
    .where('transfer_instance', 'in', eb =>
      eb
        .selectFrom('transfer_instances')
        .select('id')
        .where('transfer', '=', transfer)
        .where('instance', 'in', instances),
    )
    .execute()
}
