import { History } from 'lucide-react'
import { Link } from 'wouter'
import type { RequestRow } from '../../node/requests/view.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Former.module.css'

/** Says plainly that what is shown is how things stood, and why there is no more. */
export function Former({ request, since }: { request: RequestRow; since: string }) {
  const t = useWords(requestWords)
  const formats = useFormats()
  return (
    <aside className={styles.former}>
      <History size={18} aria-hidden />
      <div>
        <strong title={formats.exact(since)}>{t('former.title', { at: formats.dateTime(since) })}</strong>
        <p>{t('former.text')}</p>
        {request.report ? <Link href={`/reports/${request.report.id}`}>{t('former.draft')}</Link> : null}
      </div>
    </aside>
  )
}
