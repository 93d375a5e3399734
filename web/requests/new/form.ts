import type { SessionView } from '../../../node/accounts/view.js'
import type {
  ConsentView,
  IdentityCheckView,
  Informed,
  Laterality,
  NewRequest,
  PatientView,
  RequestView,
  RisksView,
  Urgency,
} from '../../../node/requests/view.js'
import type { StudySearchView } from '../../../node/studies/view.js'
import { dayOf, isoOf } from '../../words/time.js'
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
  contrast: NonNullable<NewRequest['contrast']> | ''
  /** Minutes as text; '' is what the contract promises. */
  wanted: string
  family: string
  given: string
  birthName: string
  usedName: string
  givenNames: string
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
  rpps: string
  responsibleName: string
  responsiblePhone: string
  identityCheckedBy: string
  checkHow: IdentityCheckView['how'] | ''
  checkNote: string
  consent: 'given' | 'exception' | 'opposition' | ''
  informed: Informed | ''
  informedBy: string
  exception: string
  opposition: string
  identityDifference: string
  /** When it was asked for on paper, as it is typed; absent where it is asked now. */
  paperAt?: string | undefined
  paperNumber: string
  /** Something alike is known already: seen on the screen, and gone past for a reason. */
  similar: boolean
  similarReason: string
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
    contrast: '',
    wanted: '',
    family: '',
    given: '',
    birthName: '',
    usedName: '',
    givenNames: '',
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
    rpps: '',
    responsibleName: account.role === 'referrer' ? account.name : '',
    responsiblePhone: '',
    identityCheckedBy: '',
    checkHow: '',
    checkNote: '',
    consent: '',
    informed: '',
    informedBy: '',
    exception: '',
    opposition: '',
    identityDifference: '',
    paperNumber: '',
    similar: false,
    similarReason: '',
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
    ...(form.contrast ? { contrast: form.contrast } : {}),
    ...(form.wanted ? { wantedWithinMinutes: Number(form.wanted) } : {}),
    requester: {
      name: form.requesterName.trim(),
      phone: form.phone.trim(),
      ...optional('service', form.service),
      ...optional('rpps', form.rpps),
    },
    ...(form.responsibleName.trim()
      ? {
          responsible: {
            name: form.responsibleName.trim(),
            ...optional('phone', form.responsiblePhone),
          },
        }
      : {}),
    patient: {
      id: form.patientId.trim(),
      issuer: form.issuer.trim(),
      family: form.family.trim(),
      given: form.given.trim(),
      ...optional('birthName', form.birthName),
      ...optional('usedName', form.usedName),
      ...optional('givenNames', form.givenNames),
      birthDate: form.birthDate,
      sex: form.sex || 'U',
      ...(form.identityStatus ? { identityStatus: form.identityStatus } : {}),
    },
    ...(form.studies.length > 0 ? { studies: form.studies.map(study => study.StudyInstanceUID) } : {}),
    ...optional('identityDifference', form.identityDifference),
    ...optional('similarReason', form.similar ? form.similarReason : ''),
    identityCheckedBy: form.identityCheckedBy.trim(),
    ...(form.checkHow ? { identityCheck: { how: form.checkHow, ...optional('note', form.checkNote) } } : {}),
    consent: consentOf(form),
    ...(form.paperAt
      ? { paper: { ...optional('number', form.paperNumber), happenedAt: isoOf(form.paperAt) } }
      : {}),
    submit: true,
  }
}

function consentOf(form: RequestForm): ConsentView {
  const by = optional('by', form.informedBy)
  if (form.consent === 'exception') return { exception: form.exception.trim(), ...by }
  if (form.consent === 'opposition') return { opposition: form.opposition.trim(), ...by }
  return { given: true, ...(form.informed ? { informed: form.informed } : {}), ...by }
}

export type Gap = 'required' | 'side' | 'phone' | 'exception' | 'risk' | 'opposition'

