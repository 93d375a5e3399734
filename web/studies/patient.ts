import type { StudyRow } from '../../node/studies/view.js'
import type { Formats } from '../words/format.js'

/** ESSAI^Zoé → ESSAI Zoé */
export function nameOf(study: Pick<StudyRow, 'PatientName'>): string {
  return study.PatientName.replace(/\^+/g, ' ').trim()
}

/** Birth date, age and sex in one line; what is not known is left out. */
export function birthOf(
  study: Pick<StudyRow, 'PatientBirthDate' | 'PatientSex'>,
  format: Formats,
  sexes: (sex: 'F' | 'M' | 'O') => string,
): string {
  const { PatientBirthDate: born, PatientSex: sex } = study
  return [format.day(born), format.age(born), sex === 'F' || sex === 'M' || sex === 'O' ? sexes(sex) : '']
    .filter(Boolean)
    .join(' · ')
}
