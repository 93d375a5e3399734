import { Link } from 'wouter'
import type { RequestCandidate, RequestView } from '../../node/requests/view.js'
import type { StudyView } from '../../node/studies/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useInWords } from '../requests/in-words.js'
import { Differences } from '../requests/Links.js'
import { useSession } from '../session.js'
import { linkWords } from '../words/links-to-studies.js'
import { useWords } from '../words/words.js'
import styles from './Studies.module.css'

/** Requests that may have asked for this study: one that says the same is linked here, the others on their page. */
export function Possible({ study }: { study: StudyView }) {
  const t = useWords(linkWords)
  const inWords = useInWords()
  const { session, can } = useSession()
  const mayLink = can('request.link') && study.site === session.account.site
  const path = `/api/studies/${study.StudyInstanceUID}/candidates`
  const found = useData<{ items: RequestCandidate[] }>(['requests', 'candidates'], mayLink ? path : null)
  const link = useAct<RequestView, string>(
    id => ({
      method: 'POST',
      path: `/api/requests/${id}/studies`,
      body: { StudyInstanceUID: study.StudyInstanceUID },
    }),
    { refresh: [['requests'], ['studies']] },
  )
  const items = found.data?.items ?? []
  if (!mayLink || items.length === 0) return null
  return (
    <section className="card">
      <h2 className={styles.inner}>{t('requests.title')}</h2>
      <ul className={styles.origins}>
        {items.map(request => (
          <li key={request.id}>
            <Link href={`/requests/${request.id}`}>{request.reference}</Link>{' '}
            {inWords.exam({ modality: request.modality, region: request.region })}
            <span className={styles.under}>{inWords.name(request.patient)}</span>
            <Differences differences={request.differences} />
            {request.differences.length === 0 ? (
              <Button size="s" busy={link.isPending} onPress={() => link.mutate(request.id)}>
                {t('requests.link', { reference: request.reference })}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {link.error ? <ErrorBox trouble={link.error} /> : null}
    </section>
  )
}
