import type { SessionView } from '../../../node/accounts/view.js'
import type { Laterality, NewRequest, PatientView, RisksView, Urgency } from '../../../node/requests/view.js'
import type { StudySearchView } from '../../../node/studies/view.js'
import { dayOf } from '../../words/time.js'
import { guessRegion, guessSide, isPaired } from './region.js'

/** A study of the search or of those already received, as the form needs it. */
export interface FoundStudy {
  StudyInstanceUID: string
  PatientID: string
  IssuerOfPatientID: string
  PatientName: string
  PatientBirthDate: string
  PatientSex: string
  StudyDate: string
  StudyDescription: string
  AccessionNumber: string
  ModalitiesInStudy: string[]
  /** What is known of its images; absent = the PACS does not say. */
  instances?: number
  here: boolean
}

/** All that is typed: flat, so that every change is one assignment and the whole is kept as it is. */
export interface RequestForm {
  step: 'find' | 'form'
  studies: FoundStudy[]
  kind: NewRequest['kind']
  urgency: Urgency | ''
  to: string
  modality: string
  region: string
  laterality: Laterality | ''
  question: string
  context: string
  accession: string
  family: string
  given: string
  birthName: string
  birthDate: string
  sex: PatientView['sex'] | ''
  patientId: string
  issuer: string
  identityStatus: NonNullable<PatientView['identityStatus']> | ''
  allergy: string
  renal: string
  pregnancy: NonNullable<RisksView['pregnancy']> | ''
  pacemaker: 'yes' | 'no' | ''
  anticoagulants: string
  otherRisk: string
  requesterName: string
  phone: string
  service: string
  identityCheckedBy: string
  consent: 'given' | 'exception' | ''
  exception: string
  identityDifference: string
}

export function emptyForm(account: SessionView['account'], issuer: string): RequestForm {
  return {
    step: 'find',
    studies: [],
    kind: 'reading',
    urgency: '',
    to: '',
    modality: '',
    region: '',
    laterality: '',
    question: '',
    context: '',
    accession: '',
    family: '',
    given: '',
    birthName: '',
    birthDate: '',
    sex: '',
    patientId: '',
    issuer,
    identityStatus: '',
    allergy: '',
    renal: '',
    pregnancy: '',
    pacemaker: '',
    anticoagulants: '',
    otherRisk: '',
    requesterName: account.name,
    phone: account.phone ?? '',
    service: '',
    identityCheckedBy: '',
    consent: '',
    exception: '',
    identityDifference: '',
  }
}

/** PS3.5 §6.2.1: family^given^middle^prefix^suffix, alphabetic group before `=`. */
export function personName(name: string): { family: string; given: string } {
  const [family = '', given = '', middle = ''] = (name.split('=')[0] ?? '').split('^')
  return { family: family.trim(), given: [given, middle].filter(Boolean).join(' ').trim() }
}

const isoDay = (text: string) => {
  const day = dayOf(text)
  return day ? text.replace(/^(\d{4})-?(\d{2})-?(\d{2}).*/, '$1-$2-$3') : ''
}

const readable = new Set(['CT', 'MR', 'CR', 'DX', 'US', 'MG', 'PT', 'NM', 'XA', 'RF'])

/** Everything the chosen studies know, so that nothing known is typed again. Fields already filled by hand stay. */
export function prefill(form: RequestForm, studies: FoundStudy[], language: 'fr' | 'en'): RequestForm {
  const first = studies[0]
  if (!first) return { ...form, studies, step: 'form' }
  const { family, given } = personName(first.PatientName)
  const region = guessRegion(first.StudyDescription, language)
  const sex = first.PatientSex
  return {
    ...form,
    step: 'form',
    studies,
    modality:
      first.ModalitiesInStudy.find(code => readable.has(code)) ?? first.ModalitiesInStudy[0] ?? form.modality,
    region: region || form.region,
    laterality: isPaired(region || form.region)
      ? guessSide(first.StudyDescription) || form.laterality
      : form.laterality,
    accession: first.AccessionNumber || form.accession,
    family,
    given,
    birthDate: isoDay(first.PatientBirthDate),
    sex: sex === 'F' || sex === 'M' || sex === 'O' ? sex : 'U',
    patientId: first.PatientID,
    issuer: first.IssuerOfPatientID || form.issuer,
  }
}

