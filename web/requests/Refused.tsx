import { CircleAlert, CircleCheck } from 'lucide-react'
import type { RequestView } from '../../node/requests/view.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { refusalWords } from '../words/refusals.js'
import { requestDialogWords } from '../words/request-dialogs.js'
import { useWords } from '../words/words.js'
import styles from './Refused.module.css'

/** Why nobody reads it, what is proposed instead, and whether somebody on the spot knows: the first thing to see. */
export function Refused({ request }: { request: RequestView }) {
  const t = useWords(refusalWords)
  const coded = useWords(requestDialogWords)
  const formats = useFormats()
  const refusal = request.timeline.findLast(({ fact }) => fact === 'request-refused')
  const read = request.timeline.findLast(({ fact }) => fact === 'request-refusal-acknowledged')
  if (request.state !== 'refused' || refusal === undefined) return null
  const { reason, alternative, code } = refusal.details
  const key = knownKey(requestDialogWords, 'code.', code ?? '')
  return (
    <section className={styles.refused} aria-label={t('title')}>
      <div className={styles.head}>
        <strong>{[t('title'), key ? coded(key) : ''].filter(Boolean).join(' · ')}</strong>
        <small className="second">
          {refusal.by} · {formats.moment(refusal.at)}
        </small>
      </div>
      <p className={styles.reason}>{reason}</p>
      {alternative ? (
        <p className={styles.instead}>
          <small>{t('alternative')}</small>
          {alternative}
        </p>
      ) : null}
      {read ? (
        <p className={`${styles.read} ${styles.known}`}>
          <CircleCheck size={16} aria-hidden />
          {t('read', { name: read.by, at: formats.moment(read.at) })}
          {read.details['text'] ? ` · ${read.details['text']}` : ''}
        </p>
      ) : request.urgency === 'emergency' && !request.formerSince ? (
        <p className={`${styles.read} ${styles.unknown}`}>
          <CircleAlert size={16} aria-hidden />
          {t('unread')}
        </p>
      ) : null}
    </section>
  )
}
