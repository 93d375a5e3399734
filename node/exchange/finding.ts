import { type Kysely, sql as raw, type Selectable, type SqlBool } from 'kysely'
import type { Database } from '../database.js'
import { StatusFailure } from '../dicom/network/status.js'
import { isUID } from '../dicom/uids.js'
import type { Keys } from '../peers/identifiers.js'
import { folded } from '../studies/identity.js'
import type { StudyTables } from '../studies/schema.js'

/** A study a site may see; `own` = it is that site's, else it is a party to it. */
export type FoundStudy = Selectable<StudyTables['studies']> & {
  patient_id: string
  issuer: string
  name: string
  birth_date: string
  sex: string
  own: 0 | 1
  /** Instances that may not leave; 0 where nobody asked for a count. */
  withheld: number
}

/** Studies of one read of the database: short, so that nothing else waits for it. */
const PAGE = 100
/** UIDs in one list (PS3.4 C.2.2.2.2). */
const UIDS_MAX = 1000

/**
 * The studies a site owns or is a party to that may match the keys, own ones first, newest first, page by page. What
 * SQL can decide is decided there; the rest the caller compares, since names know no case and no accents.
 */
export async function* findStudies(db: Database, site: string, keys: Keys): AsyncIterable<FoundStudy[]> {
  for (const own of [true, false]) {
    let after: FoundStudy | undefined
    do {
      const found: FoundStudy[] = await page(db, site, own, keys, after)
      if (found.length > 0) yield found
      after = found.length === PAGE ? found.at(-1) : undefined
    } while (after !== undefined)
  }
}

function page(
  db: Database,
  site: string,
  own: boolean,
  keys: Keys,
  after: FoundStudy | undefined,
): Promise<FoundStudy[]> {
  const sql = db.sql<StudyTables>()
  let select = sql
    .selectFrom('studies')
    .innerJoin('patients', 'patients.id', 'studies.patient')
    .selectAll('studies')
    .select([
      'patients.patient_id',
      'patients.issuer',
      'studies.patient_name as name',
      'studies.patient_birth_date as birth_date',
      'studies.patient_sex as sex',
      raw<0 | 1>`${own ? 1 : 0}`.as('own'),
      // What may not leave is not promised either; counted only for who asks how many there are.
      keys['NumberOfStudyRelatedInstances'] === undefined
        ? raw<number>`0`.as('withheld')
        : raw<number>`(SELECT count(*) FROM instances JOIN arrivals ON arrivals.id = instances.arrival
            WHERE instances.study = studies.id AND (
              instances.withheld = 1 OR instances.withdrawn IS NOT NULL
              OR (instances.note_of IS NOT NULL AND (arrivals.made_here = 0 OR ${own ? 1 : 0})))
          )`.as('withheld'),
    ])
    .orderBy('first_at', 'desc')
    .orderBy('studies.id')
    .limit(PAGE)
  select = own
    ? select.where('studies.site', '=', site)
    : select
        .where('studies.site', '<>', site)
        .where('studies.id', 'in', eb =>
          eb
            .selectFrom('study_parties')
            .select('study')
            .where('study_parties.site', '=', site)
            .where('until', 'is', null),
        )
  for (const condition of conditions(keys, sql)) select = select.where(condition)
  if (after !== undefined)
    select = select.where(eb =>
      eb.or([
        eb('first_at', '<', after.first_at),
        eb.and([eb('first_at', '=', after.first_at), eb('studies.id', '>', after.id)]),
      ]),
    )
  return select.execute()
}

/** What of the keys the database can decide without leaving out anything that matches. */
function conditions(keys: Keys, sql: Kysely<StudyTables>) {
  const all: ReturnType<typeof raw<SqlBool>>[] = []
  const key = (keyword: string) => {
    const value = keys[keyword] ?? ''
    return value === '*' ? '' : value
  }
  const uids = uidList(key('StudyInstanceUID'))
  if (uids !== undefined) all.push(raw`studies.uid IN (${raw.join(uids)})`)
  for (const [keyword, column] of [
    ['PatientID', 'patients.patient_id'],
    ['IssuerOfPatientID', 'patients.issuer'],
    ['AccessionNumber', 'studies.accession'],
    ['StudyID', 'studies.study_id'],
    ['PatientSex', 'studies.patient_sex'],
  ] as const) {
    const value = key(keyword)
    if (value !== '') all.push(like(column, value))
  }
  // A patient without a number is kept under one of ours, which nobody can ask for.
  if (key('PatientID') !== '') all.push(raw`substr(patients.patient_id, 1, 1) <> '?'`)
  for (const [keyword, column] of [
    ['StudyDate', 'studies.date'],
    ['PatientBirthDate', 'studies.patient_birth_date'],
  ] as const) {
    // The older form with dots is left to the comparison afterwards.
    const [from = '', to = from] = key(keyword).replaceAll('.', '').split('-')
    if (/^\d{8}$/.test(from)) all.push(raw`replace(${raw.ref(column)}, '.', '') >= ${from}`)
    if (/^\d{8}$/.test(to)) all.push(raw`replace(${raw.ref(column)}, '.', '') <= ${to}`)
  }
  for (const fragment of key('PatientName').split(/[*?^=]/))
    for (const word of folded(fragment).split(' '))
      if (word !== '') all.push(raw`instr(studies.search, ${word}) > 0`)
  const modalities = key('ModalitiesInStudy').split('\\').filter(Boolean)
  if (modalities.length > 0 && modalities.every(one => /^[A-Z0-9]+$/.test(one)))
    all.push(
      raw`(${raw.join(
        modalities.map(one => raw`instr(' ' || studies.modalities || ' ', ${` ${one} `}) > 0`),
        raw` OR `,
      )})`,
    )
  const series = uidList(key('SeriesInstanceUID'))
  if (series !== undefined)
    all.push(raw`studies.id IN (${sql.selectFrom('series').select('study').where('uid', 'in', series)})`)
  return all
}

/** A list of UIDs; undefined where the key is universal. What is no UID is nobody's. */
export function uidList(key: string): string[] | undefined {
  if (key === '') return undefined
  const uids = key.split('\\')
  if (uids.length > UIDS_MAX)
    throw new StatusFailure(0xa700, 'too-many', `more than ${UIDS_MAX} UIDs in one list`)
  const known = uids.filter(isUID)
  return known.length > 0 ? known : ['']
}

/** DICOM's wildcards are those of GLOB, which has one of its own besides. */
function like(column: string, key: string) {
  if (!/[*?]/.test(key)) return raw<SqlBool>`${raw.ref(column)} = ${key}`
  return raw<SqlBool>`${raw.ref(column)} GLOB ${key.replaceAll('[', '[[]')}`
}
