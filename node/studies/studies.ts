import type { Selectable } from 'kysely'
import { allows, demand, type Standing } from '../accounts/permissions.js'
import type { Action } from '../accounts/view.js'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Journal } from '../journal/journal.js'
import type { ObjectTables } from '../objects/schema.js'
import { type Expectations, openExpectations } from './expectations.js'
import { folded } from './identity.js'
import type { StudyTables } from './schema.js'
import type { OtherIdentity, StoredInstance, StudyRecord } from './study.js'
import { hideFrom, type StudyQuery, showTo, visibleTo } from './visible.js'

export type { OtherIdentity, StoredInstance, StudyRecord } from './study.js'

export type { StudyQuery }

export interface Studies extends Expectations {
  byId(id: string): Promise<StudyRecord | undefined>
  /** All sites' studies of that UID; who may see which is asked for each. */
  byUid(uid: string): Promise<StudyRecord[]>
  /** A site's own studies of this number of this issuer. */
  ofPatient(site: string, patient: { id: string; issuer: string }): Promise<StudyRecord[]>
  /** Studies of a site that may show somebody: by number, accession, or name and birth date; the newest first. */
  candidates(
    site: string,
    of: { patientId: string; issuer: string; accession: string; family: string; birthDate: string },
  ): Promise<StudyRecord[]>
  /** The one this person may do it to: own before party. Throws `missing`. */
  seen(uid: string, who: Acting, action: Action): Promise<StudyRecord>
  /** Those the person may do it to. */
  list(
    query: StudyQuery,
    who: Acting,
    action: 'study.see' | 'viewer.open',
  ): Promise<{ items: StudyRecord[]; next?: string }>
  series(study: string): Promise<Selectable<StudyTables['series']>[]>
  /** How many series each of these studies has. */
  seriesCounts(studies: readonly string[]): Promise<ReadonlyMap<string, number>>
  instances(study: string, options?: { series?: string; uid?: string }): Promise<StoredInstance[]>
  arrivals(study: string): Promise<StudyTables['arrivals'][]>
  /** Images of it that an accepted correction put in the place of others. */
  correctedCount(study: string): Promise<number>
  /** Other people named in images of these studies, by study. */
  otherIdentities(studies: readonly string[]): Promise<ReadonlyMap<string, OtherIdentity[]>>
  /** What is coming in now, by who sends it. */
  arrivingFrom(): Promise<{ source: string; studies: number; instances: number }[]>
  /** Who brought each instance, once for each of them. */
  broughtBy(study: string): Promise<{ instance: number; source: string }[]>
  /** Laid down by requests: the asked site becomes a party, the urgency goes onto the study. */
  link(
    tx: Tx,
    study: string,
    /** `as` a prior it is there to be compared with: its own urgency stays, and no route follows. */
    link: { request: string; sites: readonly string[]; urgency: string; as?: 'prior' },
  ): Promise<void>
  /** These sites take no more part in the request: what they saw of its studies through it, they see no longer. */
  unlink(tx: Tx, ended: { request: string; sites: readonly string[]; study?: string }): Promise<void>
  standing(study: string, site: string): Promise<Standing>
  /** Image bytes by transfer syntax and object, for metrics. */
  totals(): Promise<{ studies: number; instances: number; bytes: number }>
}

const CANDIDATES_MAX = 30
const NO_STUDY = 'There is no such study.'
/** Most urgent first. */
const URGENCIES: readonly string[] = ['emergency', 'urgent', 'routine']

