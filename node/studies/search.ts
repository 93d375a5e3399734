import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { reachOf } from '../accounts/permissions.js'
import type { Database } from '../database.js'
import { matchesKey } from '../dicom/matching.js'
import type { Acting } from '../http/acting.js'
import { whichIsListed, whichMayLeave } from './leaving.js'
import type { StudyTables } from './schema.js'

/** Functions the searches call; given to the database when it is opened. */
export const searchFunctions = {
  dicom_matches: (keyword = '', key = '', value = '') => matchesKey(keyword, key, value),
}

export type SearchLevel = 'study' | 'series' | 'instance'
export const searchLevels: readonly SearchLevel[] = ['study', 'series', 'instance']

interface Attribute {
  level: SearchLevel
  column: RawBuilder<unknown>
  number?: true
}
const text = (level: SearchLevel, column: string): Attribute => ({ level, column: sql.ref(column) })
const number = (level: SearchLevel, column: string): Attribute => ({ ...text(level, column), number: true })

/** What can be searched by, and where it stands. */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  StudyInstanceUID: text('study', 'studies.uid'),
  StudyDate: text('study', 'studies.date'),
  StudyTime: text('study', 'studies.time'),
  AccessionNumber: text('study', 'studies.accession'),
  StudyID: text('study', 'studies.study_id'),
  StudyDescription: text('study', 'studies.description'),
  ReferringPhysicianName: text('study', 'studies.referrer'),
  ModalitiesInStudy: {
    level: 'study',
    column: sql`replace(${sql.ref('studies.modalities')}, ' ', char(92))`,
  },
  PatientName: text('study', 'studies.patient_name'),
  // A patient without a number has a name of ours, which nobody may search by.
  PatientID: {
    level: 'study',
    column: sql`iif(${sql.ref('patients.patient_id')} LIKE '?%', '', ${sql.ref('patients.patient_id')})`,
  },
  IssuerOfPatientID: text('study', 'patients.issuer'),
  PatientBirthDate: text('study', 'studies.patient_birth_date'),
  PatientSex: text('study', 'studies.patient_sex'),
  SeriesInstanceUID: text('series', 'series.uid'),
  Modality: text('series', 'series.modality'),
  SeriesNumber: number('series', 'series.number'),
  SeriesDescription: text('series', 'series.description'),
  BodyPartExamined: text('series', 'series.body_part'),
  Laterality: text('series', 'series.laterality'),
  SOPInstanceUID: text('instance', 'instances.uid'),
  SOPClassUID: text('instance', 'instances.sop_class'),
  InstanceNumber: number('instance', 'instances.number'),
  NumberOfFrames: number('instance', 'instances.frames'),
}

/** The level an attribute can be matched at and below; undefined where it cannot. */
export function searchedAt(keyword: string): SearchLevel | undefined {
  return ATTRIBUTES[keyword]?.level
}

export interface SearchQuery {
  level: SearchLevel
  /** Matching values by keyword (PS3.4 C.2.2.2); those of attributes nobody can search by are not looked at. */
  keys: Readonly<Record<string, string>>
  /** Within one study that who asks may see, and one of its series. */
  study?: string
  series?: string
  /** True: also what may not leave this node, for the eyes of a reader here. */
  withheldToo: boolean
  limit: number
  offset: number
}

export interface FoundStudy {
  id: string
  uid: string
  date: string
  time: string
  accession: string
  studyId: string
  description: string
  referrer: string
  modalities: string[]
  patientId: string
  issuer: string
  name: string
  birthDate: string
  sex: string
  series: number
  instances: number
}

export interface FoundSeries {
  uid: string
  number: number | null
  description: string
  modality: string
  bodyPart: string
  laterality: string
  instances: number
}

export interface FoundInstance {
  uid: string
  sopClassUID: string
  number: number | null
  frames: number
  object: string
}

/** One row of an answer: its own level, and those above. */
export interface Found {
  study: FoundStudy
  series?: FoundSeries
  instance?: FoundInstance
}

export interface SearchAnswer {
  count: number
  /** How many more there are behind the limit; counted no further than REMAINING_MAX. */
  remaining: number
  /** In pieces, read as they are asked for. */
  pages(): AsyncGenerator<Found[]>
}

export interface Search {
  /** What who acts may see of it, newest study first, then by number. A study two sites have is shown once. */
  find(query: SearchQuery, who: Acting): Promise<SearchAnswer>
}

/** What is left is counted no further: who pages on hears it again. */
export const REMAINING_MAX = 1000
/** Rows read at once. */
const PAGE = 250

