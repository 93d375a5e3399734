import { Check, CircleDashed, type LucideIcon, MoveDown, SearchX, TriangleAlert, X } from 'lucide-react'
import type { RetrievalRow } from '../../node/exchange/view.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { knownKey } from '../words/known.js'
import { retrievals as words } from '../words/retrievals.js'
import { useWords } from '../words/words.js'

const marks: Record<RetrievalRow['state'], [LucideIcon, Tone]> = {
  queued: [CircleDashed, 'plain'],
  moving: [MoveDown, 'accent'],
  complete: [Check, 'ok'],
  incomplete: [TriangleAlert, 'gap'],
  nothing: [SearchX, 'plain'],
  refused: [TriangleAlert, 'late'],
  'no-answer': [TriangleAlert, 'late'],
  failed: [TriangleAlert, 'late'],
  cancelled: [X, 'plain'],
}

/** Where a retrieval stands; why it waits is said, never shown by colour alone. */
export function RetrievalMark({ row }: { row: RetrievalRow }) {
  const t = useWords(words)
  // Waiting because nobody answered is another thing than waiting for its turn.
  const shown = row.state === 'queued' && row.trouble === 'no-answer' ? 'no-answer' : row.state
  const [Icon, tone] = marks[shown]
  const { here, listed } = row.instances
  const why = row.trouble === undefined ? undefined : knownKey(words, 'trouble.', row.trouble)
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />} {...(why ? { title: t(why) } : {})}>
      {t(`state.${shown}`)}
      {row.state === 'moving' || row.state === 'incomplete'
        ? ` · ${listed === undefined ? t('counts.unknown', { n: here }) : t('counts', { here, listed })}`
        : null}
    </Tag>
  )
}
