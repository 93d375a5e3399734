import type { Kysely } from 'kysely'
import { prepare } from '../database-prepared.js'
import type { StudyTables } from './schema.js'

type Sql = Kysely<StudyTables>

/** What runs for every image that comes. */

export const studyByUid = prepare({ uid: '', site: '' }, (sql: Sql, { uid, site }) =>
  sql
    .selectFrom('studies')
    .innerJoin('patients', 'patients.id', 'studies.patient')
    .select([
      'studies.id',
      'modalities',
      'body_parts',
      'patients.patient_id',
      'patients.issuer',
      'patient_name',
      'patient_birth_date',
      'patient_sex',
    ])
    .where('uid', '=', uid)
    .where('site', '=', site),
)

export const openArrival = prepare({ association: '', study: '' }, (sql: Sql, { association, study }) =>
  sql
    .selectFrom('arrivals')
    .select('id')
    .where('association', '=', association)
    .where('study', '=', study)
    .where('settled_at', 'is', null),
)

export const instanceByUid = prepare({ study: '', uid: '' }, (sql: Sql, { study, uid }) =>
  sql.selectFrom('instances').select(['id', 'object']).where('study', '=', study).where('uid', '=', uid),
)

export const seriesByUid = prepare({ study: '', uid: '' }, (sql: Sql, { study, uid }) =>
  sql.selectFrom('series').select('id').where('study', '=', study).where('uid', '=', uid),
)

export const addInstance = prepare(
  {
    study: '',
    series: 0,
    uid: '',
    sop_class: '',
    number: null as number | null,
    frames: 0,
    object: '',
    arrival: '',
    received_at: 0,
  },
  (sql: Sql, instance) => sql.insertInto('instances').values(instance),
)

export const countInSeries = prepare({ id: 0 }, (sql: Sql, { id }) =>
  sql
    .updateTable('series')
    .set(eb => ({ instances: eb('instances', '+', 1) }))
    .where('id', '=', id),
)

export const countInStudy = prepare(
  { id: '', made: 0, bytes: 0, image_at: 0, modalities: '', body_parts: '' },
  (sql: Sql, { id, made, bytes, image_at, modalities, body_parts }) =>
    sql
      .updateTable('studies')
      .set(eb => ({
        instances: eb('instances', '+', 1),
        made: eb('made', '+', made),
        bytes: eb('bytes', '+', bytes),
        // A report of ours is no image that came late.
        last_at: eb.fn<number>('max', ['last_at', eb.val(image_at)]),
        modalities,
        body_parts,
      }))
      .where('id', '=', id),
)

export const countInArrival = prepare({ id: '', bytes: 0, now: 0 }, (sql: Sql, { id, bytes, now }) =>
  sql
    .updateTable('arrivals')
    .set(eb => ({ instances: eb('instances', '+', 1), bytes: eb('bytes', '+', bytes), last_at: now }))
    .where('id', '=', id),
)