/** Searching the index at the three levels, for DICOMweb and C-FIND: matching and paging are the database's. */
export function openSearch({ db }: { db: Database }): Search {
  const listed = () =>
    db
      .sql<StudyTables>()
      .selectFrom('visible_studies')
      .innerJoin('studies', 'studies.id', 'visible_studies.study')
      .innerJoin('patients', 'patients.id', 'studies.patient')
  const joined = () =>
    listed()
      .innerJoin('series', 'series.study', 'studies.id')
      .innerJoin('instances', 'instances.series', 'series.id')

  const idsOf = (query: SearchQuery, who: Acting) => {
    const { level, keys, study, series } = query
    // Joined no further than its own level; the builder's types need not know.
    const studies = listed()
    let select = (
      level === 'study'
        ? studies
        : level === 'series'
          ? studies.innerJoin('series', 'series.study', 'studies.id')
          : joined()
    ) as ReturnType<typeof joined>
    select = select
      .where(reached(who, 'visible_studies'))
      .where(onceEach(who))
      .where(shown(level, query.withheldToo))
    if (who.only !== undefined) select = select.where('studies.id', '=', who.only.study)
    if (study !== undefined) select = select.where('studies.id', '=', study)
    if (series !== undefined) select = select.where('series.uid', '=', series)
    for (const [keyword, key] of Object.entries(keys)) {
      const attribute = ATTRIBUTES[keyword]
      if (attribute !== undefined && key !== '') select = select.where(matching(keyword, key, attribute))
    }
    return select
  }

  const inOrder = (query: SearchQuery, who: Acting) => {
    const { level } = query
    let select = idsOf(query, who)
      .select(`${level === 'study' ? 'studies' : level === 'series' ? 'series' : 'instances'}.id as id`)
      .orderBy('visible_studies.first_at', 'desc')
      .orderBy('visible_studies.study')
    if (level !== 'study') select = select.orderBy('series.number').orderBy('series.id')
    if (level === 'instance') select = select.orderBy('instances.number').orderBy('instances.id')
    return select
  }

  return {
    find: async (query, who) => {
      const { level, limit, offset } = query
      const rows = await inOrder(query, who)
        .limit(limit + 1)
        .offset(offset)
        .execute()
      const ids = rows.slice(0, limit).map(row => row.id)
      let remaining = 0
      if (rows.length > limit) {
        const rest = idsOf(query, who)
          .select(sql<number>`1`.as('one'))
          .limit(REMAINING_MAX)
          .offset(offset + limit)
        const { total } = await db
          .sql<StudyTables>()
          .selectFrom(rest.as('rest'))
          .select(eb => eb.fn.countAll<number>().as('total'))
          .executeTakeFirstOrThrow()
        remaining = total
      }
      return {
        count: ids.length,
        remaining,
        pages: async function* () {
          for (let at = 0; at < ids.length; at += PAGE)
            yield await read(level, ids.slice(at, at + PAGE), query.withheldToo)
        },
      }
    },
  }

  async function read(
    level: SearchLevel,
    ids: readonly (string | number)[],
    withheldToo: boolean,
  ): Promise<Found[]> {
    const instances = level === 'instance' ? await readInstances(ids as number[]) : []
    const seriesIds = level === 'series' ? (ids as number[]) : [...new Set(instances.map(each => each.in))]
    const series = level === 'study' ? [] : await readSeries(seriesIds, withheldToo)
    const studyIds = level === 'study' ? (ids as string[]) : [...new Set(series.map(each => each.in))]
    const studies = await readStudies(studyIds, withheldToo)
    const study = new Map(studies.map(each => [each.id, each]))
    const seriesById = new Map(series.map(each => [each.id, each]))
    const found = (seriesId: number): Found[] => {
      const own = seriesById.get(seriesId)
      const above = own && study.get(own.in)
      return own === undefined || above === undefined ? [] : [{ study: above, series: own.series }]
    }
    // What was destroyed since it was found is left out.
    if (level === 'study') return (ids as string[]).flatMap(id => wrap(study.get(id)))
    if (level === 'series') return (ids as number[]).flatMap(found)
    const instanceById = new Map(instances.map(each => [each.id, each]))
    return (ids as number[]).flatMap(id => {
      const own = instanceById.get(id)
      return own === undefined ? [] : found(own.in).map(above => ({ ...above, instance: own.instance }))
    })
  }

  async function readStudies(ids: readonly string[], withheldToo: boolean): Promise<FoundStudy[]> {
    const rows = await db
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
      ])
      .where('studies.id', 'in', [...ids])
      .execute()
    const counts = await counted('studies.id', ids, withheldToo)
    return rows.map(row => ({
      id: row.id,
      uid: row.uid,
      date: row.date,
      time: row.time,
      accession: row.accession,
      studyId: row.study_id,
      description: row.description,
      referrer: row.referrer,
      modalities: row.modalities.split(' ').filter(Boolean),
      patientId: row.patient_id.startsWith('?') ? '' : row.patient_id,
      issuer: row.issuer,
      name: row.patient_name,
      birthDate: row.patient_birth_date,
      sex: row.patient_sex,
      series: counts.get(row.id)?.series ?? 0,
      instances: counts.get(row.id)?.instances ?? 0,
    }))
  }

  async function readSeries(ids: readonly number[], withheldToo: boolean) {
    const rows = await db
      .sql<StudyTables>()
      .selectFrom('series')
      .selectAll()
      .where('id', 'in', [...ids])
      .execute()
    const counts = await counted('series.id', ids, withheldToo)
    return rows.map(row => ({
      id: row.id,
      in: row.study,
      series: {
        uid: row.uid,
        number: row.number,
        description: row.description,
        modality: row.modality,
        bodyPart: row.body_part,
        laterality: row.laterality,
        instances: counts.get(row.id)?.instances ?? 0,
      } satisfies FoundSeries,
    }))
  }

  async function readInstances(ids: readonly number[]) {
    const rows = await db
      .sql<StudyTables>()
      .selectFrom('instances')
      .select(['id', 'series', 'uid', 'sop_class', 'number', 'frames', 'object'])
      .where('id', 'in', [...ids])
      .execute()
    return rows.map(row => ({
      id: row.id,
      in: row.series,
      instance: {
        uid: row.uid,
        sopClassUID: row.sop_class,
        number: row.number,
        frames: row.frames,
        object: row.object,
      } satisfies FoundInstance,
    }))
  }

  /** How much of each can be seen: reports of ours are no images, and neither counts nor is counted what is hidden. */
  async function counted(
    by: 'studies.id' | 'series.id',
    ids: readonly (string | number)[],
    withheldToo: boolean,
  ) {
    const rows = await db
      .sql<StudyTables>()
      .selectFrom('studies')
      .innerJoin('series', 'series.study', 'studies.id')
      .innerJoin('instances', 'instances.series', 'series.id')
      .select([
        `${by} as id`,
        sql<number>`count(DISTINCT series.id)`.as('series'),
        sql<number>`count(*)`.as('instances'),
      ])
      .where(by, 'in', [...ids] as never)
      .where(shown('instance', withheldToo))
      .groupBy(by)
      .execute()
    return new Map(rows.map(row => [row.id as string | number, row]))
  }
}

