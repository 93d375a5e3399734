import { createHash } from 'node:crypto'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { InventoryFile } from './inventory.js'
import type { ImportTables } from './schema.js'
import type { ImportStudy, ImportWhy, Verdict } from './view.js'

export type ImportRecord = ImportTables['imports']
export type ImportFileRecord = ImportTables['import_files']
/** A study as the disc has it; what the node holds of it is asked anew each time. */
export type DiscStudy = Omit<ImportStudy, 'here' | 'hereAs'>

/** A file whose verdict is another one than it seemed when it was read. */
export interface Judged {
  number: number
  verdict: Verdict
  reason: string
  why: ImportWhy
}

/** A viewer's help pages and skins are many: more are not offered. */
const PAPERS_MAX = 200

/** The rows of imports: the only SQL for them. */
export interface ImportRows {
  get(id: string): Promise<ImportRecord>
  find(id: string): Promise<ImportRecord | undefined>
  ofUpload(upload: string): Promise<ImportRecord | undefined>
  open(states: readonly ImportRecord['state'][]): Promise<ImportRecord[]>
  toClean(before: { undecidedBefore: number; finishedBefore: number }): Promise<ImportRecord[]>
  list(query: { site?: string; limit: number; after?: string }): Promise<ImportRecord[]>
  insert(tx: Tx, record: ImportRecord): Promise<void>
  update(tx: Tx, id: string, changes: Partial<Omit<ImportRecord, 'id'>>): Promise<void>
  forgetFiles(tx: Tx, id: string): Promise<void>
  addFiles(tx: Tx, id: string, files: readonly InventoryFile[]): Promise<void>
  /** What only the whole disc tells of its files. */
  judge(tx: Tx, id: string, judged: readonly Judged[]): Promise<void>
  updateFile(tx: Tx, id: string, number: number, changes: Partial<ImportFileRecord>): Promise<void>
  files(
    id: string,
    query: { limit: number; after?: number; series?: readonly string[]; onlyFaults?: boolean },
  ): Promise<ImportFileRecord[]>
  /** Files whose digest is known, and their bytes. */
  digested(id: string): Promise<{ files: number; bytes: number }>
  verdicts(id: string): Promise<Record<string, number>>
  outcomes(id: string): Promise<Record<string, number>>
  /** By StudyInstanceUID on the disc. */
  outcomesByStudy(id: string): Promise<{ study: string; outcome: string; count: number }[]>
  file(id: string, number: number): Promise<ImportFileRecord | undefined>
  /** The readable files of a series, in the order in which they are looked at. */
  pictures(id: string, series: string, limit: number): Promise<ImportFileRecord[]>
  forgetStudies(tx: Tx, id: string): Promise<void>
  /** Files that may become objects by a person's word, or say why not. */
  papers(id: string): Promise<ImportFileRecord[]>
  /** What is known of them so far, or in the end. */
  putStudies(tx: Tx, id: string, studies: readonly DiscStudy[]): Promise<void>
  studies(id: string): Promise<DiscStudy[]>
  /** What is written into the images of a study: said once, when the taking of it begins. */
  write(tx: Tx, id: string, study: string, attributes: Readonly<Record<string, string | null>>): Promise<void>
  /** By StudyInstanceUID. */
  written(id: string): Promise<Map<string, Record<string, string | null>>>
  /** SHA-256 over `path digest` of all its files, by path: the same disc has the same one whatever it was packed in. */
  fingerprint(id: string): Promise<string>
}

/** Verdicts a person should have seen. */
const FAULTS: readonly Verdict[] = ['unreadable', 'missing', 'other-patient', 'rejected', 'conflict']

