import { memo } from 'react'
import type { RequestRow } from '../../node/requests/view.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import type { Arrangement } from './arrangement.js'
import styles from './EdgeLine.module.css'
import { parseSort } from './order.js'

/**
 * The line between the filters and the rows, always of the same height: how many there are and whether that is current,
 * or what waits at the edge to be let in.
 */
export const EdgeLine = memo(function EdgeLine({
  shown,
  hasMore,
  sort,
  current,
  onLetIn,
  onSortReset,
}: {
  shown: Arrangement<RequestRow> | undefined
  hasMore: boolean
  sort: string
  current: boolean
  onLetIn: () => void
  onSortReset: () => void
}) {
  const t = useWords(requestWords)
  const first = shown?.waiting[0]
  const sorts = parseSort(sort)
  const columns = {
    due: t('column.due'),
    patient: t('column.patient'),
    exam: t('column.exam'),
    site: t('column.site'),
    images: t('column.images'),
  }
  return (
    <div className={styles.line} role="status">
      {shown && first ? (
        <button type="button" className={styles.news} onClick={onLetIn}>
          <span aria-hidden="true">↑ </span>
          {t('edge.new', {
            n: shown.waiting.length,
            site: first.siteName,
            urgency: t(`urgency.${first.urgency}`),
          })}
        </button>
      ) : (
        <>
          <small>
            {sorts.length > 0 ? (
              <>
                {t('sort.by', { columns: sorts.map(one => columns[one.key].toLowerCase()).join(', ') })} ·{' '}
                <button type="button" className={styles.link} onClick={onSortReset}>
                  {t('sort.reset')}
                </button>
              </>
            ) : (
              t('sort.default')
            )}
          </small>
          {shown && shown.gone.size > 0 ? (
            <button type="button" className={styles.link} onClick={onLetIn}>
              {t('edge.gone', { n: shown.gone.size })}
            </button>
          ) : null}
          {shown ? (
            <small>
              {t(hasMore ? 'count.more' : 'count.shown', { n: shown.order.length - shown.gone.size })} ·{' '}
              {t(current ? 'count.current' : 'count.old')}
            </small>
          ) : null}
        </>
      )}
    </div>
  )
})
