import { Inbox } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { RequestRow, RequestView } from '../../node/requests/view.js'
import { Calls } from '../alarm/Calls.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { HandOverLine } from '../hand-over/HandOverLine.js'
import { useLive } from '../live/live.js'
import { useActions } from '../parts/Actions.js'
import { ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useMedia } from '../parts/media.js'
import { useOnRoot } from '../parts/on-root.js'
import { useRested } from '../parts/rested.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useStable } from '../parts/stable.js'
import { OpenRecalls } from '../recalls/Recalls.js'
import { useSession } from '../session.js'
import { useTitle } from '../shell/title.js'
import { warmViewer } from '../viewer/warm.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { EdgeLine } from './EdgeLine.js'
import { listsOf, type RequestCounts } from './lists.js'
import { useOwnView } from './own-view.js'
import { pathOfPlace, placeOf } from './places.js'
import { RequestPanel } from './RequestPanel.js'
import { useRequestEvents } from './use-events.js'
import { useWorklist } from './use-worklist.js'
import styles from './Worklist.module.css'
import { WorklistFilters } from './WorklistFilters.js'
import { WorklistLists } from './WorklistLists.js'
import { WorklistTable } from './WorklistTable.js'

const noLists = { id: 'all', query: {} } as const
/** The node is not asked about a row that somebody only passes by with the keys. */
const restMs = 120
/** So near the last row that is read the next page is asked for. */
const nearEndRows = 20
/** Always the same, so that no step through the rows draws it again. */
const above = (
  <>
    <Calls />
    <OpenRecalls />
    <HandOverLine />
  </>
)

