import type { ReportView } from '../../node/reports/view.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './ReportPage.module.css'

/** Who knows a version that is no longer in force, until they say that they know the one that is. */
export function Unaware({ report: { unaware } }: { report: ReportView }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  if (unaware.length === 0) return null
  return (
    <section className={styles.unaware}>
      <h2>{t('unaware.title')}</h2>
      <p className="second">{t('unaware.lead')}</p>
      <ul>
        {unaware.map(one => (
          <li key={`${one.name} ${one.version} ${one.at}`}>
            {t(one.phoned ? 'unaware.phoned' : 'unaware.read', {
              name: one.name,
              version: one.version,
              at: formats.moment(one.at),
            })}
          </li>
        ))}
      </ul>
    </section>
  )
}
