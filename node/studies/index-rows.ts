import type { Tx } from '../database.js'
import type { StudyAttributes } from '../dicom/format/attributes.js'
import type { Ids } from '../ids.js'
import { folded, type PatientIdentity } from './identity.js'
import * as queries from './receive-queries.js'
import type { StudyTables } from './schema.js'

/** What an image's header says of its study, as the row has it. */
export function studyColumns(attributes: StudyAttributes) {
  return {
    date: attributes.StudyDate ?? '',
    time: attributes.StudyTime ?? '',
    description: attributes.StudyDescription ?? attributes.ProtocolName ?? '',
    accession: attributes.AccessionNumber ?? '',
    study_id: attributes.StudyID ?? '',
    referrer: attributes.ReferringPhysicianName ?? '',
  }
}

/** What a search compares. */
export function searchOf(attributes: StudyAttributes, { name, patientId }: PatientIdentity): string {
  return folded(
    `${name} ${patientId} ${attributes.AccessionNumber ?? ''} ${attributes.StudyDescription ?? ''}`,
  )
}

/**
 * The patient under (issuer, number), made where there is none; the traits known first stay. Without a number it is
 * a patient of that study alone: two unknown people are never one.
 */
export async function patientOf(
  tx: Tx,
  ids: Ids,
  identity: PatientIdentity,
  studyUID: string,
): Promise<{ id: string; patient_id: string }> {
  const sql = tx.sql<StudyTables>()
  const patientId = identity.patientId === '' ? `?${studyUID}` : identity.patientId
  const known = await sql
    .selectFrom('patients')
    .select('id')
    .where('issuer', '=', identity.issuer)
    .where('patient_id', '=', patientId)
    .executeTakeFirst()
  if (known !== undefined) return { id: known.id, patient_id: patientId }
  const id = ids.next('pat')
  await sql
    .insertInto('patients')
    .values({
      id,
      issuer: identity.issuer,
      patient_id: patientId,
      name: identity.name,
      birth_date: identity.birthDate,
      sex: identity.sex,
    })
    .execute()
  return { id, patient_id: patientId }
}

export async function seriesOf(tx: Tx, study: string, attributes: StudyAttributes): Promise<{ id: number }> {
  const sql = tx.sql<StudyTables>()
  const [known] = await queries.seriesByUid(sql, { study, uid: attributes.SeriesInstanceUID })
  if (known !== undefined) return known
  return sql
    .insertInto('series')
    .values({
      study,
      uid: attributes.SeriesInstanceUID,
      number: attributes.SeriesNumber ?? null,
      description: attributes.SeriesDescription ?? '',
      modality: attributes.Modality ?? '',
      body_part: attributes.BodyPartExamined ?? '',
      laterality: attributes.ImageLaterality ?? attributes.Laterality ?? '',
      instances: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
}

/** Whom a study's row names. */
export function ownIdentity(row: {
  issuer: string
  patient_id: string
  patient_name: string
  patient_birth_date: string
  patient_sex: string
}): PatientIdentity {
  return {
    issuer: row.issuer,
    patientId: row.patient_id.startsWith('?') ? '' : row.patient_id,
    name: row.patient_name,
    birthDate: row.patient_birth_date,
    sex: row.patient_sex,
  }
}

/** Another person is named in images of the study. */
export async function noteIdentity(
  tx: Tx,
  study: string,
  identity: PatientIdentity,
  arrival: string,
  now: number,
): Promise<void> {
  await tx
    .sql<StudyTables>()
    .insertInto('study_identities')
    .values({
      study,
      issuer: identity.issuer,
      patient_id: identity.patientId,
      name: identity.name,
      birth_date: identity.birthDate,
      sex: identity.sex,
      arrival,
      first_at: now,
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
