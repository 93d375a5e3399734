import { Plus } from 'lucide-react'
import { memo } from 'react'
import { Link } from 'wouter'
import { ButtonLink } from '../parts/Button.js'
import { useSession } from '../session.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { worklistWords } from '../words/worklist.js'
import { ListLink } from './ListLink.js'
import type { ListId, RequestCounts, SavedList } from './lists.js'
import type { OwnList } from './own-view.js'
import styles from './Worklist.module.css'

/** The saved lists of a role, those a person made, and the way to a new request. */
export const WorklistLists = memo(function WorklistLists({
  lists,
  current,
  counts,
  own,
  query,
}: {
  lists: readonly SavedList[]
  current: ListId
  counts: RequestCounts | undefined
  own: readonly OwnList[]
  /** Of the address now. */
  query: string
}) {
  const t = useWords(requestWords)
  const arranged = useWords(worklistWords)
  const { can } = useSession()
  return (
    <nav aria-label={t('list.heading')} className={styles.lists}>
      <h2 className={styles.heading}>{t('list.heading')}</h2>
      {lists.map(one => (
        <ListLink key={one.id} list={one} current={one.id === current} counts={counts} />
      ))}
      {own.length > 0 ? <h2 className={styles.heading}>{arranged('own')}</h2> : null}
      {own.map(one => (
        <Link
          key={one.name}
          href={`/requests?${one.query}`}
          className={styles.list}
          aria-current={one.query === query ? 'page' : undefined}
        >
          {one.name}
        </Link>
      ))}
      {can('request.create') ? (
        <div className={styles.new}>
          <ButtonLink href="/requests/new" look="go" icon={<Plus aria-hidden="true" />}>
            {t('new')}
          </ButtonLink>
        </div>
      ) : null}
    </nav>
  )
})
