import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { RejectedReference, RejectionCode } from '../dicom/format/rejection-note.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { StudyTables } from './schema.js'

export type Rejection = StudyTables['rejections']

export interface NewRejection {
  /** The study the note is filed in. */
  study: { id: string; site: string }
  code: RejectionCode
  text: string
  sopInstanceUID: string
  seriesUID: string
  source: string
  /** Made by this node, which alone takes back what it made itself. */
  ours?: boolean
  byName?: string
  references: readonly RejectedReference[]
}

/**
 * What rejection notes withdraw (IHE RAD IOCM). A withdrawn instance stays where it is, as evidence, and is given,
 * listed and shown to nobody; sent again under the same UID it stays withdrawn, unless only its retention had ended.
 */
export interface Rejections {
  /**
   * Withdraws what a note names in the studies of its own site, also what has not come yet. Gives the rejection and
   * the instances withdrawn now; undefined where the note is known already, or names nothing of that site.
   */
  record(
    tx: Tx,
    rejection: NewRejection,
    origin: Origin,
  ): Promise<{ id: string; instances: number[] } | undefined>
  /** An instance whose retention had ended is stored anew: it is an image like any other again. */
  restore(
    tx: Tx,
    again: { site: string; StudyInstanceUID: string; SOPInstanceUID: string },
    origin: Origin,
  ): Promise<number | undefined>
  find(id: string): Promise<(Rejection & { site: string }) | undefined>
  ofStudy(study: string): Promise<(Rejection & { instances: number })[]>
  references(id: string): Promise<RejectedReference[]>
  /** By series.id: how many of its instances are withdrawn. */
  withdrawnIn(study: string): Promise<Map<number, number>>
}