const wrap = (study: FoundStudy | undefined): Found[] => (study === undefined ? [] : [{ study }])

/** How a row of `visible_studies` must be for who asks: of their own site, or one the site is party to. */
function reached(who: Acting, row: 'visible_studies' | 'also'): RawBuilder<SqlBool> {
  const { site } = who.membership
  const reach = reachOf(who, 'viewer.open')
  const ways = [
    ...(reach.own ? [sql`${sql.ref(`${row}.owner`)} = ${site}`] : []),
    ...(reach.party ? [sql`${sql.ref(`${row}.party`)} = 1`] : []),
  ]
  const some = ways.length === 0 ? sql`0` : sql.join(ways, sql` OR `)
  return sql<SqlBool>`(${sql.ref(`${row}.site`)} = ${site} AND (${some}))`
}

/**
 * The same UID at two sites is two studies; where both are seen, the one stands for it that is also retrieved by it:
 * the own site's, else the first in order.
 */
function onceEach(who: Acting): RawBuilder<SqlBool> {
  const { site } = who.membership
  return sql<SqlBool>`NOT EXISTS (
    SELECT 1 FROM studies AS other JOIN visible_studies AS also ON also.study = other.id
    WHERE other.uid = studies.uid AND other.id <> studies.id AND ${reached(who, 'also')}
    AND (other.site = ${site} OR (studies.site <> ${site} AND other.site < studies.site)))`
}

/** Where there is something to see: what we made ourselves is no image, what is withheld is for readers here. */
function shown(level: SearchLevel, withheldToo: boolean): RawBuilder<SqlBool> {
  const held = withheldToo ? sql`AND ${whichIsListed}` : sql`AND ${whichIsListed} AND ${whichMayLeave}`
  const made = sql`EXISTS (SELECT 1 FROM arrivals WHERE arrivals.id = instances.arrival AND made_here = 0)`
  if (level === 'instance') return sql<SqlBool>`(${made} ${held})`
  const of = level === 'study' ? sql`instances.study = studies.id` : sql`instances.series = series.id`
  return sql<SqlBool>`EXISTS (SELECT 1 FROM instances WHERE ${of} AND ${made} ${held})`
}

/** One key as a condition: by an index where one can serve, else by the standard's own rules (PS3.4 C.2.2.2). */
function matching(keyword: string, key: string, { column, number }: Attribute): RawBuilder<SqlBool> {
  if (keyword.endsWith('UID')) return sql<SqlBool>`${column} IN (${sql.join(key.split('\\'))})`
  if (number === true)
    return sql<SqlBool>`${column} = ${/^\s*[+-]?\d{1,12}\s*$/.test(key) ? Number(key) : -1.5}`
  const plain = /^[\x20-\x7e]+$/.test(key) && !/[*?\\-]/.test(key) && !/Name$|Modalities/.test(keyword)
  if (plain) return sql<SqlBool>`${column} = ${key}`
  return sql<SqlBool>`dicom_matches(${keyword}, ${key}, ${column})`
}
