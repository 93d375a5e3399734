import type { Clock } from '../clock.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { completenessOfStudy, identityDoubtOf, numberOf } from '../studies/views.js'
import type { StudyPort, StudySummary } from './ports.js'

/** Modalities that are about images rather than images. */
const NO_IMAGES = new Set(['SR', 'PR', 'KO', 'DOC', 'REG', 'SEG'])

/**
 * Studies as requests see them. `transferOf` says where a study stands at the destinations of its routes; without
 * it nothing is said.
 */
export function studyPort(options: {
  studies: Pick<Studies, 'byUid' | 'link' | 'unlink' | 'otherIdentities'>
  clock: Clock
  transferOf?: (study: string) => Promise<StudySummary['transfer']>
}): StudyPort {
  const { studies, clock, transferOf } = options
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
    link: studies.link,
    unlink: studies.unlink,
  }
}

function summaryOf(study: StudyRecord, now: number, confirmed: number | undefined): StudySummary {
  const modalities = study.modalities
    .split(' ')
    .filter(modality => modality !== '' && !NO_IMAGES.has(modality))
  return {
    id: study.id,
    StudyInstanceUID: study.uid,
    modality: modalities.join(' + '),
    description: study.description,
    date: isoDate(study.date),
    ...(study.accession === '' ? {} : { accession: study.accession }),
    completeness: completenessOfStudy(study, now, confirmed),
    identity: {
      PatientID: numberOf(study.patient_id),
      IssuerOfPatientID: study.issuer,
      birthDate: isoDate(study.birth_date),
    },
  }
}

/** A DICOM date (DA) as YYYY-MM-DD; empty when it is none. */
function isoDate(date: string): string {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : ''
}