export default function Worklist() {
  const t = useWords(requestWords)
  const { session, role, can } = useSession()
  const live = useLive()
  const [own, setOwn] = useOwnView(session.account.id)
  const here = useSearch()
  const address = useAddress()
  const [, go] = useLocation()
  const counts = useData<RequestCounts>(['requests', 'counts'], '/api/requests/counts').data
  const asked = address.get('list')
  const hasFormer = asked === 'former' || Boolean(counts?.former)
  const lists = useMemo(
    () => listsOf(role).filter(({ id }) => id !== 'former' || hasFormer),
    [role, hasFormer],
  )
  const list = lists.find(one => one.id === asked) ?? lists[0] ?? noLists
  const filter = {
    list,
    q: address.get('q'),
    site: address.get('site'),
    modality: address.get('modality'),
    sort: address.get('sort'),
  }
  const stateFirst = role === 'referrer' || role === 'technician'
  const narrow = useMedia('(max-width: 800px)')
  const filterBox = useRef<HTMLInputElement>(null)
  useTitle(t(`list.${list.id}`))
  useOnRoot(styles.root)
  // Whoever reads opens images next.
  const reads = role === 'radiologist'
  useEffect(() => (reads ? warmViewer() : undefined), [reads])

  const worklist = useWorklist(filter)
  const { shown, letIn } = worklist

  const [selected, setSelected] = useState<{ id: string; byKey: boolean }>()
  const chosen = selected && shown?.rows.has(selected.id) ? selected.id : shown?.order[0]
  const row = chosen ? shown?.rows.get(chosen) : undefined
  const rested = useRested(chosen, selected?.byKey ? restMs : 0)
  // A row that left the list is known only by itself; the panel asks, and reads the same.
  const now =
    useData<RequestView>(['requests', chosen ?? ''], chosen ? `/api/requests/${chosen}` : null, {
      wait: true,
    }).data ?? row
  useEffect(() => setSelected(undefined), [list.id])

  const events = useRequestEvents()
  const open = useStable((request: RequestRow) =>
    go(pathOfPlace(request, placeOf(request, session.account.id, can('report.read')))),
  )
  const select = useStable((id: string) => setSelected({ id, byKey: false }))
  const moveTo = useStable((id: string) => setSelected({ id, byKey: true }))
  const move = (step: number) => {
    if (!shown || shown.order.length === 0) return
    const at = chosen ? shown.order.indexOf(chosen) : -1
    const next = shown.order[Math.max(0, Math.min(shown.order.length - 1, at + step))]
    if (next) moveTo(next)
  }
  const { hasMore, isReadingMore, readMore, look } = worklist
  const onSight = useStable((from: number, to: number) => {
    if (!shown) return
    look(shown.order.slice(from, to + 1))
    if (to >= shown.order.length - nearEndRows && hasMore && !isReadingMore) readMore()
  })
  const onSort = useStable((sort: string) => address.set({ sort }))
  const onSortReset = useStable(() => address.set({ sort: '' }))

  const inList = t('group.list')
  const inRequest = t('group.request')
  useActions([
    { id: 'down', group: inList, label: t('key.next'), keys: 'j', keyOnly: true, run: () => move(1) },
    { id: 'up', group: inList, label: t('key.previous'), keys: 'k', keyOnly: true, run: () => move(-1) },
    {
      id: 'arrow-down',
      group: inList,
      label: t('key.next'),
      keys: 'ArrowDown',
      keyOnly: true,
      run: () => move(1),
    },
    {
      id: 'arrow-up',
      group: inList,
      label: t('key.previous'),
      keys: 'ArrowUp',
      keyOnly: true,
      run: () => move(-1),
    },
    { id: 'filter', group: inList, label: t('key.filter'), keys: '/', run: () => filterBox.current?.focus() },
    shown &&
      shown.waiting.length > 0 && { id: 'show', group: inList, label: t('key.show'), keys: 'n', run: letIn },
    ...lists.map(one => ({
      id: `list-${one.id}`,
      group: t('list.heading'),
      label: t(`list.${one.id}`),
      run: () => go(`/requests?list=${one.id}`),
    })),
    now && { id: 'open', group: inRequest, label: t('open.page'), keys: 'Enter', run: () => open(now) },
    now?.may.includes('claim') && {
      id: 'claim',
      group: inRequest,
      label: t('event.claim'),
      keys: 'A',
      run: () => events.begin(now, 'claim'),
    },
    now?.may.includes('decline') && {
      id: 'decline',
      group: inRequest,
      label: t('event.decline'),
      keys: 'D',
      run: () => events.begin(now, 'decline'),
    },
    can('request.create') && {
      id: 'new',
      group: inList,
      label: t('new'),
      keys: 'C',
      run: () => go('/requests/new'),
    },
  ])

  const filtered = Boolean(filter.q || filter.site || filter.modality)
  const isFirst = can('request.create') && counts?.all === 0
  const mayBegin = can('request.create') && !filtered && (isFirst || list.id === 'asked')

  return (
    <div className={styles.page}>
      <h1 className="unseen">{t('title')}</h1>
      <WorklistLists lists={lists} current={list.id} counts={counts} own={own.lists} query={here} />

      <section className={styles.rows} aria-label={t(`list.${list.id}`)}>
        <WorklistFilters
          q={filter.q}
          site={filter.site}
          modality={filter.modality}
          bySite={!stateFirst}
          narrow={narrow}
          own={own}
          onOwn={setOwn}
          query={here}
          box={filterBox}
        />
        {above}
        <EdgeLine
          shown={shown}
          hasMore={hasMore}
          sort={filter.sort}
          current={live.state === 'open'}
          onLetIn={letIn}
          onSortReset={onSortReset}
        />
        {worklist.problem && !shown ? (
          <div className={styles.state}>
            <ErrorBox trouble={worklist.problem} onRetry={worklist.readAgain} />
          </div>
        ) : !shown ? (
          <div className={styles.state}>
            <Skeleton lines={8} height={40} />
          </div>
        ) : shown.order.length === 0 ? (
          <Empty
            icon={<Inbox aria-hidden="true" />}
            title={t(
              filtered
                ? 'empty.filtered'
                : isFirst
                  ? 'empty.first'
                  : list.id === 'to-claim'
                    ? 'empty.to-claim'
                    : 'empty.any',
            )}
            action={
              mayBegin ? (
                <ButtonLink href="/requests/new" look="go">
                  {t('new')}
                </ButtonLink>
              ) : undefined
            }
          >
            {t(
              filtered
                ? 'empty.filtered.text'
                : isFirst
                  ? 'empty.first.text'
                  : list.id === 'to-claim'
                    ? 'empty.to-claim.text'
                    : 'empty.any.text',
            )}
          </Empty>
        ) : (
          <WorklistTable
            label={t('table.label', { list: t(`list.${list.id}`) })}
            shown={shown}
            selected={narrow ? undefined : chosen}
            busy={events.busy}
            stateFirst={stateFirst}
            narrow={narrow}
            shownColumns={own.columns}
            sort={filter.sort}
            onSort={onSort}
            onSelect={select}
            onMoveTo={moveTo}
            onOpen={open}
            onEvent={events.begin}
            onSight={onSight}
          />
        )}
      </section>

      <aside className={styles.side} aria-label={t('panel.label')}>
        {row ? (
          <RequestPanel row={row} wait={rested !== row.id} busy={events.busy} onEvent={events.begin} />
        ) : shown ? (
          <p className="third">{t('panel.none')}</p>
        ) : null}
      </aside>
      {events.dialog}
    </div>
  )
}
