import {
  CheckCheck,
  CircleHelp,
  CloudUpload,
  Disc3,
  type LucideIcon,
  MoveRight,
  TriangleAlert,
  X,
} from 'lucide-react'
import type { ImportState } from '../../node/imports/view.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'

const marks: Record<ImportState, [LucideIcon, Tone]> = {
  uploading: [CloudUpload, 'accent'],
  reading: [Disc3, 'accent'],
  inventoried: [CircleHelp, 'near'],
  taking: [MoveRight, 'accent'],
  sending: [MoveRight, 'accent'],
  done: [CheckCheck, 'ok'],
  cancelled: [X, 'plain'],
  failed: [TriangleAlert, 'late'],
  'entered-in-error': [X, 'late'],
}

export function StateMark({ state }: { state: ImportState }) {
  const t = useWords(words)
  const [Icon, tone] = marks[state]
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {t(`state.${state}`)}
    </Tag>
  )
}
