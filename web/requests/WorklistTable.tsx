import { useVirtualizer } from '@tanstack/react-virtual'
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
import { WorklistRow } from './WorklistRow.js'
import styles from './WorklistTable.module.css'

const WIDTHS: Record<ColumnId, string> = { exam: '150px', images: '160px', reference: '76px', sent: '104px' }

export const rowPx = { wide: 68, narrow: 132 }

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
  onSelect: (id: string) => void
  onOpen: (row: RequestRow) => void
  onEvent: (request: RequestRow, event: EventName) => void
  onNearEnd: () => void
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
  onOpen,
  onEvent,
  onNearEnd,
}: TableProps) {
  const t = useWords(requestWords)
  const arranged = useWords(worklistWords)
  const scroller = useRef<HTMLDivElement>(null)
  const height = narrow ? rowPx.narrow : rowPx.wide
  const rows = useVirtualizer({
    count: shown.order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    getItemKey: at => shown.order[at] ?? at,
  })
  const visible = rows.getVirtualItems()
  const last = visible.at(-1)?.index ?? 0

  useEffect(() => {
    if (shown.order.length > 0 && last >= shown.order.length - 20) onNearEnd()
  }, [last, shown.order.length, onNearEnd])

  useEffect(() => rows.measure(), [height])

  useEffect(() => {
    const at = selected ? shown.order.indexOf(selected) : -1
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' })
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
    if (next) onSelect(next)
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
        aria-rowcount={shown.order.length + 1}
        {...(selected && visible.some(item => item.key === selected)
          ? { 'aria-activedescendant': `row-${selected}` }
          : {})}
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
        <tbody className={styles.body} style={{ height: rows.getTotalSize() }}>
          {visible.map(item => {
            const row = shown.rows.get(shown.order[item.index] ?? '')
            if (!row) return null
            return (
              <WorklistRow
                key={row.id}
                row={row}
                at={item.index}
                selected={row.id === selected}
                gone={shown.gone.has(row.id)}
                busy={busy === `${row.id} claim`}
                stateFirst={stateFirst}
                topPx={item.start}
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
