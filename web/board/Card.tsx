import { memo } from 'react'
import type { BoardCard } from '../../node/program/view.js'
import { Clock } from '../parts/Clock.js'
import { useNow } from '../parts/now.js'
import { useInWords } from '../requests/in-words.js'
import { boardWords as words } from '../words/board.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Board.module.css'

/** One open act: its clock, where it stands, what happens next if nobody does anything. */
export const Card = memo(function Card({
  card,
  current,
  bySite,
  onChoose,
  onOpen,
}: {
  card: BoardCard
  current: boolean
  bySite: boolean
  onChoose: (id: string) => void
  onOpen: (id: string) => void
}) {
  const t = useWords(words)
  const of = useWords(requestWords)
  const inWords = useInWords()
  return (
    <button
      type="button"
      id={`card-${card.id}`}
      className={styles.card}
      aria-current={current ? 'true' : undefined}
      draggable={card.by !== undefined}
      onDragStart={event => {
        event.dataTransfer.setData('text/plain', card.id)
        event.dataTransfer.effectAllowed = 'move'
        onChoose(card.id)
      }}
      onClick={() => onChoose(card.id)}
      onDoubleClick={() => onOpen(card.id)}
    >
      <span className={styles.line}>
        <strong>{card.reference}</strong>
        {card.due ? <Clock at={card.due.at} what={of(`due.${card.due.for}`)} /> : null}
      </span>
      <small>
        <span className={card.urgency === 'routine' ? undefined : styles.urgent}>
          {of(`urgency.${card.urgency}`)}
        </span>
        {' · '}
        {inWords.modality(card.modality)}
        {card.kind === 'opinion' ? ` · ${of('kind.opinion')}` : ''}
      </small>
      <small>{bySite ? (card.holder?.name ?? card.groupName ?? t('nobody')) : card.siteName}</small>
      <small>
        {of(`state.${card.state}`)}
        {card.wave ? ` · ${t('wave', { wave: card.wave.wave, of: card.wave.of })}` : ''}
      </small>
      <Next card={card} />
    </button>
  )
})

/** What happens next by itself: the ladder's rung where one runs, else the next wave. */
function Next({ card: { rung, wave } }: { card: BoardCard }) {
  const t = useWords(words)
  const what = rung?.kind === 'critical' ? `${t('rung.critical')} · ` : ''
  if (rung?.nextAt)
    return (
      <small className={what === '' ? undefined : styles.late}>
        {what}
        {t(rung.call ? 'rung.call' : 'rung.next')} <Left at={rung.nextAt} />
      </small>
    )
  if (rung?.call)
    return (
      <small className={styles.late}>
        {what}
        {t('rung.last')}
      </small>
    )
  return wave?.nextAt ? (
    <small>
      {t('wave.next')} <Left at={wave.nextAt} />
    </small>
  ) : null
}

/** Time left until something happens by itself. */
function Left({ at }: { at: string }) {
  const formats = useFormats()
  return <>{formats.duration(Math.max(0, Date.parse(at) - useNow()))}</>
}