export function openStudies(options: { db: Database; clock: Clock; journal: Journal }): Studies {
  const { db, clock, journal } = options

  const records = () =>
    db
      .sql<StudyTables>()
      .selectFrom('studies')
      .innerJoin('patients', 'patients.id', 'studies.patient')
      .selectAll('studies')
      .select([
        'patients.patient_id',
        'patients.issuer',
        'studies.patient_name as name',
        'studies.patient_birth_date as birth_date',
        'studies.patient_sex as sex',
        'patients.name as known_name',
        'patients.birth_date as known_birth_date',
        'patients.sex as known_sex',
      ])
      .select(eb => [
        eb
          .selectFrom('arrivals')
          .select(eb.fn.countAll<number>().as('open'))
          .whereRef('arrivals.study', '=', 'studies.id')
          .where('settled_at', 'is', null)
          .$asScalar()
          .$notNull()
          .as('arriving'),
        eb
          .selectFrom('arrivals')
          .select(open => open.fn.min<number>('arrivals.first_at').as('since'))
          .whereRef('arrivals.study', '=', 'studies.id')
          .where('settled_at', 'is', null)
          .as('arriving_since'),
        eb
          .selectFrom('arrivals')
          .select(open => open.fn.sum<number>('arrivals.instances').as('brought'))
          .whereRef('arrivals.study', '=', 'studies.id')
          .where('settled_at', 'is', null)
          .as('arriving_instances'),
        eb
          .selectFrom('study_identities')
          .select(eb.fn.countAll<number>().as('others'))
          .whereRef('study_identities.study', '=', 'studies.id')
          .$asScalar()
          .$notNull()
          .as('others'),
        eb
          .selectFrom('conflicts')
          .select(eb.fn.countAll<number>().as('open'))
          .whereRef('conflicts.study', '=', 'studies.id')
          .where('conflicts.state', '=', 'open')
          .$asScalar()
          .$notNull()
          .as('conflicts'),
      ])

  const standing: Studies['standing'] = async (study, site) => {
    const rows = await db
      .sql<StudyTables>()
      .selectFrom('study_parties')
      .select('site')
      .distinct()
      .where('study', '=', study)
      .where('until', 'is', null)
      .execute()
    return { site, parties: rows.map(row => row.site) }
  }

  return {
    ...openExpectations(options),
    byId: id => records().where('studies.id', '=', id).executeTakeFirst(),
    byUid: uid => records().where('uid', '=', uid).execute(),
    ofPatient: (site, { id, issuer }) =>
      records()
        .where('studies.site', '=', site)
        .where('patients.patient_id', '=', id)
        .where('patients.issuer', '=', issuer)
        .execute(),
    candidates: (site, { patientId, issuer, accession, family, birthDate }) =>
      records()
        .where('studies.site', '=', site)
        .where(eb =>
          eb.or([
            eb.and([eb('patients.patient_id', '=', patientId), eb('patients.issuer', '=', issuer)]),
            ...(accession === '' ? [] : [eb('studies.accession', '=', accession)]),
            ...(family === '' || birthDate === ''
              ? []
              : [
                  eb.and([
                    eb('studies.patient_birth_date', '=', birthDate),
                    eb('studies.search', 'like', `%${folded(family)}%`),
                  ]),
                ]),
          ]),
        )
        .orderBy('studies.first_at', 'desc')
        .limit(CANDIDATES_MAX)
        .execute(),
    seen: async (uid, who, action) => {
      const { only } = who
      let select = records().where('uid', '=', uid)
      if (only !== undefined) select = select.where('studies.id', '=', only.study)
      const found = await select.execute()
      for (const record of found.sort(a => (a.site === who.membership.site ? -1 : 1)))
        if (allows(who, action, await standing(record.id, record.site))) return record
      const [first] = found
      if (first !== undefined) demand(who, action, await standing(first.id, first.site), NO_STUDY)
      return fail('missing', NO_STUDY)
    },
    list: async (query, who, action) => {
      const { limit } = query
      const found = await visibleTo(db, query, who, action)
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const rows = new Map(
        page.length === 0
          ? []
          : (
              await records()
                .where(
                  'studies.id',
                  'in',
                  page.map(({ study }) => study),
                )
                .execute()
            ).map(record => [record.id, record] as const),
      )
      return {
        items: page.flatMap(({ study }) => rows.get(study) ?? []),
        ...(found.length > limit && last !== undefined ? { next: `${last.first_at}:${last.study}` } : {}),
      }
    },
    series: study =>
      db
        .sql<StudyTables>()
        .selectFrom('series')
        .selectAll()
        .where('study', '=', study)
        .orderBy('number')
        .orderBy('id')
        .execute(),
    seriesCounts: async ids =>
      new Map(
        ids.length === 0
          ? []
          : (
              await db
                .sql<StudyTables>()
                .selectFrom('series')
                .select(['study', eb => eb.fn.countAll<number>().as('count')])
                .where('study', 'in', [...ids])
                .groupBy('study')
                .execute()
            ).map(({ study, count }) => [study, count] as const),
      ),
    instances: async (study, { series, uid } = {}) => {
      let select = db
        .sql<StudyTables & ObjectTables>()
        .selectFrom('instances')
        .innerJoin('series', 'series.id', 'instances.series')
        .innerJoin('objects', 'objects.name', 'instances.object')
        .innerJoin('arrivals', 'arrivals.id', 'instances.arrival')
        .select([
          'instances.id',
          'arrivals.made_here as madeHere',
          'instances.study',
          'instances.uid',
          'instances.sop_class as sopClassUID',
          'instances.number',
          'instances.frames',
          'instances.withheld',
          'instances.withdrawn',
          'instances.note_of',
          'instances.arrival',
          'series.uid as seriesUID',
          'series.id as seriesId',
          'instances.object',
          'objects.bucket',
          'objects.bytes',
          'objects.dataset_offset as datasetOffset',
          'objects.sha256',
          'objects.transfer_syntax as transferSyntaxUID',
        ])
        .where('instances.study', '=', study)
        .orderBy('series.number')
        .orderBy('series.id')
        .orderBy('instances.number')
        .orderBy('instances.id')
      if (series !== undefined) select = select.where('series.uid', '=', series)
      if (uid !== undefined) select = select.where('instances.uid', '=', uid)
      return (await select.execute()).map(row => ({
        ...row,
        madeHere: row.madeHere === 1,
        withheld: row.withheld === 1,
        withdrawn: row.withdrawn !== null,
        isNote: row.note_of !== null,
        transferSyntaxUID: row.transferSyntaxUID ?? '',
      }))
    },
    correctedCount: async study => {
      const { count } = await db
        .sql<StudyTables>()
        .selectFrom('corrections')
        .innerJoin('instances', 'instances.id', 'corrections.instance')
        .select(eb => eb.fn.count<number>('corrections.instance').distinct().as('count'))
        .where('instances.study', '=', study)
        .executeTakeFirstOrThrow()
      return count
    },
    otherIdentities: async ids => {
      const byStudy = new Map<string, OtherIdentity[]>()
      if (ids.length === 0) return byStudy
      const rows = await db
        .sql<StudyTables>()
        .selectFrom('study_identities')
        .selectAll()
        .where('study', 'in', [...ids])
        .orderBy('first_at')
        .execute()
      for (const row of rows) byStudy.set(row.study, [...(byStudy.get(row.study) ?? []), row])
      return byStudy
    },
    arrivals: study =>
      db
        .sql<StudyTables>()
        .selectFrom('arrivals')
        .selectAll()
        .where('study', '=', study)
        .orderBy('first_at')
        .execute(),
    arrivingFrom: () =>
      db
        .sql<StudyTables>()
        .selectFrom('arrivals')
        .select(eb => [
          'source',
          eb.fn.countAll<number>().as('studies'),
          eb.fn.sum<number>(eb('instances', '+', eb.ref('duplicates'))).as('instances'),
        ])
        .where('settled_at', 'is', null)
        .where('made_here', '=', 0)
        .groupBy('source')
        .execute(),
    broughtBy: study => {
      const sql = db.sql<StudyTables>()
      return sql
        .selectFrom('instances')
        .innerJoin('arrivals', 'arrivals.id', 'instances.arrival')
        .select(['instances.id as instance', 'arrivals.source'])
        .where('instances.study', '=', study)
        .union(
          sql
            .selectFrom('instance_copies')
            .innerJoin('instances', 'instances.id', 'instance_copies.instance')
            .select(['instance_copies.instance', 'instance_copies.source'])
            .where('instances.study', '=', study),
        )
        .execute()
    },
    link: async (tx, study, { request, sites, urgency, as }) => {
      const sql = tx.sql<StudyTables>()
      let joined = 0
      for (const site of sites) {
        const added = await sql
          .insertInto('study_parties')
          .values({ study, site, request, since: clock.now(), until: null })
          .onConflict(conflict =>
            conflict
              .columns(['study', 'site', 'request'])
              .doUpdateSet({ until: null })
              .where('study_parties.until', 'is not', null),
          )
          .executeTakeFirst()
        joined += Number(added.numInsertedOrUpdatedRows ?? 0n)
        await showTo(tx, study, site, { party: 1 })
      }
      const before = await sql
        .selectFrom('studies')
        .select(['site', 'urgency'])
        .where('id', '=', study)
        .executeTakeFirstOrThrow()
      // Two requests may ask for one study: the more urgent one decides, whichever came last.
      const most =
        as === 'prior'
          ? before.urgency
          : (URGENCIES.find(each => each === urgency || each === before.urgency) ?? urgency)
      if (joined === 0 && before.urgency === most) return
      await sql.updateTable('studies').set({ urgency: most }).where('id', '=', study).execute()
      await journal.append(
        tx,
        {
          type: 'study-linked',
          site: before.site,
          ids: { study },
          body: { request, urgency: most, to: [...sites], as },
        },
        { by: 'system', part: 'requests' },
      )
    },
    unlink: async (tx, { request, sites, study: only }) => {
      const sql = tx.sql<StudyTables>()
      const ended = await sql
        .updateTable('study_parties')
        .set({ until: clock.now() })
        .where('request', '=', request)
        .where('site', 'in', sites)
        .where('until', 'is', null)
        .where(eb => (only === undefined ? eb.lit(true) : eb('study', '=', only)))
        .returning(['study', 'site'])
        .execute()
      for (const { study, site } of ended) {
        const still = await sql
          .selectFrom('study_parties')
          .select('request')
          .where('study', '=', study)
          .where('site', '=', site)
          .where('until', 'is', null)
          .limit(1)
          .executeTakeFirst()
        if (still === undefined) await hideFrom(tx, study, site)
      }
    },
    standing,
    totals: async () => {
      const row = await db
        .sql<StudyTables>()
        .selectFrom('studies')
        .select(eb => [
          eb.fn.countAll<number>().as('studies'),
          eb.fn.sum<number>('instances').as('instances'),
          eb.fn.sum<number>('bytes').as('bytes'),
        ])
        .executeTakeFirstOrThrow()
      return { studies: row.studies, instances: row.instances ?? 0, bytes: row.bytes ?? 0 }
    },
  }
}
