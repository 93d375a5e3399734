import type { Clock } from '../clock.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { completenessOfStudy, identityDoubtOf, numberOf } from '../studies/views.js'
import type { StudyTraits } from './matching.js'
import type { KnownExam, StudyPort, StudySummary } from './ports.js'

/** Modalities that are about images rather than images. */
const NO_IMAGES = new Set(['SR', 'PR', 'KO', 'DOC', 'REG', 'SEG'])

/**
 * Studies as requests see them. `transferOf` says where a study stands at the destinations of its routes; without
 * it nothing is said.
 */
export function studyPort(options: {
  studies: Pick<
    Studies,
    'byUid' | 'ofPatient' | 'candidates' | 'series' | 'link' | 'unlink' | 'otherIdentities'
  >
  clock: Clock
  transferOf?: (study: string) => Promise<StudySummary['transfer']>
  /** Exams that PACS listed for earlier requests. */
  listed?: StudyPort['ofPatient']
}): StudyPort {
  const { studies, clock, transferOf, listed } = options
  return {
    summaries: async (site, uids) => {
      const found = new Map<string, StudySummary>()
      for (const uid of uids) {
        const study = (await studies.byUid(uid)).find(record => record.site === site)
        if (study === undefined) continue
        const transfer = await transferOf?.(study.id)
        const others = (await studies.otherIdentities([study.id])).get(study.id) ?? []
        const doubt = identityDoubtOf(study, others)
        found.set(uid, {
          ...summaryOf(study, clock.now(), transfer?.confirmed),
          ...(transfer === undefined ? {} : { transfer }),
          ...(doubt === undefined ? {} : { identityDoubt: doubt }),
          ...(study.conflicts === 0 ? {} : { conflicts: study.conflicts }),
        })
      }
      return found
    },
    traits: async (site, uids) => {
      const found = new Map<string, StudyTraits & { accession: string }>()
      for (const uid of uids) {
        const study = (await studies.byUid(uid)).find(record => record.site === site)
        if (study === undefined) continue
        const series = (await studies.series(study.id)).filter(({ modality }) => !NO_IMAGES.has(modality))
        found.set(uid, {
          identity: identityOf(study),
          accession: study.accession,
          words: [
            study.description,
            ...series.flatMap(({ body_part, description }) => [body_part, description]),
          ],
          lateralities: series.map(({ laterality }) => laterality),
        })
      }
      return found
    },
    candidates: async (site, form) =>
      (
        await studies.candidates(site, {
          patientId: form.patient.id,
          issuer: form.patient.issuer,
          accession: form.accession ?? '',
          family: form.patient.family,
          birthDate: form.patient.birthDate.replaceAll('-', ''),
        })
      ).map(study => ({ ...examOf(study), accession: study.accession, patientName: study.name })),
    ofPatient: async (site, patient) => {
      const here = (await studies.ofPatient(site, patient)).map(examOf)
      const known = new Set(here.map(exam => exam.StudyInstanceUID))
      const elsewhere = (await listed?.(site, patient)) ?? []
      return [...here, ...elsewhere.filter(exam => !known.has(exam.StudyInstanceUID))]
    },
    link: studies.link,
    unlink: studies.unlink,
  }
}

const identityOf = (study: StudyRecord) => ({
  PatientID: numberOf(study.patient_id),
  IssuerOfPatientID: study.issuer,
  birthDate: isoDate(study.birth_date),
})

const imagesOf = (study: StudyRecord) =>
  study.modalities
    .split(' ')
    .filter(modality => modality !== '' && !NO_IMAGES.has(modality))
    .join(' + ')

const examOf = (study: StudyRecord): KnownExam => ({
  StudyInstanceUID: study.uid,
  modality: imagesOf(study),
  description: study.description,
  bodyPart: study.body_parts,
  date: isoDate(study.date),
  here: true,
})

function summaryOf(study: StudyRecord, now: number, confirmed: number | undefined): StudySummary {
  return {
    id: study.id,
    StudyInstanceUID: study.uid,
    modality: imagesOf(study),
    description: study.description,
    date: isoDate(study.date),
    ...(study.accession === '' ? {} : { accession: study.accession }),
    completeness: completenessOfStudy(study, now, confirmed),
    identity: identityOf(study),
  }
}

/** A DICOM date (DA) as YYYY-MM-DD; empty when it is none. */
function isoDate(date: string): string {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : ''
}
