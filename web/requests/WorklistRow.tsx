import { memo } from 'react'
import type { RequestRow, RequestView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { RowButton } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { useSession } from '../session.js'
import { Images } from '../studies/Images.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import type { EventName } from './events.js'
import { useInWords } from './in-words.js'
import type { ColumnId } from './own-view.js'
import styles from './WorklistTable.module.css'

export interface RowProps {
  row: RequestRow
  at: number
  selected: boolean
  gone: boolean
  busy: boolean
  /** Requesters read the state first; readers the time left. */
  stateFirst: boolean
  /** Where it stands in the list, and how high it is, in pixels. */
  topPx: number
  heightPx: number
  columns: readonly ColumnId[]
  onSelect: (row: RequestRow) => void
  onOpen: (row: RequestRow) => void
  onEvent: (request: RequestRow, event: EventName) => void
}

/**
 * Drawn again only when something of it changed: scrolling moves the others past without touching them. What can be pressed
 * is never handed on from one request to the next, however late a key or a finger is lifted.
 */
export const WorklistRow = memo(function WorklistRow({
  row,
  at,
  selected,
  gone,
  busy,
  stateFirst,
  topPx,
  heightPx,
  columns,
  onSelect,
  onOpen,
  onEvent,
}: RowProps) {
  const t = useWords(requestWords)
  const inWords = useInWords()
  const formats = useFormats()
  const due = row.due ? (
    <>
      <Clock at={row.due.at} nearMs={nearMsOf(row)} what={t(`due.${row.due.for}`)} />
      <small>
        {row.urgency === 'routine' ? t(`due.${row.due.for}`) : <b>{t(`urgency.${row.urgency}`)}</b>}
      </small>
    </>
  ) : (
    <small>{t('due.none')}</small>
  )
  return (
    <tr
      id={`row-${row.id}`}
      aria-rowindex={at + 2}
      aria-selected={selected}
      className={`${styles.row} ${selected ? styles.selected : ''} ${gone ? styles.gone : ''}`}
      style={{ height: heightPx, transform: `translateY(${topPx}px)` }}
      onClick={() => onSelect(row)}
      onDoubleClick={() => onOpen(row)}
    >
      <td className={styles.time}>
        {gone ? (
          <small>{t('row.gone')}</small>
        ) : stateFirst ? (
          <>
            <span className={styles.state}>{t(`state.${row.state}`)}</span>
            {row.due ? <Clock at={row.due.at} nearMs={nearMsOf(row)} what={t(`due.${row.due.for}`)} /> : null}
          </>
        ) : (
          due
        )}
      </td>
      <td className={styles.who}>
        <span className={styles.patient}>
          <strong>{inWords.name(row.patient)}</strong>
          <span className="second"> · {inWords.ageAndSex(row.patient)}</span>
        </span>
        <span className={styles.question} title={row.question}>
          {row.triage ? `${t('triage', { number: row.triage.number, by: row.triage.by })} · ` : ''}
          {row.question}
        </span>
      </td>
      {columns.includes('exam') ? (
        <td className={styles.exam}>
          <span className={styles.line}>{inWords.exam(row)}</span>
          <br />
          <small>
            {row.kind === 'opinion' ? `${t('kind.opinion')} · ` : ''}
            {stateFirst ? (row.holder?.name ?? t('row.noReader')) : row.siteName}
          </small>
        </td>
      ) : null}
      {columns.includes('images') ? (
        <td className={styles.images}>{row.formerSince ? null : <Images images={row.images} />}</td>
      ) : null}
      {columns.includes('reference') ? <td>{row.reference}</td> : null}
      {columns.includes('sent') ? (
        <td title={formats.exact(row.submittedAt)}>
          <small>{formats.moment(row.submittedAt)}</small>
        </td>
      ) : null}
      <td className={styles.action}>
        {gone ? (
          <GoneTo key={row.id} id={row.id} />
        ) : row.may.includes('claim') ? (
          <RowButton
            of={row.id}
            look={selected ? 'go' : 'plain'}
            keys="A"
            busy={busy}
            tabbed={selected}
            label={`${t('event.claim')} ${row.reference}`}
            onPress={() => onEvent(row, 'claim')}
          >
            {t('event.claim')}
          </RowButton>
        ) : (
          <Holder row={row} stateFirst={stateFirst} />
        )}
      </td>
    </tr>
  )
})

/** Amber begins where somebody should stop doing other things: a third of an emergency's time, an hour of a routine's. */
function nearMsOf(row: RequestRow): number {
  if (row.urgency === 'emergency') return 5 * 60_000
  return row.urgency === 'urgent' ? 15 * 60_000 : 60 * 60_000
}

function Holder({ row, stateFirst }: { row: RequestRow; stateFirst: boolean }) {
  const t = useWords(requestWords)
  const { session } = useSession()
  if (stateFirst) return row.report && row.report.state !== 'draft' ? <span>{t('open.report')}</span> : null
  const mine = row.holder?.id === session.account.id
  return (
    <span className={styles.holder}>
      {row.holder ? <span title={row.holder.name}>{mine ? t('row.yours') : row.holder.name}</span> : null}
      <small>{t(row.formerSince ? 'state.former' : `state.${row.state}`)}</small>
    </span>
  )
}

/** Why the row left the list: who has it now, or its new state. */
function GoneTo({ id }: { id: string }) {
  const t = useWords(requestWords)
  const { session } = useSession()
  const now = useData<RequestView>(['requests', id], `/api/requests/${id}`).data
  if (!now) return null
  if (now.holder?.id === session.account.id) return <strong>{t('row.yours')}</strong>
  return <small>{now.holder ? t('row.taken', { name: now.holder.name }) : t(`state.${now.state}`)}</small>
}
