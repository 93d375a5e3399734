import { Check, CheckCheck, CircleDashed, type LucideIcon, MoveRight, TriangleAlert, X } from 'lucide-react'
import type { TransferRow } from '../../node/studies/view.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { transfers as words } from '../words/transfers.js'
import { useWords } from '../words/words.js'

const marks: Record<TransferRow['state'], [LucideIcon, Tone]> = {
  queued: [CircleDashed, 'plain'],
  moving: [MoveRight, 'accent'],
  sent: [Check, 'plain'],
  confirmed: [CheckCheck, 'ok'],
  failed: [TriangleAlert, 'late'],
  cancelled: [X, 'plain'],
}

export function StateMark({ state }: { state: TransferRow['state'] }) {
  const t = useWords(words)
  const [Icon, tone] = marks[state]
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {t(`state.${state}`)}
    </Tag>
  )
}
