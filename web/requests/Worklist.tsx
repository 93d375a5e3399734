import { Inbox, Plus, Search } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { ListView, RequestRow, RequestView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { Calls } from '../alarm/Calls.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { HandOverLine } from '../hand-over/HandOverLine.js'
import { useLive } from '../live/live.js'
import { useActions } from '../parts/Actions.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useMedia } from '../parts/media.js'
import { Picker } from '../parts/Picker.js'
import { Skeleton } from '../parts/Skeleton.js'
import { TextField } from '../parts/TextField.js'
import { OpenRecalls } from '../recalls/Recalls.js'
import { useSession } from '../session.js'
import { useTitle } from '../shell/title.js'
import { warmViewer } from '../viewer/warm.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { worklistWords } from '../words/worklist.js'
import { EdgeLine } from './EdgeLine.js'
import { useInWords } from './in-words.js'
import { ListLink } from './ListLink.js'
import { ListSettings } from './ListSettings.js'
import { listsOf, type RequestCounts } from './lists.js'
import { useOwnView } from './own-view.js'
import { pathOfPlace, placeOf } from './places.js'
import { RequestPanel } from './RequestPanel.js'
import { useRequestEvents } from './use-events.js'
import { useWorklist } from './use-worklist.js'
import styles from './Worklist.module.css'
import { WorklistTable } from './WorklistTable.js'

const modalities = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'PT', 'NM', 'XA']
const noLists = { id: 'all', query: {} } as const

export default function Worklist() {
  const t = useWords(requestWords)
  const inWords = useInWords()
  const arranged = useWords(worklistWords)
  const { session, role, can } = useSession()
  const live = useLive()
  const [own, setOwn] = useOwnView(session.account.id)
  const here = useSearch()
  const address = useAddress()
  const [, go] = useLocation()
  const counts = useData<RequestCounts>(['requests', 'counts'], '/api/requests/counts').data
  const asked = address.get('list')
  const lists = listsOf(role).filter(({ id }) => id !== 'former' || id === asked || counts?.former)
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
  // Whoever reads opens images next.
  const reads = role === 'radiologist'
  useEffect(() => (reads ? warmViewer() : undefined), [reads])

  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites').data?.items ?? []
  const worklist = useWorklist(filter)
  const { shown, letIn } = worklist

  const [selected, setSelected] = useState<string>()
  const chosen = selected && shown?.rows.has(selected) ? selected : shown?.order[0]
  const row = chosen ? shown?.rows.get(chosen) : undefined
  // A row that left the list is known only by itself; the panel reads the same.
  const now =
    useData<RequestView>(['requests', chosen ?? ''], chosen ? `/api/requests/${chosen}` : null).data ?? row
  useEffect(() => setSelected(undefined), [list.id])

  const events = useRequestEvents()
  const open = (request: RequestRow) =>
    go(pathOfPlace(request, placeOf(request, session.account.id, can('report.read'))))
  const move = (step: number) => {
    if (!shown || shown.order.length === 0) return
    const at = chosen ? shown.order.indexOf(chosen) : -1
    setSelected(shown.order[Math.max(0, Math.min(shown.order.length - 1, at + step))])
  }
  const { hasMore, isReadingMore, readMore } = worklist
  const onNearEnd = useCallback(() => {
    if (hasMore && !isReadingMore) void readMore()
  }, [hasMore, isReadingMore, readMore])

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
      <nav aria-label={t('list.heading')} className={styles.lists}>
        <h2 className={styles.heading}>{t('list.heading')}</h2>
        {lists.map(one => (
          <ListLink key={one.id} list={one} current={one.id === list.id} counts={counts} />
        ))}
        {own.lists.length > 0 ? <h2 className={styles.heading}>{arranged('own')}</h2> : null}
        {own.lists.map(one => (
          <Link
            key={one.name}
            href={`/requests?${one.query}`}
            className={styles.list}
            aria-current={one.query === here ? 'page' : undefined}
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

      <section className={styles.rows} aria-label={t(`list.${list.id}`)}>
        <div className={styles.filters}>
          <div className={styles.search}>
            <TextField
              label={t('filter.label')}
              hideLabel
              type="search"
              placeholder={t('filter.placeholder')}
              before={<Search aria-hidden="true" />}
              value={filter.q}
              onChange={q => address.set({ q }, { replace: true })}
              inputRef={filterBox}
              autoComplete="off"
              spellCheck={false}
            />
          </div>
          {stateFirst ? null : (
            <Picker
              label={t('filter.site')}
              value={filter.site || 'any'}
              onChange={site => address.set({ site: site === 'any' ? '' : site })}
              options={[
                { id: 'any', label: t('filter.anySite') },
                ...sites
                  .filter(site => site.kind === 'requesting')
                  .map(site => ({ id: site.id, label: site.name })),
              ]}
            />
          )}
          <Picker
            label={t('filter.modality')}
            value={filter.modality || 'any'}
            onChange={modality => address.set({ modality: modality === 'any' ? '' : modality })}
            options={[
              { id: 'any', label: t('filter.anyModality') },
              ...modalities.map(code => ({ id: code, label: inWords.modalityChoice(code) })),
            ]}
          />
          {filtered ? (
            <Button look="quiet" onPress={() => address.set({ q: '', site: '', modality: '' })}>
              {t('filter.clear')}
            </Button>
          ) : null}
          {narrow ? null : <ListSettings view={own} query={here} onChange={setOwn} />}
        </div>
        <Calls />
        <OpenRecalls />
        <HandOverLine />
        <EdgeLine
          shown={shown}
          hasMore={hasMore}
          sort={filter.sort}
          current={live.state === 'open'}
          onLetIn={letIn}
          onSortReset={() => address.set({ sort: '' })}
        />
        {worklist.problem && !shown ? (
          <div className={styles.state}>
            <ErrorBox trouble={worklist.problem} onRetry={() => void worklist.readAgain()} />
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
            onSort={sort => address.set({ sort })}
            onSelect={setSelected}
            onOpen={open}
            onEvent={events.begin}
            onNearEnd={onNearEnd}
          />
        )}
      </section>

      <aside className={styles.side} aria-label={t('panel.label')}>
        {row ? (
          <RequestPanel key={row.id} row={row} busy={events.busy} onEvent={events.begin} />
        ) : shown ? (
          <p className="third">{t('panel.none')}</p>
        ) : null}
      </aside>
      {events.dialog}
    </div>
  )
}
