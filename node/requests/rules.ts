import { searchable } from './search.js'
import type { NewRequest, PatientView, Urgency } from './view.js'

/** The first order of every list. */
export const URGENCY_RANK: Record<Urgency, number> = { emergency: 0, urgent: 1, routine: 2 }

/** Why a field does not do; words for a person are in `words.ts`. */
export type FormFaultCode =
  | 'required'
  | 'laterality-required'
  | 'phone'
  | 'date'
  | 'future'
  | 'too-old'
  | 'consent'
  | 'opposition'
  | 'pacemaker'
  | 'pregnancy'
  | 'contrast-risk'
  | 'other-patient'

export interface FormFault {
  path: string
  code: FormFaultCode
}

/** Regions of which a body has two, in French and English, without accents. Plurals in s are taken too. */
const PAIRED = new Set(
  (
    'epaule shoulder clavicule clavicle omoplate scapula bras arm humerus coude elbow avantbras forearm ' +
    'radius ulna cubitus poignet wrist main hand scaphoide scaphoid doigt finger pouce thumb hanche hip cuisse thigh ' +
    'femur genou genoux knee rotule patella jambe leg tibia fibula perone mollet calf cheville ankle pied foot feet ' +
    'calcaneum calcaneus talon heel orteil toe sein breast mammographie mammography orbite orbit oeil eye oreille ear ' +
    'rocher mastoide mastoid testicule testicle rein kidney'
  ).split(' '),
)

/** True for a region whose side must be named (domain.md: the form carries region and laterality). */
export function isPaired(region: string): boolean {
  return searchable([region])
    .trim()
    .split(' ')
    .some(word => PAIRED.has(word) || (word.endsWith('s') && PAIRED.has(word.slice(0, -1))))
}

/** Whole years between a birth date (YYYY-MM-DD) and a day (YYYY-MM-DD); undefined when either is unknown. */
export function ageYears(birthDate: string, today: string): number | undefined {
  const birth = dateParts(birthDate)
  const day = dateParts(today.slice(0, 10))
  if (birth === undefined || day === undefined) return undefined
  const beforeBirthday = day.month < birth.month || (day.month === birth.month && day.day < birth.day)
  return Math.max(0, day.year - birth.year - (beforeBirthday ? 1 : 0))
}

function dateParts(text: string): { year: number; month: number; day: number } | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  return { year, month, day }
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

const blank = (text: string | undefined) => text === undefined || text.trim() === ''
const MAX_AGE_YEARS = 130
const PHONE_DIGITS_MIN = 6

/**
 * What keeps a form from being submitted, in the form's order. `today` is YYYY-MM-DD.
 * A draft may be incomplete; a submitted request never is.
 */
export function formFaults(form: NewRequest, today: string): FormFault[] {
  const faults: FormFault[] = []
  const fault = (path: string, code: FormFaultCode) => faults.push({ path, code })

  for (const path of ['modality', 'region', 'question', 'identityCheckedBy'] as const)
    if (blank(form[path])) fault(path, 'required')
  if (isPaired(form.region) && (form.laterality === undefined || form.laterality === 'none'))
    fault('laterality', 'laterality-required')
  if (needsPacemaker(form) && form.risks?.pacemaker === undefined) fault('risks.pacemaker', 'pacemaker')
  if (needsPregnancy(form, today) && form.risks?.pregnancy === undefined)
    fault('risks.pregnancy', 'pregnancy')
  if (needsContrastRisks(form))
    for (const risk of ['allergy', 'renal'] as const)
      if (blank(form.risks?.[risk])) fault(`risks.${risk}`, 'contrast-risk')
  if (blank(form.requester.name)) fault('requester.name', 'required')
  if ((form.requester.phone.match(/\d/g) ?? []).length < PHONE_DIGITS_MIN) fault('requester.phone', 'phone')
  for (const path of ['id', 'issuer', 'family'] as const)
    if (blank(form.patient[path])) fault(`patient.${path}`, 'required')
  faults.push(...birthDateFaults(form.patient, today))
  if (form.responsible !== undefined && blank(form.responsible.name)) fault('responsible.name', 'required')
  if (isExplained(form.identityCheck) === false) fault('identityCheck.note', 'required')
  if ('exception' in form.consent && blank(form.consent.exception)) fault('consent.exception', 'consent')
  // Nobody is examined by telemedicine against their will: it is written down and stays a draft.
  if ('opposition' in form.consent) fault('consent', 'opposition')
  return faults
}

