import { allows } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { ObjectTables } from '../objects/schema.js'
import { acceptNewcomers } from './correcting.js'
import { reweigh } from './leaving.js'
import { manifestDigest } from './receive.js'
import type { StudyTables } from './schema.js'

export type ConflictRecord = StudyTables['conflicts'] & {
  uid: string
  description: string
  modalities: string
  patient_id: string
  issuer: string
  name: string
  birth_date: string
  sex: string
}

/** A newcomer and the master it disagrees with. */
export interface ConflictMember {
  variant: number
  instance: number
  uid: string
  number: number | null
  seriesUID: string
  seriesNumber: number | null
  pixels: StudyTables['instance_variants']['pixels']
  /** JSON. */
  differences: string | null
  kept: MemberObject
  beside: MemberObject
}

export interface MemberObject {
  name: string
  bucket: string
  datasetOffset: number
  transferSyntaxUID: string
}

export interface ConflictQuery {
  /** `open`, or what is decided. */
  open: boolean
  site?: string
  study?: string
  limit: number
  /** `opened_at:id` of the last row seen. */
  after?: string
}

export type Decision = 'accept' | 'keep'

export interface Conflicts {
  list(query: ConflictQuery): Promise<{ items: ConflictRecord[]; next?: string }>
  /** Throws `missing` for whoever may not see it. */
  seen(id: string, who: Acting, action: 'conflict.see' | 'conflict.decide'): Promise<ConflictRecord>
  members(id: string, limit: number, uid?: string): Promise<ConflictMember[]>
  /** The masters an accepted correction made, by instance. */
  corrected(id: string): Promise<number[]>
  /**
   * A person's word: the newcomers become masters, or the first stay. Throws `conflict` where it was decided already.
   */
  decide(
    tx: Tx,
    id: string,
    decision: { decision: Decision; reason: string; by: string },
    origin: Origin,
  ): Promise<void>
}

