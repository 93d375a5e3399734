import type { PatientView, RequestRow, RequestView, RisksView } from '../../node/requests/view.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { requestFormWords } from '../words/request-form.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'

/** Facts of a request as a department says them. */
export function useInWords() {
  const t = useWords(requestWords)
  const f = useWords(requestFormWords)
  const formats = useFormats()

  const modality = (code: string) => {
    const key = knownKey(common, 'modality.short.', code)
    return key ? t(key) : code
  }

  return {
    modality,
    /** TDM CRANE SANS INJ; a description that begins with its modality says it once. */
    study: (study: { modality: string; description: string }) => {
      const short = modality(study.modality)
      const said = study.description.toUpperCase()
      return said.startsWith(`${short} `.toUpperCase()) || said.startsWith(`${study.modality} `)
        ? study.description
        : `${short} ${study.description}`.trim()
    },
    /** Scanner (CT): for choosing, where there is room for both; said once where the code is the word. */
    modalityChoice: (code: string) => {
      const key = knownKey(common, 'modality.', code)
      return key && t(key) !== code ? `${t(key)} (${code})` : code
    },
    /** FICTIF Amadou */
    name: (patient: Pick<PatientView, 'family' | 'given'>) =>
      [patient.family.toUpperCase(), patient.given].filter(Boolean).join(' '),
    /** 34 ans · M */
    ageAndSex: (patient: Pick<PatientView, 'birthDate' | 'sex'>) =>
      [patient.birthDate ? formats.age(patient.birthDate) : '', t(`sex.${patient.sex}`)]
        .filter(Boolean)
        .join(' · '),
    /** né le 12/03/1992 · M · INS qualifiée · IPP 004412 (SUD) */
    identity: (patient: PatientView) =>
      [
        patient.birthName && patient.birthName !== patient.family ? patient.birthName : '',
        patient.birthDate ? t(`born.${patient.sex}`, { date: formats.day(patient.birthDate) }) : '',
        patient.birthDate ? formats.age(patient.birthDate) : '',
        t(`sex.${patient.sex}`),
        patient.identityStatus ? t(`identity.${patient.identityStatus}`) : '',
        `${patient.id} (${patient.issuer})`,
      ]
        .filter(Boolean)
        .join(' · '),
    /** TDM · crâne · droite */
    exam: (row: Pick<RequestRow, 'modality' | 'region' | 'laterality'>) =>
      [
        modality(row.modality),
        row.region,
        row.laterality && row.laterality !== 'none' ? t(`laterality.${row.laterality}`) : '',
      ]
        .filter(Boolean)
        .join(' · '),
    risks: (risks: RisksView | undefined): string[] => {
      if (!risks) return []
      return [
        risks.allergy ? t('risk.allergy', { text: risks.allergy }) : '',
        risks.renal ? t('risk.renal', { text: risks.renal }) : '',
        risks.pregnancy ? t(`risk.pregnancy.${risks.pregnancy}`) : '',
        risks.pacemaker === undefined ? '' : t(risks.pacemaker ? 'risk.pacemaker.yes' : 'risk.pacemaker.no'),
        risks.anticoagulants ? t('risk.anticoagulants', { text: risks.anticoagulants }) : '',
        risks.other ?? '',
      ].filter(Boolean)
    },
    consent: (consent: RequestView['consent']) => {
      const by = consent.by ? f('told.by', { by: consent.by }) : ''
      const said =
        'exception' in consent
          ? t('consent.exception', { reason: consent.exception })
          : 'opposition' in consent
            ? f('told.opposition', { reason: consent.opposition })
            : consent.informed
              ? f('told.given', { who: f(`informed.${consent.informed}`) })
              : t('consent.given')
      return [said, by].filter(Boolean).join(' · ')
    },
  }
}
