import type { StudyAttributes } from '../dicom/format/attributes.js'

export type Traits = Pick<PatientIdentity, 'name' | 'birthDate' | 'sex'>

/** Who a data set says it shows. Identity is (issuer, id): the same number at two sites is not the same patient. */
export interface PatientIdentity {
  issuer: string
  patientId: string
  /** DICOM person name, alphabetic group. */
  name: string
  /** YYYYMMDD or empty. */
  birthDate: string
  sex: string
}

/** The identity in a data set; `issuer` is the site's own, used where (0010,0021) is absent. */
export function identityOf(attributes: StudyAttributes, issuer: string): PatientIdentity {
  return {
    issuer: attributes.IssuerOfPatientID ?? issuer,
    patientId: attributes.PatientID ?? '',
    name: attributes.PatientName ?? '',
    birthDate: attributes.PatientBirthDate ?? '',
    sex: attributes.PatientSex ?? '',
  }
}

/** Two identities that name the same person by number but not by traits: a person must look. */
export function traitsDiffer(a: Traits, b: Traits): boolean {
  const both = (x: string, y: string) => x !== '' && y !== ''
  return (
    (both(a.birthDate, b.birthDate) && a.birthDate !== b.birthDate) ||
    (both(a.sex, b.sex) && a.sex !== b.sex) ||
    (both(a.name, b.name) && a.name !== b.name && folded(a.name) !== folded(b.name))
  )
}

/** Whether two images of one study are said to show the same person: by number, issuer and traits. */
export function identitiesDiffer(a: PatientIdentity, b: PatientIdentity): boolean {
  return a.patientId !== b.patientId || a.issuer !== b.issuer || traitsDiffer(a, b)
}

/** Text as searches compare it: no accents, no hyphens, no case, carets and punctuation as spaces. */
export function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
