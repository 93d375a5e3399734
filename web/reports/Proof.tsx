import type { DeliveryView, ReportView } from '../../node/reports/view.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './Proof.module.css'

/** Every signed version with its digest, and who received it. */
export function Proof({ report }: { report: ReportView }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const how = (delivery: DeliveryView) =>
    t(`delivery.${delivery.state}`, { by: delivery.by ?? '', reason: delivery.reason ?? '' })
  return (
    <div className={styles.proof}>
      {report.versions.length > 0 ? (
        <section>
          <h2>{t('page.versions')}</h2>
          <ul>
            {report.versions.toReversed().map(version => (
              <li key={version.version}>
                <span>
                  {t('page.version', { version: version.version, kind: t(`kind.${version.kind}`) })}
                  {version.difference ? ` (${t(`difference.${version.difference}`)})` : ''} ·{' '}
                  {version.signer.name} ·{' '}
                  <span title={formats.exact(version.signedAt)}>{formats.dateTime(version.signedAt)}</span> ·{' '}
                  <a
                    href={`/api/reports/${report.id}/pdf?version=${version.version}`}
                    target="_blank"
                    rel="noopener"
                  >
                    {t('page.pdf')} {version.version}
                  </a>
                </span>
                <small>
                  {t('page.digest')} <span className="code">{version.digest}</span>
                </small>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {report.deliveries.length > 0 ? (
        <section>
          <h2>{t('page.deliveries')}</h2>
          <ul>
            {report.deliveries.toReversed().map(delivery => (
              <li key={`${delivery.version} ${delivery.channel} ${delivery.recipient}`}>
                <span>
                  {report.versions.length > 1
                    ? `${t('delivery.version', { version: delivery.version })} · `
                    : ''}
                  {delivery.recipient} · {t(`channel.${delivery.channel}`)} · {how(delivery)}
                  {delivery.at ? ` · ${formats.moment(delivery.at)}` : ''}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  )
}
