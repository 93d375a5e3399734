import type { ReportView, Sections } from '../../node/reports/view.js'
import { useInWords } from '../requests/in-words.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { sectionNames } from './draft.js'
import { KeyImages } from './KeyImages.js'
import styles from './ReportText.module.css'

/**
 * A report as it reads. `signed`: in the order it is signed, whole, with the patient's identity over it. `answer`: the
 * conclusion first, for whoever waits for it.
 */
export function ReportText({
  report,
  sections,
  order,
  keyImages,
}: {
  report: ReportView
  sections: Sections
  order: 'signed' | 'answer'
  /** Below the text, as they are printed. */
  keyImages?: Pick<Parameters<typeof KeyImages>[0], 'images' | 'src'>
}) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const inWords = useInWords()
  const names =
    order === 'answer' ? (['conclusion', 'indication', 'technique', 'results'] as const) : sectionNames
  return (
    <div className={styles.report}>
      {order === 'signed' ? (
        <header className={styles.head}>
          {report.state === 'preliminary' ? (
            <strong className={styles.stamp}>{t('page.preliminary')}</strong>
          ) : null}
          <strong>{inWords.name(report.patient)}</strong>
          <span className="second">{inWords.identity(report.patient)}</span>
          <span>
            {inWords.exam({
              modality: report.exam.modality,
              region: report.exam.region,
              ...(isSide(report.exam.laterality) ? { laterality: report.exam.laterality } : {}),
            })}
            {report.exam.date ? ` · ${formats.day(report.exam.date)}` : ''} · {report.siteName}
          </span>
          <span className="second">{t('page.requester', { name: report.requester.name })}</span>
        </header>
      ) : null}
      {report.gaps.length > 0 && order === 'signed' ? (
        <div className={styles.gaps}>
          <strong>{t('page.gaps')}</strong>
          {report.gaps.map(gap => (
            <p key={gap}>{gap}</p>
          ))}
        </div>
      ) : null}
      {names.map(name => (
        <section
          key={name}
          className={order === 'answer' && name === 'conclusion' ? styles.conclusion : styles.section}
        >
          <h2 className={styles.heading}>{t(`section.${name}`)}</h2>
          {sections[name].trim() ? (
            <p className={styles.text}>{sections[name]}</p>
          ) : (
            <p className="third">{t('section.empty')}</p>
          )}
        </section>
      ))}
      {keyImages ? <KeyImages {...keyImages} /> : null}
    </div>
  )
}

export function isSide(text: string | undefined): text is 'right' | 'left' | 'both' | 'none' {
  return text === 'right' || text === 'left' || text === 'both' || text === 'none'
}
