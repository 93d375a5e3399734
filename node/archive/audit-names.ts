import { sql } from 'kysely'
import type { Database } from '../database.js'
import type { StoredFact } from '../journal/facts.js'
import type { ReportTables } from '../reports/schema.js'
import type { RequestTables } from '../requests/schema.js'
import type { StudyTables } from '../studies/schema.js'
import type { Names, Patient } from './audit/events.js'

type Request = ReturnType<Names['request']>

/** What the studies, requests and reports that these facts are about are called, and whose they are. */
export async function namesOf(db: Database, facts: readonly StoredFact[]): Promise<Names> {
  const ids = new Set(facts.flatMap(({ ids }) => Object.values(ids).map(id => id.replace(/^seen:/, ''))))
  const among = sql<boolean>`IN (SELECT value FROM json_each(${JSON.stringify([...ids])}))`
  const studies = await db
    .sql<StudyTables>()
    .selectFrom('studies')
    .innerJoin('patients', 'patients.id', 'studies.patient')
    .select(['studies.id', 'uid', 'patient_id as number', 'issuer', 'patients.name'])
    .where(sql<boolean>`studies.id ${among}`)
    .execute()
  const reports = await db
    .sql<ReportTables>()
    .selectFrom('reports')
    .select(['id', 'request'])
    .where(sql<boolean>`id ${among}`)
    .execute()
  for (const { request } of reports) ids.add(request)
  const requests = await db
    .sql<RequestTables>()
    .selectFrom('requests')
    .select(['id', 'reference', 'form'])
    .where(sql<boolean>`id IN (SELECT value FROM json_each(${JSON.stringify([...ids])}))`)
    .execute()
  const named = new Map<string, Request>(
    requests.map(({ id, reference, form }) => [id, { reference, patient: patientIn(form) }]),
  )
  for (const { id, request } of reports) named.set(id, named.get(request))
  const known = new Map(studies.map(({ id, uid, ...patient }) => [id, { uid, patient }]))
  return { study: id => known.get(id), request: id => named.get(id) }
}

function patientIn(form: string): Patient {
  const { patient = {} } = JSON.parse(form) as {
    patient?: { id?: string; issuer?: string; family?: string; given?: string }
  }
  return {
    number: patient.id ?? '',
    issuer: patient.issuer ?? '',
    name: [patient.family, patient.given].filter(Boolean).join('^'),
  }
}
