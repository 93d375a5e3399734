import { Split, TriangleAlert, UserRoundX } from 'lucide-react'
import { Link } from 'wouter'
import type { GapView, IdentityDoubtView, StudyView } from '../../node/studies/view.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { studies as words } from '../words/studies.js'
import { useWords } from '../words/words.js'
import styles from './Doubts.module.css'
import { birthOf, nameOf } from './patient.js'

/** What a person must look at before they trust a study: another identity, an undecided conflict. */
export function Doubts({ study }: { study: StudyView }) {
  const t = useWords(words)
  const { can } = useSession()
  if (!study.identityDoubt && study.conflicts === 0) return null
  return (
    <section className={styles.doubts}>
      {study.identityDoubt ? <IdentityDoubt doubt={study.identityDoubt} /> : null}
      {study.conflicts > 0 ? (
        <p className={styles.doubt}>
          <Split size={16} aria-hidden />
          <span>
            <b>{t('conflicts', { n: study.conflicts })}</b> {t('conflicts.text')}{' '}
            {can('conflict.see') ? (
              <Link href={`/conflicts?study=${study.StudyInstanceUID}`}>{t('conflicts.open')}</Link>
            ) : null}
          </span>
        </p>
      ) : null}
    </section>
  )
}

/** Said with both names, so that whoever reads it can judge. */
export function IdentityDoubt({ doubt }: { doubt: IdentityDoubtView }) {
  const t = useWords(words)
  const format = useFormats()
  const of = (person: { PatientName: string; PatientBirthDate: string; PatientSex: string }) => ({
    name: nameOf(person) || t('unknown'),
    born: birthOf(person, format, sex => t(`sex.${sex}`)),
  })
  return (
    <div className={styles.doubt} role="note">
      <UserRoundX size={16} aria-hidden />
      <span>
        <b>{t('doubt')}</b>
        {doubt.known ? <span className={styles.line}>{t('doubt.known', of(doubt.known))}</span> : null}
        {doubt.others.map(other => (
          <span
            key={`${other.IssuerOfPatientID} ${other.PatientID} ${other.PatientName}`}
            className={styles.line}
          >
            {t('doubt.other', { id: other.PatientID || '–', ...of(other) })}
          </span>
        ))}
      </span>
    </div>
  )
}

/** Which images are not here, by series and number. */
export function Gaps({ gaps }: { gaps: readonly GapView[] }) {
  const t = useWords(words)
  if (gaps.length === 0) return null
  return (
    <div className={styles.gaps}>
      <b>
        <TriangleAlert size={14} aria-hidden /> {t('gaps')}
      </b>
      <ul>
        {gaps.map(gap => (
          <li key={gap.SeriesInstanceUID}>
            <span>
              {t('gap.series', { number: gap.SeriesNumber || '–' })}{' '}
              <small>{[gap.Modality, gap.SeriesDescription].filter(Boolean).join(' · ')}</small>
            </span>
            <span>
              {t('gap.line', { missing: gap.missing, expected: gap.expected })}
              {gap.numbers ? <small> {t('gap.numbers', { numbers: gap.numbers })}</small> : null}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
