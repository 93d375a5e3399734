import { OctagonX, TriangleAlert } from 'lucide-react'
import type { RequestRow } from '../../node/requests/view.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './ErrorNote.module.css'

type Ask = NonNullable<RequestRow['errorAsk']>

/** What the first of the two persons said. */
export function ErrorAsked({ ask }: { ask: Ask }) {
  const t = useWords(requestWords)
  const formats = useFormats()
  return (
    <>
      <p className={styles.reason}>« {ask.reason} »</p>
      <p className="second">
        {[ask.by, formats.moment(ask.at), ask.images === 'withdraw' ? t('error.images') : '']
          .filter(Boolean)
          .join(' · ')}
      </p>
    </>
  )
}

/** Above everything else of a request that somebody takes for an error, or that was one. */
export function ErrorNote({ request, ask }: { request: RequestRow; ask: Ask }) {
  const t = useWords(requestWords)
  const isVoid = request.state === 'entered-in-error'
  const Icon = isVoid ? OctagonX : TriangleAlert
  return (
    <section className={`card ${styles.note} ${isVoid ? styles.void : ''}`} role={isVoid ? 'alert' : 'note'}>
      <Icon size={20} aria-hidden="true" />
      <div>
        <strong>{isVoid ? t('error.void') : t('error.asked', { by: ask.by })}</strong>
        <ErrorAsked ask={ask} />
        {isVoid ? null : <p className="second">{t('error.second')}</p>}
      </div>
    </section>
  )
}