/** True when the chosen studies do not all carry the same patient. */
export function mixesPatients(studies: FoundStudy[]): boolean {
  return new Set(studies.map(study => `${study.PatientID}\n${study.IssuerOfPatientID}`)).size > 1
}

const optional = <Key extends string>(key: Key, value: string): Partial<Record<Key, string>> =>
  value.trim() ? ({ [key]: value.trim() } as Partial<Record<Key, string>>) : {}

/** The body of POST /api/requests. */
export function bodyOf(form: RequestForm, site: string): NewRequest {
  const risks: RisksView = {
    ...optional('allergy', form.allergy),
    ...optional('renal', form.renal),
    ...(form.pregnancy ? { pregnancy: form.pregnancy } : {}),
    ...(form.pacemaker ? { pacemaker: form.pacemaker === 'yes' } : {}),
    ...optional('anticoagulants', form.anticoagulants),
    ...optional('other', form.otherRisk),
  }
  return {
    kind: form.kind,
    urgency: form.urgency || 'routine',
    site,
    ...optional('to', form.to),
    modality: form.modality,
    region: form.region.trim(),
    ...(form.laterality
      ? { laterality: form.laterality }
      : isPaired(form.region)
        ? {}
        : { laterality: 'none' as const }),
    question: form.question.trim(),
    ...optional('context', form.context),
    ...(Object.keys(risks).length > 0 ? { risks } : {}),
    ...optional('accession', form.accession),
    requester: {
      name: form.requesterName.trim(),
      phone: form.phone.trim(),
      ...optional('service', form.service),
    },
    patient: {
      id: form.patientId.trim(),
      issuer: form.issuer.trim(),
      family: form.family.trim(),
      given: form.given.trim(),
      ...optional('birthName', form.birthName),
      birthDate: form.birthDate,
      sex: form.sex || 'U',
      ...(form.identityStatus ? { identityStatus: form.identityStatus } : {}),
    },
    ...(form.studies.length > 0 ? { studies: form.studies.map(study => study.StudyInstanceUID) } : {}),
    ...optional('identityDifference', form.identityDifference),
    identityCheckedBy: form.identityCheckedBy.trim(),
    consent: form.consent === 'exception' ? { exception: form.exception.trim() } : { given: true },
    submit: true,
  }
}

/** What keeps the form from being sent, seen without asking the node: path → which words. */
export function gapsOf(form: RequestForm): Map<string, 'required' | 'side' | 'phone' | 'exception'> {
  const gaps = new Map<string, 'required' | 'side' | 'phone' | 'exception'>()
  const need = (path: string, value: string) => {
    if (!value.trim()) gaps.set(path, 'required')
  }
  need('urgency', form.urgency)
  need('modality', form.modality)
  need('region', form.region)
  if (isPaired(form.region) && (form.laterality === '' || form.laterality === 'none'))
    gaps.set('laterality', 'side')
  need('question', form.question)
  need('patient.family', form.family)
  need('patient.id', form.patientId)
  need('patient.issuer', form.issuer)
  if (form.identityStatus !== 'provisional') need('patient.birthDate', form.birthDate)
  need('patient.sex', form.sex)
  need('requester.name', form.requesterName)
  if (form.phone.replace(/\D/g, '').length < 6) gaps.set('requester.phone', 'phone')
  need('identityCheckedBy', form.identityCheckedBy)
  need('consent', form.consent)
  if (form.consent === 'exception' && !form.exception.trim()) gaps.set('consent.exception', 'exception')
  return gaps
}

export type FoundItem = StudySearchView['items'][number]