/** A patient who is not named yet (provisional identity) may have no birth date; nobody else. */
function birthDateFaults(patient: PatientView, today: string): FormFault[] {
  const path = 'patient.birthDate'
  if (patient.birthDate === '')
    return patient.identityStatus === 'provisional' ? [] : [{ path, code: 'required' }]
  if (dateParts(patient.birthDate) === undefined) return [{ path, code: 'date' }]
  if (patient.birthDate > today) return [{ path, code: 'future' }]
  if ((ageYears(patient.birthDate, today) ?? 0) > MAX_AGE_YEARS) return [{ path, code: 'too-old' }]
  return []
}

/** "Told by" and "otherwise" say by whom, or how; undefined where nothing was said at all. */
function isExplained(check: NewRequest['identityCheck']): boolean | undefined {
  if (check === undefined) return undefined
  return check.how === 'bracelet' || check.how === 'document' || !blank(check.note)
}

/** The exam is still to be done, and there is time to ask: an emergency is decided at the bedside, an opinion is no exam. */
const mayStillAsk = (form: NewRequest) =>
  form.kind === 'reading' && form.urgency !== 'emergency' && (form.studies ?? []).length === 0

/** Before an MR somebody must have asked about a pacemaker. */
function needsPacemaker(form: NewRequest): boolean {
  return form.modality === 'MR' && mayStillAsk(form)
}

const IONISING = new Set(['CT', 'CR', 'DX', 'MG', 'XA', 'RF', 'PT', 'NM'])
const CHILDBEARING_YEARS = { from: 12, to: 55 }

/** Before rays, a woman who may be pregnant must have been asked; "unknown" is an answer. */
function needsPregnancy(form: NewRequest, today: string): boolean {
  const age = ageYears(form.patient.birthDate, today)
  return (
    mayStillAsk(form) &&
    IONISING.has(form.modality) &&
    form.patient.sex === 'F' &&
    age !== undefined &&
    age >= CHILDBEARING_YEARS.from &&
    age <= CHILDBEARING_YEARS.to
  )
}

const ANGIOGRAPHY = / (angio\w*|arteriograph\w*|phlebograph\w*|coroscan\w*|coronarograph\w*)/

/** Before a contrast product, kidneys and allergies must be known; vessels are shown by nothing else. */
function needsContrastRisks(form: NewRequest): boolean {
  const shows = form.modality === 'CT' || form.modality === 'MR'
  const angiography = form.modality === 'XA' || (shows && ANGIOGRAPHY.test(searchable([form.region])))
  return mayStillAsk(form) && (angiography || (shows && form.contrast === 'yes'))
}

/** The identity of a study, as far as it is known; empty strings are unknown. */
export interface StudyIdentity {
  PatientID: string
  IssuerOfPatientID: string
  /** YYYY-MM-DD or empty */
  birthDate: string
}

/**
 * True when a study may belong to the request's patient: identity is (Patient ID, issuer), and a birth date
 * that differs speaks against it. What the study does not say cannot contradict.
 */
export function identityFits(patient: PatientView, study: StudyIdentity): boolean {
  const differs = (known: string, asked: string) => known !== '' && asked !== '' && known !== asked
  return (
    !differs(study.PatientID, patient.id) &&
    !differs(study.IssuerOfPatientID, patient.issuer) &&
    !differs(study.birthDate, patient.birthDate)
  )
}