export function openRejections(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
}): Rejections {
  const { db, clock, ids, journal } = options

  return {
    record: async (tx, rejection, origin) => {
      const sql = tx.sql<StudyTables>()
      const { study, code, references, sopInstanceUID } = rejection
      const known = await sql
        .selectFrom('rejections')
        .select('id')
        .where('study', '=', study.id)
        .where('sop_instance_uid', '=', sopInstanceUID)
        .executeTakeFirst()
      if (known !== undefined) return undefined
      const { named, foreign, mistaken } = await sorted(tx, study.site, references, rejection.ours === true)
      if (named.length === 0) {
        await journal.append(
          tx,
          {
            type: 'rejection-ignored',
            site: study.site,
            ids: { study: study.id },
            body: { code, SOPInstanceUID: sopInstanceUID, foreign, mistaken },
          },
          origin,
        )
        return undefined
      }
      const id = ids.next('rej')
      await sql
        .insertInto('rejections')
        .values({
          id,
          study: study.id,
          code,
          text: rejection.text,
          sop_instance_uid: sopInstanceUID,
          series_uid: rejection.seriesUID,
          source: rejection.source,
          by_name: rejection.byName ?? null,
          at: clock.now(),
        })
        .execute()
      const instances: number[] = []
      for (const { reference, study: of, instance } of named) {
        await sql
          .insertInto('rejected_instances')
          .values({
            rejection: id,
            study: of,
            uid: reference.sopInstanceUID,
            sop_class: reference.sopClassUID,
            series_uid: reference.SeriesInstanceUID,
            code,
            restored_at: null,
          })
          .execute()
        if (instance === undefined) continue
        instances.push(instance)
        let withdraw = sql.updateTable('instances').set({ withdrawn: code }).where('id', '=', instance)
        // The gravest reason is the one that stays.
        if (code !== '113037') withdraw = withdraw.where('withdrawn', 'is', null)
        await withdraw.execute()
      }
      await sql
        .updateTable('instances')
        .set({ note_of: id })
        .where('study', '=', study.id)
        .where('uid', '=', sopInstanceUID)
        .execute()
      await journal.append(
        tx,
        {
          type: 'instances-withdrawn',
          site: study.site,
          ids: { study: study.id, rejection: id },
          body: {
            code,
            reason: rejection.text,
            SOPInstanceUID: sopInstanceUID,
            instances: instances.length,
            notHere: named.length - instances.length,
            foreign,
            mistaken,
          },
        },
        origin,
      )
      return { id, instances }
    },
    restore: async (tx, { site, StudyInstanceUID, SOPInstanceUID }, origin) => {
      const sql = tx.sql<StudyTables>()
      const row = await sql
        .selectFrom('instances')
        .innerJoin('studies', 'studies.id', 'instances.study')
        .select(['instances.id', 'instances.study', 'instances.withdrawn'])
        .where('studies.uid', '=', StudyInstanceUID)
        .where('studies.site', '=', site)
        .where('instances.uid', '=', SOPInstanceUID)
        .executeTakeFirst()
      if (row?.withdrawn !== '113039') return undefined
      await sql
        .updateTable('rejected_instances')
        .set({ restored_at: clock.now() })
        .where('study', '=', row.study)
        .where('uid', '=', SOPInstanceUID)
        .where('code', '=', '113039')
        .execute()
      await sql.updateTable('instances').set({ withdrawn: null }).where('id', '=', row.id).execute()
      await journal.append(
        tx,
        { type: 'instances-restored', site, ids: { study: row.study }, body: { SOPInstanceUID } },
        origin,
      )
      return row.id
    },
    find: id =>
      db
        .sql<StudyTables>()
        .selectFrom('rejections')
        .innerJoin('studies', 'studies.id', 'rejections.study')
        .selectAll('rejections')
        .select('studies.site')
        .where('rejections.id', '=', id)
        .executeTakeFirst(),
    ofStudy: study =>
      db
        .sql<StudyTables>()
        .selectFrom('rejections')
        .selectAll()
        .select(eb =>
          eb
            .selectFrom('rejected_instances')
            .select(count => count.fn.countAll<number>().as('count'))
            .whereRef('rejected_instances.rejection', '=', 'rejections.id')
            .where('restored_at', 'is', null)
            .$asScalar()
            .$notNull()
            .as('instances'),
        )
        .where('study', '=', study)
        .orderBy('at', 'desc')
        .execute(),
    references: id =>
      db
        .sql<StudyTables>()
        .selectFrom('rejected_instances')
        .innerJoin('studies', 'studies.id', 'rejected_instances.study')
        .select([
          'studies.uid as StudyInstanceUID',
          'rejected_instances.series_uid as SeriesInstanceUID',
          'rejected_instances.sop_class as sopClassUID',
          'rejected_instances.uid as sopInstanceUID',
        ])
        .where('rejection', '=', id)
        .orderBy('rejected_instances.uid')
        .execute(),
    withdrawnIn: async study => {
      const rows = await db
        .sql<StudyTables>()
        .selectFrom('instances')
        .select(['series', eb => eb.fn.countAll<number>().as('count')])
        .where('study', '=', study)
        .where('withdrawn', 'is not', null)
        .groupBy('series')
        .execute()
      return new Map(rows.map(({ series, count }) => [series, count]))
    },
  }
}

/**
 * What of the references may be withdrawn: those in studies of the note's own site, that are of the class they are
 * said to be, and that we did not make ourselves, unless the note is ours. `foreign` and `mistaken` count the others.
 */
async function sorted(tx: Tx, site: string, references: readonly RejectedReference[], ours: boolean) {
  const sql = tx.sql<StudyTables>()
  const studies = new Map<string, string | undefined>()
  const named: { reference: RejectedReference; study: string; instance: number | undefined }[] = []
  let foreign = 0
  let mistaken = 0
  for (const reference of references) {
    const { StudyInstanceUID: uid } = reference
    if (!studies.has(uid)) {
      const row = await sql
        .selectFrom('studies')
        .select('id')
        .where('uid', '=', uid)
        .where('site', '=', site)
        .executeTakeFirst()
      studies.set(uid, row?.id)
    }
    const study = studies.get(uid)
    if (study === undefined) {
      foreign++
      continue
    }
    const instance = await sql
      .selectFrom('instances')
      .innerJoin('arrivals', 'arrivals.id', 'instances.arrival')
      .select(['instances.id', 'instances.sop_class', 'arrivals.made_here'])
      .where('instances.study', '=', study)
      .where('instances.uid', '=', reference.sopInstanceUID)
      .executeTakeFirst()
    const isMistaken =
      instance !== undefined &&
      (instance.sop_class !== reference.sopClassUID || (instance.made_here === 1 && !ours))
    if (isMistaken) mistaken++
    else named.push({ reference, study, instance: instance?.id })
  }
  return { named, foreign, mistaken }
}
