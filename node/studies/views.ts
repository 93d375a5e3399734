import { isoAt } from '../clock.js'
import { completenessOf } from './completeness.js'
import type { StudyRecord } from './studies.js'
import type { StudyRow } from './view.js'

/** A study's row as screens show it. */
export function studyRowView(study: StudyRecord, series: number, siteName: string, now: number): StudyRow {
  return {
    StudyInstanceUID: study.uid,
    PatientID: study.patient_id.startsWith('?') ? '' : study.patient_id,
    IssuerOfPatientID: study.issuer,
    PatientName: study.name,
    PatientBirthDate: study.birth_date,
    PatientSex: study.sex,
    StudyDate: study.date,
    StudyTime: study.time,
    StudyDescription: study.description,
    AccessionNumber: study.accession,
    ModalitiesInStudy: study.modalities.split(' ').filter(Boolean),
    site: study.site,
    siteName,
    series,
    // What we made ourselves (a filed report) is no image of the study.
    instances: study.instances - study.made,
    bytes: study.bytes,
    completeness: completenessOfStudy(study, now),
    firstReceivedAt: isoAt(study.first_at),
  }
}

export function completenessOfStudy(study: StudyRecord, now: number) {
  return completenessOf(
    {
      instances: study.instances - study.made,
      expected: study.expected,
      lastAt: study.last_at,
      expectedAt: study.expected_at,
      arriving: study.arriving > 0,
    },
    now,
  )
}