export function openImportRows(db: Database): ImportRows {
  const sql = () => db.sql<ImportTables>()
  const find: ImportRows['find'] = id =>
    sql().selectFrom('imports').selectAll().where('id', '=', id).executeTakeFirst()
  const counted = async (id: string, column: 'verdict' | 'outcome') =>
    Object.fromEntries(
      (
        await sql()
          .selectFrom('import_files')
          .select([column, eb => eb.fn.countAll<number>().as('count')])
          .where('import', '=', id)
          .groupBy(column)
          .execute()
      ).flatMap(row => (row[column] === null ? [] : [[row[column], row.count]])),
    ) as Record<string, number>
  return {
    find,
    get: async id => (await find(id)) ?? fail('missing', 'There is no such import.'),
    ofUpload: upload =>
      sql().selectFrom('imports').selectAll().where('upload', '=', upload).executeTakeFirst(),
    open: states =>
      sql()
        .selectFrom('imports')
        .selectAll()
        .where('state', 'in', [...states])
        .orderBy('created_at')
        .execute(),
    list: ({ site, limit, after }) => {
      let select = sql()
        .selectFrom('imports')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(limit)
      if (site !== undefined) select = select.where('site', '=', site)
      if (after !== undefined) {
        const [at = '', id = ''] = after.split(':')
        select = select.where(eb =>
          eb.or([
            eb('created_at', '<', Number(at)),
            eb.and([eb('created_at', '=', Number(at)), eb('id', '>', id)]),
          ]),
        )
      }
      return select.execute()
    },
    toClean: ({ undecidedBefore, finishedBefore }) =>
      sql()
        .selectFrom('imports')
        .selectAll()
        .where('cleaned', '=', 0)
        .where(eb =>
          eb.or([
            eb.and([
              eb('state', 'in', ['uploading', 'reading', 'inventoried', 'failed']),
              eb('created_at', '<', undecidedBefore),
            ]),
            eb('finished_at', '<', finishedBefore),
            eb('state', '=', 'cancelled'),
          ]),
        )
        .execute(),
    insert: async (tx, record) => {
      await tx.sql<ImportTables>().insertInto('imports').values(record).execute()
    },
    update: async (tx, id, changes) => {
      await tx.sql<ImportTables>().updateTable('imports').set(changes).where('id', '=', id).execute()
    },
    forgetFiles: async (tx, id) => {
      for (const table of ['import_files', 'import_studies'] as const)
        await tx.sql<ImportTables>().deleteFrom(table).where('import', '=', id).execute()
    },
    addFiles: async (tx, id, files) => {
      for (const file of files) {
        const {
          number,
          path,
          bytes,
          kind,
          verdict,
          reason = null,
          why,
          sha256 = null,
          listed,
          dicom,
          paper,
        } = file
        await tx
          .sql<ImportTables>()
          .insertInto('import_files')
          .values({
            import: id,
            number,
            path,
            bytes,
            kind,
            verdict,
            reason,
            sha256,
            listed: listed === undefined ? null : listed ? 1 : 0,
            study: dicom?.attributes.StudyInstanceUID ?? null,
            series: dicom?.attributes.SeriesInstanceUID ?? null,
            sop_instance: dicom?.attributes.SOPInstanceUID ?? null,
            dataset_sha256: dicom?.datasetSha256 ?? null,
            outcome: null,
            why: why === undefined ? null : JSON.stringify(why),
            outcome_reason: null,
            outcome_why: null,
            object: null,
            original: null,
            instance_number: dicom?.attributes.InstanceNumber ?? null,
            paper: paper === undefined ? null : JSON.stringify(paper),
            frames: dicom === undefined ? null : (dicom.attributes.NumberOfFrames ?? 1),
          })
          .execute()
      }
    },
    judge: async (tx, id, judged) => {
      for (const { number, verdict, reason, why } of judged)
        await tx
          .sql<ImportTables>()
          .updateTable('import_files')
          .set({ verdict, reason, why: JSON.stringify(why) })
          .where('import', '=', id)
          .where('number', '=', number)
          .execute()
    },
    updateFile: async (tx, id, number, changes) => {
      await tx
        .sql<ImportTables>()
        .updateTable('import_files')
        .set(changes)
        .where('import', '=', id)
        .where('number', '=', number)
        .execute()
    },
    files: (id, { limit, after, series, onlyFaults }) => {
      let select = sql()
        .selectFrom('import_files')
        .selectAll()
        .where('import', '=', id)
        .orderBy('number')
        .limit(limit)
      if (after !== undefined) select = select.where('number', '>', after)
      if (series !== undefined) select = select.where('series', 'in', [...series])
      if (onlyFaults === true)
        select = select.where(eb => eb.or([eb('verdict', 'in', FAULTS), eb('outcome', '=', 'refused')]))
      return select.execute()
    },
    digested: async id => {
      const row = await sql()
        .selectFrom('import_files')
        .select(eb => [eb.fn.countAll<number>().as('files'), eb.fn.sum<number | null>('bytes').as('bytes')])
        .where('import', '=', id)
        .where('sha256', 'is not', null)
        .executeTakeFirst()
      return { files: row?.files ?? 0, bytes: row?.bytes ?? 0 }
    },
    verdicts: id => counted(id, 'verdict'),
    outcomes: id => counted(id, 'outcome'),
    outcomesByStudy: async id =>
      (
        await sql()
          .selectFrom('import_files')
          .select(['study', 'outcome', eb => eb.fn.countAll<number>().as('count')])
          .where('import', '=', id)
          .where('study', 'is not', null)
          .where('outcome', 'is not', null)
          .groupBy(['study', 'outcome'])
          .execute()
      ).map(({ study, outcome, count }) => ({ study: study ?? '', outcome: outcome ?? '', count })),
    file: (id, number) =>
      sql()
        .selectFrom('import_files')
        .selectAll()
        .where('import', '=', id)
        .where('number', '=', number)
        .executeTakeFirst(),
    pictures: (id, series, limit) =>
      sql()
        .selectFrom('import_files')
        .selectAll()
        .where('import', '=', id)
        .where('series', '=', series)
        .where('verdict', 'in', ['readable', 'already-here', 'conflict'])
        .orderBy('instance_number')
        .orderBy('number')
        .limit(limit)
        .execute(),
    forgetStudies: async (tx, id) => {
      await tx.sql<ImportTables>().deleteFrom('import_studies').where('import', '=', id).execute()
    },
    papers: id =>
      sql()
        .selectFrom('import_files')
        .selectAll()
        .where('import', '=', id)
        .where('paper', 'is not', null)
        .orderBy('path')
        .limit(PAPERS_MAX)
        .execute(),
    putStudies: async (tx, id, studies) => {
      for (const each of studies) {
        const study = JSON.stringify(each)
        await tx
          .sql<ImportTables>()
          .insertInto('import_studies')
          .values({ import: id, uid: each.StudyInstanceUID, study })
          .onConflict(conflict => conflict.columns(['import', 'uid']).doUpdateSet({ study }))
          .execute()
      }
    },
    studies: async id =>
      (
        await sql()
          .selectFrom('import_studies')
          .select('study')
          .where('import', '=', id)
          .orderBy('uid')
          .execute()
      ).map(row => JSON.parse(row.study) as DiscStudy),
    write: async (tx, id, study, attributes) => {
      await tx
        .sql<ImportTables>()
        .updateTable('import_studies')
        .set({ written: JSON.stringify(attributes) })
        .where('import', '=', id)
        .where('uid', '=', study)
        .execute()
    },
    written: async id => {
      const found = await sql()
        .selectFrom('import_studies')
        .select(['uid', 'written'])
        .where('import', '=', id)
        .execute()
      return new Map(
        found.flatMap(({ uid, written }) => (written === null ? [] : [[uid, JSON.parse(written)]])),
      )
    },
    fingerprint: async id => {
      const hash = createHash('sha256')
      const rows = await sql()
        .selectFrom('import_files')
        .select(['path', 'sha256'])
        .where('import', '=', id)
        .where('sha256', 'is not', null)
        .orderBy('path')
        .execute()
      for (const { path, sha256 } of rows) hash.update(`${path} ${sha256}\n`)
      return hash.digest('hex')
    },
  }
}
