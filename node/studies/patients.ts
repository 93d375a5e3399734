import type { Database } from '../database.js'
import { folded, type PatientIdentity } from './identity.js'
import type { StudyTables } from './schema.js'

const PATIENTS_MAX = 200

export interface Patients {
  /** Patients of a site's own studies, by a word of their name, or by number and issuer. */
  find(site: string, by: { name: string } | { patientId: string; issuer: string }): Promise<PatientIdentity[]>
}

/** Whom a site's own studies show. A study without a patient number names nobody here. */
export function openPatients(db: Database): Patients {
  return {
    find: async (site, by) => {
      let select = db
        .sql<StudyTables>()
        .selectFrom('studies')
        .innerJoin('patients', 'patients.id', 'studies.patient')
        .select([
          'patients.issuer',
          'patients.patient_id as patientId',
          'patients.name',
          'patients.birth_date as birthDate',
          'patients.sex',
        ])
        .distinct()
        .where('studies.site', '=', site)
        .where('patients.patient_id', 'not like', '?%')
        .where('patients.issuer', 'not like', '?%')
        .limit(PATIENTS_MAX)
      select =
        'name' in by
          ? select.where('studies.search', 'like', `%${folded(by.name)}%`)
          : select.where('patients.patient_id', '=', by.patientId).where('patients.issuer', '=', by.issuer)
      return select.execute()
    },
  }
}
