import { sql } from 'kysely'
import type { Database, Tx } from '../database.js'
import type { StudyTables } from '../studies/schema.js'
import type { Judged } from './rows.js'
import type { ImportTables } from './schema.js'
import type { ImportWhy } from './view.js'

export type DecisionRecord = ImportTables['import_decisions']

/** The rows of what was decided about the people of discs. */
export interface DecisionRows {
  /** Of a disc, oldest first. */
  of(id: string): Promise<DecisionRecord[]>
  find(decision: string): Promise<DecisionRecord | undefined>
  insert(tx: Tx, record: DecisionRecord): Promise<void>
  update(tx: Tx, decision: string, changes: Partial<Omit<DecisionRecord, 'id'>>): Promise<void>
  /** The last decision of the site that had taken one of these studies of a disc and was withdrawn. */
  withdrawnOf(site: string, studies: readonly string[]): Promise<string | undefined>
  /** What had become of the files of these studies and of these papers is kept with the decision; they are as if nothing had been taken. */
  release(
    tx: Tx,
    decision: DecisionRecord,
    studies: readonly string[],
    papers: readonly number[],
  ): Promise<void>
  /** Papers that had become objects and were withdrawn with the decision. */
  withdrawnPapers(decision: string, papers: readonly number[]): Promise<number>
  addRejection(tx: Tx, row: ImportTables['import_rejections']): Promise<void>
  rejections(decision: string): Promise<ImportTables['import_rejections'][]>
  /** Files whose objects the site's studies hold already, under the same UID. */
  judgeHere(id: string, site: string): Promise<Judged[]>
}

export function openDecisionRows(db: Database): DecisionRows {
  const reading = () => db.sql<ImportTables & StudyTables>()
  return {
    of: id =>
      reading()
        .selectFrom('import_decisions')
        .selectAll()
        .where('import', '=', id)
        .orderBy('decided_at')
        .orderBy('id')
        .execute(),
    find: decision =>
      reading().selectFrom('import_decisions').selectAll().where('id', '=', decision).executeTakeFirst(),
    insert: async (tx, record) => {
      await tx.sql<ImportTables>().insertInto('import_decisions').values(record).execute()
    },
    update: async (tx, decision, changes) => {
      await tx
        .sql<ImportTables>()
        .updateTable('import_decisions')
        .set(changes)
        .where('id', '=', decision)
        .execute()
    },
    withdrawnOf: async (site, studies) =>
      (
        await reading()
          .selectFrom('import_withdrawn_files')
          .innerJoin('import_decisions', 'import_decisions.id', 'import_withdrawn_files.decision')
          .innerJoin('imports', 'imports.id', 'import_decisions.import')
          .select('import_decisions.id')
          .where('imports.site', '=', site)
          .where('import_withdrawn_files.study', 'in', [...studies])
          .orderBy('import_decisions.withdrawn_at', 'desc')
          .orderBy('import_decisions.id', 'desc')
          .limit(1)
          .executeTakeFirst()
      )?.id,
    release: async (tx, { id, import: of }, studies, papers) => {
      const own = tx.sql<ImportTables>()
      const released = sql<boolean>`(study IN (${sql.join(['', ...studies])}) OR number IN (${sql.join([0, ...papers])}))`
      await own
        .insertInto('import_withdrawn_files')
        .columns(['decision', 'number', 'study', 'sop_instance', 'outcome', 'object', 'original'])
        .expression(eb =>
          eb
            .selectFrom('import_files')
            .select([
              eb.val(id).as('decision'),
              'number',
              eb.ref('study').$notNull().as('study'),
              eb.ref('sop_instance').$notNull().as('sop_instance'),
              eb.ref('outcome').$notNull().as('outcome'),
              'object',
              'original',
            ])
            .where('import', '=', of)
            .where(released)
            .where('sop_instance', 'is not', null)
            .where('outcome', 'is not', null),
        )
        .execute()
      await own
        .updateTable('import_files')
        .set({ outcome: null, outcome_reason: null, outcome_why: null, object: null, original: null })
        .where('import', '=', of)
        .where(released)
        .execute()
      await own
        .updateTable('import_studies')
        .set({ written: null })
        .where('import', '=', of)
        .where('uid', 'in', [...studies])
        .execute()
      // What they were called goes with the objects they had become.
      if (papers.length > 0)
        await own
          .updateTable('import_files')
          .set({ study: null, series: null, sop_instance: null })
          .where('import', '=', of)
          .where('number', 'in', [...papers])
          .execute()
    },
    withdrawnPapers: async (decision, papers) =>
      (
        await reading()
          .selectFrom('import_withdrawn_files')
          .select('number')
          .where('decision', '=', decision)
          .where('outcome', '=', 'taken')
          .where('number', 'in', [0, ...papers])
          .execute()
      ).length,
    addRejection: async (tx, row) => {
      await tx.sql<ImportTables>().insertInto('import_rejections').values(row).execute()
    },
    rejections: decision =>
      reading().selectFrom('import_rejections').selectAll().where('decision', '=', decision).execute(),
    judgeHere: async (id, site) => {
      const held = await reading()
        .selectFrom('import_files')
        .innerJoin('studies', join =>
          join.onRef('studies.uid', '=', 'import_files.study').on('studies.site', '=', site),
        )
        .innerJoin('instances', join =>
          join
            .onRef('instances.study', '=', 'studies.id')
            .onRef('instances.uid', '=', 'import_files.sop_instance'),
        )
        .select(eb => [
          'import_files.number',
          'import_files.dataset_sha256',
          'instances.object',
          'instances.withdrawn',
          // What an earlier disc brought lies here under another identity, and is the same all the same.
          eb
            .exists(
              eb
                .selectFrom('import_files as earlier')
                .select('earlier.number')
                .whereRef('earlier.object', '=', 'instances.object')
                .whereRef('earlier.dataset_sha256', '=', 'import_files.dataset_sha256'),
            )
            .as('brought'),
          // Withdrawn with an import that was taken back: it may be taken again, under another UID.
          eb
            .exists(
              eb
                .selectFrom('import_withdrawn_files')
                .select('import_withdrawn_files.number')
                .whereRef('import_withdrawn_files.study', '=', 'import_files.study'),
            )
            .as('takenBack'),
        ])
        .where('import_files.import', '=', id)
        .where('import_files.verdict', '=', 'readable')
        .execute()
      return held.flatMap(({ number, dataset_sha256, object, withdrawn, brought, takenBack }): Judged[] => {
        const judged = (verdict: Judged['verdict'], code: ImportWhy['code'], reason: string): Judged[] => [
          { number, verdict, reason, why: { code } },
        ]
        if (withdrawn !== null)
          return takenBack
            ? []
            : judged('rejected', 'withdrawn-here', 'it was withdrawn here by a rejection note')
        return object.startsWith(dataset_sha256 ?? '-') || brought
          ? judged('already-here', 'same-here', 'the same object is here already')
          : judged('conflict', 'other-here', 'another object with this UID is here already')
      })
    },
  }
}
