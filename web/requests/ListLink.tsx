import { Link } from 'wouter'
import type { ListView, RequestRow } from '../../node/requests/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import type { RequestCounts, SavedList } from './lists.js'
import styles from './Worklist.module.css'

/** Beyond this a list is long, whatever its number. */
const countedMax = 100

/** A saved list with how many it holds: as the node counts, or by looking; no number rather than a wrong one. */
export function ListLink({
  list,
  current,
  counts,
}: {
  list: SavedList
  current: boolean
  counts: RequestCounts | undefined
}) {
  const t = useWords(requestWords)
  const looked = useData<ListView<RequestRow>>(
    ['requests', 'count'],
    list.looked ? pathOf('/api/requests', { ...list.query, limit: countedMax }) : null,
  ).data
  const count = list.count ? counts?.[list.count] : looked?.items.length
  const more = list.count ? counts?.more.includes(list.count) : looked?.next !== undefined
  return (
    <Link
      href={`/requests?list=${list.id}`}
      className={styles.list}
      aria-current={current ? 'page' : undefined}
    >
      <span>{t(`list.${list.id}`)}</span>
      {count === undefined ? null : (
        <b className={list.id === 'late' && count > 0 ? styles.alarm : ''}>
          {count}
          {more ? '+' : ''}
        </b>
      )}
    </Link>
  )
}
