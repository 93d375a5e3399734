import { isoAt } from '../clock.js'
import { asRanges, completenessOf } from './completeness.js'
import type { Gap } from './expectations.js'
import { traitsDiffer } from './identity.js'
import type { OtherIdentity, StudyRecord } from './studies.js'
import type { CompletenessView, GapView, IdentityDoubtView, StudyRow } from './view.js'

/** What a row is made of besides the study's record. */
export interface RowParts {
  series: number
  siteName: string
  /** Listed by the destination that is least advanced; undefined where it goes nowhere. */
  confirmed: number | undefined
  others: readonly OtherIdentity[]
}

/** A study's row as screens show it. */
export function studyRowView(study: StudyRecord, parts: RowParts, now: number): StudyRow {
  const doubt = identityDoubtOf(study, parts.others)
  return {
    StudyInstanceUID: study.uid,
    PatientID: numberOf(study.patient_id),
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
    siteName: parts.siteName,
    series: parts.series,
    // What we made ourselves (a filed report) is no image of the study.
    instances: study.instances - study.made,
    bytes: study.bytes,
    completeness: completenessOfStudy(study, now, parts.confirmed),
    ...(doubt === undefined ? {} : { identityDoubt: doubt }),
    conflicts: study.conflicts,
    firstReceivedAt: isoAt(study.first_at),
  }
}

export function completenessOfStudy(study: StudyRecord, now: number, confirmed?: number): CompletenessView {
  return completenessOf(
    {
      instances: study.instances - study.made,
      expected: study.expected,
      missing: study.expected_missing,
      lastAt: study.last_at,
      expectedAt: study.expected_at,
      unanswered: study.expected_unanswered === 1,
      arriving:
        study.arriving > 0 && study.arriving_since !== null
          ? { since: study.arriving_since, instances: study.arriving_instances ?? 0 }
          : null,
      ...(confirmed === undefined ? {} : { confirmed }),
    },
    now,
  )
}

/** The same number, other traits; or one study, two people. Undefined where nothing contradicts anything. */
export function identityDoubtOf(
  study: StudyRecord,
  others: readonly OtherIdentity[],
): IdentityDoubtView | undefined {
  const own = { name: study.name, birthDate: study.birth_date, sex: study.sex }
  const known = { name: study.known_name, birthDate: study.known_birth_date, sex: study.known_sex }
  const contradicted = traitsDiffer(own, known)
  if (!contradicted && others.length === 0) return undefined
  return {
    ...(contradicted
      ? {
          known: {
            PatientName: known.name,
            PatientBirthDate: known.birthDate,
            PatientSex: known.sex,
          },
        }
      : {}),
    others: others.map(other => ({
      PatientID: other.patient_id,
      IssuerOfPatientID: other.issuer,
      PatientName: other.name,
      PatientBirthDate: other.birth_date,
      PatientSex: other.sex,
    })),
  }
}

export function gapView(gap: Gap): GapView {
  return {
    SeriesInstanceUID: gap.uid,
    SeriesNumber: gap.number === null ? '' : String(gap.number),
    Modality: gap.modality,
    SeriesDescription: gap.description,
    expected: gap.expected,
    missing: gap.missing.length,
    numbers: asRanges(gap.missing.flatMap(({ number }) => number ?? [])),
  }
}

/** A study without a number stands under a name of its own that begins with "?". */
export function numberOf(patientId: string): string {
  return patientId.startsWith('?') ? '' : patientId
}
