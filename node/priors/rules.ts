import { regionsIn, sideIn } from '../body-regions.js'
import type { PriorReason } from './view.js'

/** What is to be read. */
export interface Exam {
  /** YYYYMMDD; the day of the request where the exam is not done yet. */
  date: string
  modalities: readonly string[]
  /** Region, description, body part: whatever says where. */
  words: readonly string[]
  side?: 'right' | 'left'
}

/** An earlier study, as a PACS lists it. */
export interface EarlierStudy {
  StudyDate: string
  ModalitiesInStudy: readonly string[]
  StudyDescription: string
}

export interface Ranked<Study> {
  study: Study
  score: number
  /** Strongest first. */
  why: PriorReason[]
}

/** Modalities a reader lays beside each other. */
const comparable: readonly (readonly string[])[] = [
  ['CT', 'PT'],
  ['CT', 'MR'],
  ['CR', 'DX', 'RF', 'CT'],
  ['MG', 'US', 'MR'],
  ['US', 'CT', 'MR'],
  ['XA', 'CT', 'MR'],
  ['NM', 'PT', 'CT'],
]
const radiographs = ['CR', 'DX', 'RG']
/** About images rather than images. */
const noImages = new Set(['SR', 'PR', 'KO', 'DOC', 'REG', 'SEG', 'OT', 'AU'])

/**
 * Earlier studies of the patient, the most useful first: same region before same modality before recent. A study that
 * shows neither the region nor anything comparable is not worth its time; what is newer than the exam is no prior.
 */
export function rankPriors<Study extends EarlierStudy>(
  exam: Exam,
  studies: readonly Study[],
  limits: { years: number },
): Ranked<Study>[] {
  return studies
    .flatMap(study => {
      const months = monthsBetween(study.StudyDate, exam.date)
      if (months === undefined || months < 0 || months > limits.years * 12) return []
      const ranked = scored(exam, study, months)
      return ranked === undefined ? [] : [ranked]
    })
    .sort((a, b) => b.score - a.score || (a.study.StudyDate < b.study.StudyDate ? 1 : -1))
}

function scored<Study extends EarlierStudy>(
  exam: Exam,
  study: Study,
  months: number,
): Ranked<Study> | undefined {
  const why: PriorReason[] = []
  let score = 0
  const wanted = regionsIn(...exam.words)
  const shown = regionsIn(study.StudyDescription)
  const same = wanted.find(({ id }) => shown.some(each => each.id === id))
  const near = wanted.find(({ area }) => shown.some(each => each.area === area))
  if (same) {
    score += 60
    why.push({ code: 'same-region', region: same.id })
  } else if (near) {
    score += 30
    why.push({ code: 'near-region', region: near.id })
  } else if (wanted.length > 0 && shown.length > 0) return undefined
  const side = exam.side ?? sideIn(...exam.words)
  const otherSide = sideIn(study.StudyDescription)
  if ((same || near) && side !== undefined && otherSide !== undefined) {
    score += side === otherSide ? 10 : -20
    why.push({ code: side === otherSide ? 'same-side' : 'other-side' })
  }
  const images = study.ModalitiesInStudy.filter(modality => !noImages.has(modality))
  const modality = images.find(each => exam.modalities.some(own => isSame(own, each)))
  const other = images.find(each => exam.modalities.some(own => isComparable(own, each)))
  if (modality !== undefined) {
    score += 25
    why.push({ code: 'same-modality', modality })
  } else if (other !== undefined) {
    score += 12
    why.push({ code: 'comparable-modality', modality: other })
  }
  // Neither where nor how: nothing says that it helps.
  if (why.length === 0 || images.length === 0) return undefined
  score += Math.max(0, 15 - Math.floor(months / 6))
  why.push({ code: months <= 24 ? 'recent' : 'old', months })
  return { study, score, why }
}

function isSame(a: string, b: string): boolean {
  return a === b || (radiographs.includes(a) && radiographs.includes(b))
}

function isComparable(a: string, b: string): boolean {
  return comparable.some(group => group.includes(a) && group.includes(b))
}

/** Whole months from one DA to another; negative where the first is later, undefined where one is no date. */
export function monthsBetween(from: string, to: string): number | undefined {
  const [a, b] = [from, to].map(date => /^(\d{4})(\d{2})(\d{2})$/.exec(date))
  if (!a || !b) return undefined
  const [days, months, years] = [3, 2, 1].map(part => Number(b[part]) - Number(a[part])) as [
    number,
    number,
    number,
  ]
  return years * 12 + months - (days < 0 ? 1 : 0)
}

/**
 * Whether a PACS's answer shows the same person: number and issuer are the same, and birth date and sex do not
 * contradict where both are known. The same number at another issuer is another person.
 */
export function isSamePatient(
  patient: { id: string; issuer: string; birthDate: string; sex: string },
  found: { PatientID: string; IssuerOfPatientID: string; PatientBirthDate: string; PatientSex: string },
): boolean {
  const differ = (a: string, b: string) => a !== '' && b !== '' && a !== b
  const sexes = new Set(['F', 'M'])
  return (
    patient.id !== '' &&
    found.PatientID === patient.id &&
    found.IssuerOfPatientID === patient.issuer &&
    !differ(patient.birthDate.replaceAll('-', ''), found.PatientBirthDate) &&
    !(sexes.has(patient.sex) && sexes.has(found.PatientSex) && patient.sex !== found.PatientSex)
  )
}