export function openConflicts(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  /** The issuer of a site's patient numbers, where a data set names none. */
  issuerOf(site: string): string
  /** Something waits to be compared anew. */
  onPending(): void
}): Conflicts {
  const { db, clock, ids, journal, issuerOf, onPending } = options

  const records = () =>
    db
      .sql<StudyTables>()
      .selectFrom('conflicts')
      .innerJoin('studies', 'studies.id', 'conflicts.study')
      .innerJoin('patients', 'patients.id', 'studies.patient')
      .selectAll('conflicts')
      .select([
        'studies.uid',
        'studies.description',
        'studies.modalities',
        'patients.patient_id',
        'patients.issuer',
        'studies.patient_name as name',
        'studies.patient_birth_date as birth_date',
        'studies.patient_sex as sex',
      ])

  return {
    list: async ({ open, site, study, limit, after }) => {
      let select = records()
        .where('conflicts.state', open ? '=' : '<>', 'open')
        .where('conflicts.state', '<>', 'dissolved')
        .orderBy('opened_at', 'desc')
        .orderBy('conflicts.id', 'desc')
        .limit(limit + 1)
      if (site !== undefined) select = select.where('conflicts.site', '=', site)
      if (study !== undefined) select = select.where('conflicts.study', '=', study)
      if (after !== undefined) {
        const [at = '', id = ''] = after.split(':')
        select = select.where(eb =>
          eb.or([
            eb('opened_at', '<', Number(at)),
            eb.and([eb('opened_at', '=', Number(at)), eb('conflicts.id', '<', id)]),
          ]),
        )
      }
      const found = await select.execute()
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return {
        items,
        ...(found.length > limit && last !== undefined ? { next: `${last.opened_at}:${last.id}` } : {}),
      }
    },
    seen: async (id, who, action) => {
      const record = await records().where('conflicts.id', '=', id).executeTakeFirst()
      if (record === undefined || !allows(who, action, { site: record.site }))
        return fail('missing', 'There is no such conflict.')
      return record
    },
    members: async (id, limit, uid) =>
      (
        await db
          .sql<StudyTables & ObjectTables>()
          .selectFrom('instance_variants')
          .innerJoin('instances', 'instances.id', 'instance_variants.instance')
          .innerJoin('series', 'series.id', 'instances.series')
          .innerJoin('objects as kept', 'kept.name', 'instances.object')
          .innerJoin('objects as beside', 'beside.name', 'instance_variants.object')
          .select([
            'instance_variants.id as variant',
            'instances.id as instance',
            'instances.uid',
            'instances.number',
            'series.uid as seriesUID',
            'series.number as seriesNumber',
            'instance_variants.pixels',
            'instance_variants.differences',
            'kept.name as keptName',
            'kept.bucket as keptBucket',
            'kept.dataset_offset as keptOffset',
            'kept.transfer_syntax as keptSyntax',
            'beside.name as besideName',
            'beside.bucket as besideBucket',
            'beside.dataset_offset as besideOffset',
            'beside.transfer_syntax as besideSyntax',
          ])
          .where('instance_variants.conflict', '=', id)
          .$if(uid !== undefined, select => select.where('instances.uid', '=', uid as string))
          .orderBy('series.number')
          .orderBy('instances.number')
          .orderBy('instance_variants.id')
          .limit(limit)
          .execute()
      ).map(row => ({
        variant: row.variant,
        instance: row.instance,
        uid: row.uid,
        number: row.number,
        seriesUID: row.seriesUID,
        seriesNumber: row.seriesNumber,
        pixels: row.pixels,
        differences: row.differences,
        kept: {
          name: row.keptName,
          bucket: row.keptBucket,
          datasetOffset: row.keptOffset,
          transferSyntaxUID: row.keptSyntax ?? '',
        },
        beside: {
          name: row.besideName,
          bucket: row.besideBucket,
          datasetOffset: row.besideOffset,
          transferSyntaxUID: row.besideSyntax ?? '',
        },
      })),
    corrected: async id =>
      (
        await db
          .sql<StudyTables>()
          .selectFrom('corrections')
          .select('instance')
          .where('conflict', '=', id)
          .execute()
      ).map(({ instance }) => instance),
    decide: async (tx, id, { decision, reason, by }, origin) => {
      const sql = tx.sql<StudyTables>()
      const row = await sql.selectFrom('conflicts').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined) fail('missing', 'There is no such conflict.')
      if (row.state !== 'open')
        fail('conflict', { fr: 'Quelqu’un l’a déjà tranché.', en: 'Somebody has decided this already.' })
      const members = await sql
        .selectFrom('instance_variants')
        .innerJoin('instances', 'instances.id', 'instance_variants.instance')
        .select(['instances.id', 'instances.uid', 'instance_variants.object'])
        .where('instance_variants.conflict', '=', id)
        .where('instance_variants.state', '=', 'conflict')
        .orderBy('instances.uid')
        .execute()
      if (decision === 'accept') await acceptNewcomers(tx, row, { ids, clock, issuer: issuerOf(row.site) })
      else {
        await sql
          .updateTable('instance_variants')
          .set({ state: 'refused' })
          .where('conflict', '=', id)
          .where('state', '=', 'conflict')
          .execute()
        await reweigh(
          tx,
          members.map(member => member.id),
        )
      }
      await sql
        .updateTable('conflicts')
        .set({
          state: decision === 'accept' ? 'accepted' : 'kept',
          decided_at: clock.now(),
          decided_by: by,
          reason,
        })
        .where('id', '=', id)
        .execute()
      await journal.append(
        tx,
        {
          type: 'conflict-decided',
          site: row.site,
          ids: { conflict: id, study: row.study, arrival: row.arrival },
          body: {
            decision,
            reason,
            source: row.source,
            instances: members.length,
            differences: JSON.parse(row.differences),
            // Over the newcomers, whichever way it went: those that became masters, or those that did not.
            digest: manifestDigest(members),
          },
        },
        origin,
      )
      tx.afterCommit(onPending)
    },
  }
}
