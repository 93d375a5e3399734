import { LayoutDashboard } from 'lucide-react'
import { useCallback, useState } from 'react'
import { useLocation } from 'wouter'
import type { BoardColumn, BoardView } from '../../node/program/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { Calls } from '../alarm/Calls.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { useActions } from '../parts/Actions.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useNow } from '../parts/now.js'
import { Picker } from '../parts/Picker.js'
import { Skeleton } from '../parts/Skeleton.js'
import { OpenRecalls } from '../recalls/Recalls.js'
import { useInWords } from '../requests/in-words.js'
import { Offers } from '../requests/Offers.js'
import { useTitle } from '../shell/title.js'
import { boardWords as words } from '../words/board.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Board.module.css'
import { Card } from './Card.js'
import GiveDialog, { type Target } from './GiveDialog.js'

/** /board?by: every open act's clock by reader or by site; a card is given to somebody else by dragging or by key. */
export default function Board() {
  const t = useWords(words)
  const formats = useFormats()
  const address = useAddress()
  const [, go] = useLocation()
  useTitle(t('title'))
  const by = address.get('by') === 'site' ? 'site' : 'reader'
  const asked = useData<BoardView>(['board'], `/api/board?by=${by}`, { keep: true, repeat: () => 30_000 })
  const view = asked.data
  const [chosen, setChosen] = useState<string>()
  const [giving, setGiving] = useState<{ id: string; to?: Target }>()

  const columns = view?.columns ?? []
  const cards = columns.flatMap(column => column.cards)
  const card = cards.find(({ id }) => id === chosen)
  const given = cards.find(({ id }) => id === giving?.id)
  const open = useCallback((id: string) => go(`/requests/${id}`), [go])

  const choose = (id: string | undefined) => {
    if (id === undefined) return
    setChosen(id)
    document.getElementById(`card-${id}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  const move = (columnStep: number, step: number) => {
    const filled = columns.filter(column => column.cards.length > 0)
    const at = filled.findIndex(column => column.cards.some(({ id }) => id === chosen))
    if (at < 0) return choose(filled[0]?.cards[0]?.id)
    const place = filled[at]?.cards.findIndex(({ id }) => id === chosen) ?? 0
    const column = filled[Math.max(0, Math.min(filled.length - 1, at + columnStep))]
    if (column === undefined) return
    const next = columnStep === 0 ? place + step : place
    choose(column.cards[Math.max(0, Math.min(column.cards.length - 1, next))]?.id)
  }
  const group = t('group')
  useActions([
    { id: 'down', group, label: t('key.next'), keys: 'j', keyOnly: true, run: () => move(0, 1) },
    { id: 'up', group, label: t('key.previous'), keys: 'k', keyOnly: true, run: () => move(0, -1) },
    { id: 'right', group, label: t('key.column'), keys: 'l', keyOnly: true, run: () => move(1, 0) },
    { id: 'left', group, label: t('key.columnBack'), keys: 'h', keyOnly: true, run: () => move(-1, 0) },
    card && {
      id: 'open',
      group,
      label: t('open', { reference: card.reference }),
      keys: 'Enter',
      run: () => open(card.id),
    },
    card?.by && {
      id: 'give',
      group,
      label: t('give.to', { reference: card.reference }),
      keys: 'C',
      run: () => setGiving({ id: card.id }),
    },
  ])

  /** Where a card that is dropped there goes to; a site's column is no place to give it to. */
  const targetOf = (id: string, column: BoardColumn): Target | undefined => {
    if (by === 'site') return undefined
    const dropped = cards.find(one => one.id === id)
    if (dropped?.by === undefined || (dropped.holder?.id ?? '') === column.key) return undefined
    if (column.key === '') return dropped.group === undefined ? undefined : { group: dropped.group }
    return column.group === undefined ? undefined : { group: column.group, reader: column.key }
  }

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('title')}</h1>
        {view ? (
          <span className="second" role="status">
            {t('total', { n: view.total })}
            {view.late > 0 ? (
              <>
                {' · '}
                <span className={styles.late}>{t('late', { n: view.late })}</span>
              </>
            ) : null}
            {view.near > 0 ? (
              <>
                {' · '}
                <span className={styles.near}>{t('near', { n: view.near })}</span>
              </>
            ) : null}
            {view.counted < view.total ? ` · ${t('counted', { n: formats.number(view.counted) })}` : ''}
          </span>
        ) : null}
        <span className="push">
          <Picker
            label={t('by')}
            value={by}
            onChange={next => address.set({ by: next === 'site' ? 'site' : '' })}
            options={[
              { id: 'reader', label: t('by.reader') },
              { id: 'site', label: t('by.site') },
            ]}
          />
        </span>
      </header>
      <Calls />
      <OpenRecalls />
      {asked.error && !view ? (
        <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : !view ? (
        <Skeleton lines={8} height={60} />
      ) : view.total === 0 && columns.length < 2 ? (
        <Empty icon={<LayoutDashboard aria-hidden />} title={t('empty.all')}>
          {t('empty.all.text')}
        </Empty>
      ) : (
        <div className={styles.body}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className={styles.columns} aria-label={t('title')} tabIndex={0}>
            {columns.map(column => (
              <Column
                key={column.key}
                column={column}
                bySite={by === 'site'}
                chosen={chosen}
                onChoose={setChosen}
                onOpen={open}
                onDrop={id => {
                  const to = targetOf(id, column)
                  if (to !== undefined) setGiving({ id, to })
                }}
              />
            ))}
          </section>
          <aside className={styles.side} aria-label={t('details')}>
            {card ? (
              <>
                <Details id={card.id} />
                <div className="row">
                  <ButtonLink href={`/requests/${card.id}`} keys="Enter">
                    {t('open', { reference: card.reference })}
                  </ButtonLink>
                  {card.by ? (
                    <Button look="go" keys="C" onPress={() => setGiving({ id: card.id })}>
                      {t('give')}
                    </Button>
                  ) : null}
                </div>
              </>
            ) : (
              <p className="third">{t('details.none')}</p>
            )}
            <small>{t('drag.hint')}</small>
          </aside>
        </div>
      )}
      {given && view && giving ? (
        <GiveDialog
          key={given.id}
          card={given}
          view={view}
          to={giving.to}
          onClose={() => setGiving(undefined)}
        />
      ) : null}
    </div>
  )
}

function Column({
  column,
  bySite,
  chosen,
  onChoose,
  onOpen,
  onDrop,
}: {
  column: BoardColumn
  bySite: boolean
  chosen: string | undefined
  onChoose: (id: string) => void
  onOpen: (id: string) => void
  onDrop: (id: string) => void
}) {
  const t = useWords(words)
  const formats = useFormats()
  const now = useNow()
  const [over, setOver] = useState(false)
  const name = column.key === '' ? t('nobody') : column.label
  const takes = !bySite
  const isOver = column.duty !== undefined && Date.parse(column.duty.until) <= now
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no column
    <div
      role="group"
      aria-labelledby={`column-${column.key}`}
      className={`${styles.column} ${over ? styles.over : ''}`}
      onDragOver={event => {
        if (!takes) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault()
        setOver(false)
        onDrop(event.dataTransfer.getData('text/plain'))
      }}
    >
      <header>
        <h2 id={`column-${column.key}`}>
          {column.presence ? (
            <span className={styles.dot} data-presence={column.presence} aria-hidden />
          ) : null}
          {name}
        </h2>
        <span className={styles.count}>
          {column.late > 0 ? <span className={styles.late}>{t('late', { n: column.late })} · </span> : null}
          {formats.number(column.total)}
        </span>
        {column.presence ? (
          <small>
            {t(`presence.${column.presence}`)}
            {column.duty && !isOver
              ? ` · ${t(`duty.${column.duty.kind}`, { until: formats.moment(column.duty.until) })}`
              : ''}
          </small>
        ) : null}
        {column.duty ? (
          <small className={isOver || column.duty.alarm !== 'heard' ? styles.near : undefined}>
            {isOver
              ? t('duty.ended', { until: formats.moment(column.duty.until) })
              : t(`alarm.${column.duty.alarm}`)}
          </small>
        ) : null}
      </header>
      <div className={styles.cards}>
        {column.cards.length === 0 ? <small>{t('empty')}</small> : null}
        {column.cards.map(card => (
          <Card
            key={card.id}
            card={card}
            current={card.id === chosen}
            bySite={bySite}
            onChoose={onChoose}
            onOpen={onOpen}
          />
        ))}
        {column.total > column.cards.length ? (
          <small>{t('more', { n: column.total - column.cards.length })}</small>
        ) : null}
      </div>
    </div>
  )
}

/** The chosen act: who it is about, whom it is offered to and why. */
function Details({ id }: { id: string }) {
  const inWords = useInWords()
  const request = useData<RequestView>(['requests', id], `/api/requests/${id}`).data
  if (!request) return <Skeleton lines={5} height={20} />
  return (
    <>
      <div>
        <h2>
          {request.reference} · {inWords.name(request.patient)}
        </h2>
        <p className="second">{inWords.exam(request)}</p>
        <p>{request.question}</p>
      </div>
      <Offers request={request} />
    </>
  )
}
