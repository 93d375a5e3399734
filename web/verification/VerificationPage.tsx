import { CircleCheck, TriangleAlert } from 'lucide-react'
import { useParams } from 'wouter'
import type { VerificationView } from '../../node/reports/view.js'
import { useData } from '../api/data.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useTitle } from '../shell/title.js'
import { useFormats } from '../words/format.js'
import { verificationWords } from '../words/verification.js'
import { useWords } from '../words/words.js'
import styles from './Verification.module.css'

/** /v/:code, for whoever holds a printed report: whether it is in force. It says nothing of whom it is about. */
export default function VerificationPage() {
  const t = useWords(verificationWords)
  const { code = '' } = useParams()
  const asked = useData<VerificationView>(['verification', code], `/api/verification/${code}`)
  useTitle(t('title'))
  const found = asked.data
  return (
    <main className={styles.page}>
      <h1>{t('title')}</h1>
      <p className="code">{code}</p>
      {asked.error?.code === 'missing' ? (
        <section className={styles.answer} data-good="false" role="status">
          <TriangleAlert aria-hidden="true" />
          <h2>{t('unknown')}</h2>
          <p>{t('unknown.text')}</p>
        </section>
      ) : asked.error ? (
        <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : !found ? (
        <Skeleton lines={4} />
      ) : (
        <Answer found={found} />
      )}
      <p className="second">{t('privacy')}</p>
    </main>
  )
}

function Answer({ found }: { found: VerificationView }) {
  const t = useWords(verificationWords)
  const formats = useFormats()
  const isGood = found.state === 'valid'
  return (
    <section className={styles.answer} data-good={isGood} role="status">
      {isGood ? <CircleCheck aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
      <h2>{t(`state.${found.state}`)}</h2>
      <p>{t(`state.${found.state}.text`, { newest: found.newest })}</p>
      <dl>
        <dt>{t('version')}</dt>
        <dd>{t('version.of', { version: found.version, newest: found.newest })}</dd>
        {found.signedAt ? (
          <>
            <dt>{t('signed')}</dt>
            <dd>{formats.exact(found.signedAt)}</dd>
          </>
        ) : null}
        <dt>{t('digest')}</dt>
        <dd className="code">{found.digest}</dd>
      </dl>
    </section>
  )
}
