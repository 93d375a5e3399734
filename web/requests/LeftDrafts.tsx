import { FilePen } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import type { ReportView } from '../../node/reports/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Former.module.css'

/** What colleagues had begun or signed before the request came to whoever looks: read it, or go on with it by name. */
export function LeftDrafts({ request }: { request: RequestView }) {
  const t = useWords(requestWords)
  const formats = useFormats()
  const toasts = useToasts()
  const [, go] = useLocation()
  const take = useAct<ReportView, string>(
    report => ({ method: 'POST', path: `/api/reports/${report}/take-over`, body: {} }),
    {
      refresh: [['requests'], ['reports']],
      onDone: () => go(`/requests/${request.id}/report`),
      onProblem: problem => {
        // What the images say otherwise is asked for at the desk.
        if (problem.code === 'mismatch') go(`/requests/${request.id}/report`)
        else toasts.trouble(problem)
      },
    },
  )
  return (
    <>
      {request.left.map(({ id, by, at, state }) => (
        <aside key={id} className={styles.former}>
          <FilePen size={18} aria-hidden="true" />
          <div>
            <strong>{t(`left.${state}`, { by, at: formats.moment(at) })}</strong>
            <p>{t(state === 'draft' ? 'left.draft.text' : 'left.signed.text')}</p>
            <div className="row">
              <Button
                look="go"
                size="s"
                busy={take.isPending && take.variables === id}
                onPress={() => take.mutate(id)}
              >
                {t('left.take')}
              </Button>
              <Link href={`/reports/${id}`}>{t('left.see')}</Link>
            </div>
          </div>
        </aside>
      ))}
    </>
  )
}
