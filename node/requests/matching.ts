import { type BodyRegion, regionsIn, sideIn } from '../body-regions.js'
import type { StudyIdentity } from './rules.js'
import { identityFits } from './rules.js'
import type { Mismatch, NewRequest } from './view.js'

/** What the headers of a study say of whom and what it shows. */
export interface StudyTraits {
  identity: StudyIdentity
  /** Description, body parts, series descriptions. */
  words: readonly string[]
  /** (0020,0060) and (0020,0062) of its series: R, L, B, U or empty. */
  lateralities: readonly string[]
}

/** Of one patient's several regions, these two hold the others of their area. */
const GENERIC = new Set(['whole-body', 'spine'])

/** Where a study says otherwise than the request: whose it is, which side, which region. What it does not say cannot contradict. */
export function mismatches(form: NewRequest, study: StudyTraits): Mismatch[] {
  const found: Mismatch[] = []
  const { patient, laterality } = form
  if (!identityFits(patient, study.identity))
    found.push({
      what: 'identity',
      asked: said(patient.id, patient.issuer, patient.birthDate),
      found: said(study.identity.PatientID, study.identity.IssuerOfPatientID, study.identity.birthDate),
    })
  const side = sideOf(study)
  if ((laterality === 'right' || laterality === 'left') && side !== undefined && side !== laterality)
    found.push({ what: 'laterality', asked: laterality, found: side })
  const [asked, shown] = [regionsIn(form.region), regionsIn(...study.words)]
  if (asked.length > 0 && shown.length > 0 && !asked.some(one => shown.some(other => isNear(one, other))))
    found.push({
      what: 'region',
      asked: form.region,
      found: [...new Set(study.words.filter(word => word !== ''))].slice(0, 3).join(', '),
    })
  return found
}

const said = (...parts: string[]) => parts.filter(part => part !== '').join(' · ')

/** The one side a study shows; undefined where it shows both, or says none. */
export function sideOf(study: Pick<StudyTraits, 'words' | 'lateralities'>): 'right' | 'left' | undefined {
  const coded = new Set(study.lateralities.filter(one => one === 'R' || one === 'L' || one === 'B'))
  if (coded.size > 0) return coded.size > 1 || coded.has('B') ? undefined : coded.has('R') ? 'right' : 'left'
  return sideIn(...study.words)
}

function isNear(a: BodyRegion, b: BodyRegion): boolean {
  return a.id === b.id || (a.area === b.area && (GENERIC.has(a.id) || GENERIC.has(b.id)))
}

/**
 * Whether a study links itself: the very number of the order, and traits that say the same, not only nothing else. What
 * is not certain waits for a person.
 */
export function linksItself(form: NewRequest, study: StudyTraits & { accession: string }): boolean {
  const { patient, accession = '' } = form
  return (
    accession !== '' &&
    accession === study.accession &&
    patient.id !== '' &&
    patient.id === study.identity.PatientID &&
    patient.issuer === study.identity.IssuerOfPatientID &&
    patient.birthDate !== '' &&
    patient.birthDate === study.identity.birthDate &&
    mismatches(form, study).length === 0
  )
}
