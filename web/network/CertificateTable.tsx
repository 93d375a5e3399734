import { ShieldCheck, TriangleAlert } from 'lucide-react'
import { Link } from 'wouter'
import type { CertificateView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Network.module.css'

const tones: Record<CertificateView['state'], Tone> = { good: 'ok', near: 'near', over: 'late' }

/** What proves this node and its peers to one another, and how long it still does. */
export function CertificateTable() {
  const t = useWords(words)
  const format = useFormats()
  const certificates = useData<ListView<CertificateView>>(['certificates'], '/api/certificates')
  if (certificates.error)
    return (
      <ErrorBox
        title={t('trouble')}
        trouble={certificates.error}
        onRetry={() => void certificates.refetch()}
      />
    )
  if (!certificates.data) return <Skeleton lines={4} height={36} />
  return (
    <>
      <p className="second">{t('certificates.intro')}</p>
      <div className={styles.list}>
        <Table caption={t('certificates.caption')}>
          <Head columns={[t('column.holder'), t('column.until'), t('column.fingerprint')]} />
          <tbody>
            {certificates.data.items.map(({ holder, peer, subject, fingerprint, until, days, state }) => (
              <tr key={`${holder} ${fingerprint}`}>
                <th scope="row" className={styles.name}>
                  {peer ? (
                    <Link href={`/network/peers/${encodeURIComponent(peer)}`}>{peer}</Link>
                  ) : (
                    t(`holder.${holder}`)
                  )}
                  <span className={styles.under}>{subject}</span>
                </th>
                <td>
                  <Tag
                    tone={tones[state]}
                    icon={
                      state === 'good' ? (
                        <ShieldCheck size={14} aria-hidden />
                      ) : (
                        <TriangleAlert size={14} aria-hidden />
                      )
                    }
                  >
                    {state === 'over' ? t('certificate.over') : t('certificate.left', { n: days })}
                  </Tag>
                  <span className={styles.under}>{format.exact(until)}</span>
                </td>
                <td className={`code ${styles.fingerprint}`}>{fingerprint}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      </div>
    </>
  )
}
