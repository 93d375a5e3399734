import { ArrowDown, ArrowUp } from 'lucide-react'
import { type CSSProperties, type KeyboardEvent, useCallback, useEffect, useRef } from 'react'
import type { RequestRow } from '../../node/requests/view.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { worklistWords } from '../words/worklist.js'
import type { Arrangement } from './arrangement.js'
import type { EventName } from './events.js'
import { nextSort, parseSort, type SortKey } from './order.js'
import { type ColumnId, usualView } from './own-view.js'
import { placesOf, useRowsInSight } from './rows-in-sight.js'
import { WorklistRow } from './WorklistRow.js'
import styles from './WorklistTable.module.css'

const WIDTHS: Record<ColumnId, string> = { exam: '150px', images: '160px', reference: '76px', sent: '104px' }

const rowPx = { wide: 68, narrow: 132 }
/** The line of headings with its border; a telephone has none. */
const headPx = { wide: 33, narrow: 0 }

interface TableProps {
  label: string
  shown: Arrangement<RequestRow>
  selected: string | undefined
  busy: string | null
  stateFirst: boolean
  narrow: boolean
  shownColumns: readonly ColumnId[]
  sort: string
  onSort: (sort: string) => void
  /** By a press of it. */
  onSelect: (id: string) => void
  /** By a key, on the way to others. */
  onMoveTo: (id: string) => void
  onOpen: (row: RequestRow) => void
  onEvent: (request: RequestRow, event: EventName) => void
  /** The rows from one to the other, both included, are drawn now. */
  onSight: (from: number, to: number) => void
}

/** Only the rows in sight are in the document: ten thousand scroll like ten. */
export function WorklistTable({
  label,
  shown,
  selected,
  busy,
  stateFirst,
  narrow,
  shownColumns,
  sort,
  onSort,
  onSelect,
  onMoveTo,
  onOpen,
  onEvent,
  onSight,
}: TableProps) {
  const t = useWords(requestWords)
  const arranged = useWords(worklistWords)
  const scroller = useRef<HTMLDivElement>(null)
  const height = narrow ? rowPx.narrow : rowPx.wide
  const count = shown.order.length
  const { show, ...sight } = useRowsInSight(scroller, {
    count,
    rowPx: height,
    headPx: narrow ? headPx.narrow : headPx.wide,
  })
  const { from, to } = sight
  const visible = shown.order.slice(from, to)
  // As many as were ever drawn at once: what is drawn anew costs many times what is written over.
  const most = useRef(0)
  most.current = Math.max(most.current, to - from)
  const places = useRef<(number | undefined)[]>([])
  places.current = placesOf(sight, most.current, places.current)

  useEffect(() => onSight(from, to - 1), [from, to, shown, onSight])

  useEffect(() => {
    const at = selected ? shown.order.indexOf(selected) : -1
    if (at >= 0) show(at)
    // Only when another row is chosen: new values must not scroll the list.
  }, [selected])

  // On a telephone there is no panel beside the list: a touch opens the request.
  const choose = useCallback(
    (row: RequestRow) => (narrow ? onOpen(row) : onSelect(row.id)),
    [narrow, onOpen, onSelect],
  )

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? height) / height) - 1)
    const steps: Record<string, number> = { PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 }
    const step = steps[event.key]
    if (step === undefined || event.target !== event.currentTarget) return
    event.preventDefault()
    const now = selected ? shown.order.indexOf(selected) : 0
    const next = shown.order[Math.max(0, Math.min(shown.order.length - 1, now + step))]
    if (next) onMoveTo(next)
  }

  const optional: Record<ColumnId, { label: string; key?: SortKey }> = {
    exam: {
      label: t(stateFirst ? 'column.examReader' : 'column.examSite'),
      key: stateFirst ? 'exam' : 'site',
    },
    images: { label: t('column.images'), key: 'images' },
    reference: { label: arranged('column.reference') },
    sent: { label: arranged('column.sent') },
  }
  // A telephone has room for these two, whatever was chosen at the desk.
  const ids = narrow ? usualView.columns : shownColumns
  const columns: { label: string; key?: SortKey }[] = [
    stateFirst ? { label: t('column.state') } : { label: t('column.due'), key: 'due' },
    { label: t('column.patient'), key: 'patient' },
    ...ids.map(id => optional[id]),
  ]
  const widths = ['108px', 'minmax(180px, 1fr)', ...ids.map(id => WIDTHS[id]), '128px'].join(' ')
  const sorts = parseSort(sort)

  return (
    <div ref={scroller} className={styles.scroller}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows are chosen is a grid
        role="grid"
        aria-label={label}
        aria-rowcount={count + 1}
        {...(selected && visible.includes(selected) ? { 'aria-activedescendant': `row-${selected}` } : {})}
        tabIndex={0}
        className={styles.grid}
        style={{ '--columns': widths } as CSSProperties}
        onKeyDown={onKeyDown}
      >
        <thead className={styles.head}>
          <tr aria-rowindex={1} className={styles.row}>
            {columns.map(({ label: heading, key }) => {
              const active = sorts.find(one => one.key === key)
              return (
                <th
                  key={heading}
                  scope="col"
                  aria-sort={active ? (active.down ? 'descending' : 'ascending') : 'none'}
                >
                  {key ? (
                    <button type="button" onClick={event => onSort(nextSort(sort, key, event.shiftKey))}>
                      {heading}
                      {active?.down ? <ArrowDown aria-hidden="true" /> : null}
                      {active && !active.down ? <ArrowUp aria-hidden="true" /> : null}
                    </button>
                  ) : (
                    heading
                  )}
                </th>
              )
            })}
            <th scope="col">
              <span className="unseen">{t('column.action')}</span>
            </th>
          </tr>
        </thead>
        <tbody
          className={styles.body}
          style={{ height: count * height }}
          // The rows stand in the document as their places come, and are told in the order of the list.
          aria-owns={visible.map(id => `row-${id}`).join(' ')}
        >
          {places.current.map((at, place) => {
            const row = at === undefined ? undefined : shown.rows.get(shown.order[at] ?? '')
            if (at === undefined || !row) return null
            return (
              <WorklistRow
                key={place}
                row={row}
                at={at}
                selected={row.id === selected}
                gone={shown.gone.has(row.id)}
                busy={busy === `${row.id} claim`}
                stateFirst={stateFirst}
                topPx={at * height}
                heightPx={height}
                columns={ids}
                onSelect={choose}
                onOpen={onOpen}
                onEvent={onEvent}
              />
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