/** What keeps the form from being sent, seen without asking the node: path → which words. */
export function gapsOf(form: RequestForm, isDone = form.studies.length > 0): Map<string, Gap> {
  const gaps = new Map<string, Gap>()
  const need = (path: string, value: string, gap: Gap = 'required') => {
    if (!value.trim()) gaps.set(path, gap)
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
  const needs = needsOf(form, isDone)
  if (needs.pregnancy) need('risks.pregnancy', form.pregnancy, 'risk')
  if (needs.pacemaker) need('risks.pacemaker', form.pacemaker, 'risk')
  if (needs.contrast) {
    need('risks.allergy', form.allergy, 'risk')
    need('risks.renal', form.renal, 'risk')
  }
  need('requester.name', form.requesterName)
  if (form.phone.replace(/\D/g, '').length < 6) gaps.set('requester.phone', 'phone')
  need('responsible.name', form.responsibleName)
  need('identityCheckedBy', form.identityCheckedBy)
  need('identityCheck.how', form.checkHow)
  if (form.checkHow === 'told' || form.checkHow === 'other') need('identityCheck.note', form.checkNote)
  if (form.paperAt !== undefined) need('paper.happenedAt', form.paperAt)
  if (form.similar) need('similarReason', form.similarReason)
  need('consent', form.consent)
  if (form.consent === 'given') {
    need('consent.informed', form.informed)
    need('consent.by', form.informedBy)
  }
  if (form.consent === 'exception') need('consent.exception', form.exception, 'exception')
  if (form.consent === 'opposition') gaps.set('consent', 'opposition')
  return gaps
}

const ionising = new Set(['CT', 'CR', 'DX', 'MG', 'XA', 'RF', 'PT', 'NM'])

/** Which risks must be answered before this exam; the node decides again by the same rules. */
export function needsOf(
  form: RequestForm,
  isDone = form.studies.length > 0,
): { pregnancy: boolean; pacemaker: boolean; contrast: boolean } {
  const ahead = form.kind === 'reading' && !isDone && form.urgency !== 'emergency'
  const years = form.birthDate ? ageOn(form.birthDate) : undefined
  const shows = form.modality === 'CT' || form.modality === 'MR'
  const vessels =
    form.modality === 'XA' ||
    (shows && /angio|art[ée]riogra|phl[ée]bogra|coroscan|coronarogra/i.test(form.region))
  return {
    pregnancy:
      ahead &&
      ionising.has(form.modality) &&
      form.sex === 'F' &&
      years !== undefined &&
      years >= 12 &&
      years <= 55,
    pacemaker: ahead && form.modality === 'MR',
    contrast: ahead && (vessels || (shows && form.contrast === 'yes')),
  }
}

/** Whole years today. */
function ageOn(birthDate: string): number | undefined {
  const birth = dayOf(birthDate)
  if (!birth) return undefined
  const now = new Date()
  const before =
    now.getMonth() < birth.getMonth() ||
    (now.getMonth() === birth.getMonth() && now.getDate() < birth.getDate())
  return now.getFullYear() - birth.getFullYear() - (before ? 1 : 0)
}

/** The form of a request that exists, to be corrected. */
export function formOfRequest(request: RequestView, fresh: RequestForm): RequestForm {
  const { patient, risks, consent, identityCheck, responsible, requester } = request
  const pacemaker = risks?.pacemaker
  return {
    ...fresh,
    step: 'form',
    kind: request.kind,
    urgency: request.urgency,
    to: request.state === 'draft' ? (request.to ?? '') : '',
    modality: request.modality,
    region: request.region,
    laterality: request.laterality ?? '',
    question: request.question,
    context: request.context ?? '',
    accession: request.accession ?? '',
    contrast: request.contrast ?? '',
    wanted: request.wantedWithinMinutes === undefined ? '' : String(request.wantedWithinMinutes),
    family: patient.family,
    given: patient.given,
    birthName: patient.birthName ?? '',
    usedName: patient.usedName ?? '',
    givenNames: patient.givenNames ?? '',
    birthDate: patient.birthDate,
    sex: patient.sex,
    patientId: patient.id,
    issuer: patient.issuer,
    identityStatus: patient.identityStatus ?? '',
    allergy: risks?.allergy ?? '',
    renal: risks?.renal ?? '',
    pregnancy: risks?.pregnancy ?? '',
    pacemaker: pacemaker === undefined ? '' : pacemaker ? 'yes' : 'no',
    anticoagulants: risks?.anticoagulants ?? '',
    otherRisk: risks?.other ?? '',
    requesterName: requester.name,
    phone: requester.phone,
    service: requester.service ?? '',
    rpps: requester.rpps ?? '',
    responsibleName: responsible?.name ?? requester.name,
    responsiblePhone: responsible?.phone ?? '',
    identityCheckedBy: request.identityCheckedBy,
    checkHow: identityCheck?.how ?? '',
    checkNote: identityCheck?.note ?? '',
    consent: 'given' in consent ? 'given' : 'exception' in consent ? 'exception' : 'opposition',
    informed: 'given' in consent ? (consent.informed ?? '') : '',
    informedBy: consent.by ?? '',
    exception: 'exception' in consent ? consent.exception : '',
    opposition: 'opposition' in consent ? consent.opposition : '',
  }
}

export type FoundItem = StudySearchView['items'][number]
