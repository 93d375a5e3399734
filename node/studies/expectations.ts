import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { StudyTables } from './schema.js'

/** A series as the sender lists it. */
export interface ToldSeries {
  uid: string
  number: number | null
  modality: string
  description: string
  /** What it says the series holds; the list, where there is one, is what counts. */
  instances: number
  list?: ToldInstance[]
}

export interface ToldInstance {
  uid: string
  /** Instance Number; null where it says none. */
  number: number | null
}

/** What a series of the sender has that is not here. */
export interface Gap {
  uid: string
  number: number | null
  modality: string
  description: string
  expected: number
  missing: ToldInstance[]
}

export interface Expectations {
  /**
   * What the sender says a study holds: its count, and its lists where it gives them. Without what we made ourselves.
   */
  told(
    tx: Tx,
    study: string,
    said: { expected: number; source: string; series?: readonly ToldSeries[] },
    origin: Origin,
  ): Promise<void>
  /** It was asked, and did not say. */
  unanswered(tx: Tx, study: string): Promise<void>
  /** Series by series, what the sender lists and we do not have. Empty where it gave no lists. */
  gaps(study: string): Promise<Gap[]>
}

/** Deflated lists never grow beyond this when they are read again: 200,000 instances and more. */
const LIST_MAX_BYTES = 32 * 1024 * 1024

export function openExpectations(options: { db: Database; clock: Clock; journal: Journal }): Expectations {
  const { db, clock, journal } = options
  return {
    told: async (tx, study, { expected, source, series = [] }, origin) => {
      const sql = tx.sql<StudyTables>()
      const row = await sql
        .selectFrom('studies')
        .select(['site', 'expected', 'expected_by', 'expected_missing', 'instances', 'made'])
        .where('id', '=', study)
        .executeTakeFirstOrThrow()
      // A workstation that holds one key image of it says "1": only who said a number may lower it.
      if (row.expected !== null && expected < row.expected && row.expected_by !== source) return
      const here = new Set(
        (await sql.selectFrom('instances').select('uid').where('study', '=', study).execute()).map(
          ({ uid }) => uid,
        ),
      )
      const listed = series.length > 0 && series.every(({ list }) => list !== undefined)
      const missing = listed
        ? series.flatMap(({ list }) => list ?? []).filter(({ uid }) => !here.has(uid)).length
        : null
      await sql.deleteFrom('expected_series').where('study', '=', study).execute()
      for (const { list, ...one } of series)
        await sql
          .insertInto('expected_series')
          .values({ study, ...one, list: list === undefined ? null : packed(list) })
          .execute()
      await sql
        .updateTable('studies')
        .set({
          expected,
          expected_at: clock.now(),
          expected_by: source,
          expected_missing: missing,
          expected_unanswered: 0,
        })
        .where('id', '=', study)
        .execute()
      if (row.expected === expected && row.expected_missing === missing) return
      await journal.append(
        tx,
        {
          type: 'study-expected',
          site: row.site,
          ids: { study },
          body: {
            expected,
            received: row.instances - row.made,
            ...(missing === null ? {} : { missing }),
            source,
          },
        },
        origin,
      )
    },
    unanswered: async (tx, study) => {
      await tx
        .sql<StudyTables>()
        .updateTable('studies')
        .set({ expected_unanswered: 1 })
        .where('id', '=', study)
        .execute()
    },
    gaps: async study => {
      const sql = db.sql<StudyTables>()
      const series = await sql
        .selectFrom('expected_series')
        .selectAll()
        .where('study', '=', study)
        .orderBy('number')
        .orderBy('uid')
        .execute()
      if (series.length === 0) return []
      const here = new Set(
        (await sql.selectFrom('instances').select('uid').where('study', '=', study).execute()).map(
          ({ uid }) => uid,
        ),
      )
      return series.flatMap(({ list, study: _, instances, ...one }) => {
        if (list === null) return []
        const all = unpacked(list)
        const missing = all.filter(({ uid }) => !here.has(uid))
        return missing.length === 0 ? [] : [{ ...one, expected: Math.max(instances, all.length), missing }]
      })
    },
  }
}

/** One line an instance, `UID number`; UIDs of one series share nearly all of their digits, so it deflates well. */
export function packed(list: readonly ToldInstance[]): Buffer {
  return deflateRawSync(list.map(({ uid, number }) => `${uid} ${number ?? ''}`).join('\n'))
}

export function unpacked(list: Buffer): ToldInstance[] {
  const text = inflateRawSync(list, { maxOutputLength: LIST_MAX_BYTES }).toString()
  return text === ''
    ? []
    : text.split('\n').map(line => {
        const [uid = '', number = ''] = line.split(' ')
        return { uid, number: number === '' ? null : Number(number) }
      })
}
