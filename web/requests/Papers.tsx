import { FileText } from 'lucide-react'
import type { RequestView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import type { Waiting } from '../parts/waiting.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { newRequestWords } from '../words/new-request.js'
import { useWords } from '../words/words.js'
import styles from './Papers.module.css'
import { PickFiles } from './PickFiles.js'
import page from './RequestPage.module.css'

const over = new Set(['refused', 'cancelled', 'expired', 'entered-in-error'])

/** The papers of a request; its site may add to them while it stands. */
export function Papers({ request }: { request: RequestView }) {
  const t = useWords(newRequestWords)
  const formats = useFormats()
  const { session, can } = useSession()
  const add = useAct<RequestView, Waiting[]>(
    files => ({
      method: 'POST',
      path: `/api/requests/${request.id}/documents`,
      body: { attachments: files.map(({ name, content }) => ({ name, content })) },
    }),
    { refresh: [['requests']] },
  )
  const mayAdd = can('request.edit') && request.site === session.account.site && !over.has(request.state)
  if (request.documents.length === 0 && !mayAdd) return null
  return (
    <section className="card">
      <h2 className={page.heading}>{t('papers.title')}</h2>
      {request.documents.length === 0 ? <p className="second">{t('papers.none')}</p> : null}
      <ul className={styles.papers}>
        {request.documents.map(({ id, name, kind, bytes, at, by }) => {
          const path = `/api/requests/${request.id}/documents/${id}`
          const isPicture = kind === 'jpeg' || kind === 'png'
          return (
            <li key={id}>
              <FileText aria-hidden="true" />
              {isPicture ? (
                <a href={path} target="_blank" rel="noreferrer">
                  {name}
                </a>
              ) : (
                <a href={path} download={name}>
                  {name}
                </a>
              )}
              <small className="second" title={formats.exact(at)}>
                {[formats.bytes(bytes), by, formats.moment(at)].join(' · ')}
              </small>
            </li>
          )
        })}
      </ul>
      {add.error ? <ErrorBox trouble={add.error} /> : null}
      {mayAdd ? (
        <div className={styles.foot}>
          <PickFiles busy={add.isPending} onFiles={files => add.mutate(files)} />
        </div>
      ) : null}
    </section>
  )
}
