import {
  CheckCheck,
  CircleHelp,
  CloudUpload,
  Disc3,
  EyeOff,
  type LucideIcon,
  MoveRight,
  TriangleAlert,
  X,
} from 'lucide-react'
import type { ImportRow, ImportState, PersonState } from '../../node/imports/view.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { keeping } from '../words/keeping.js'
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

/** Where a disc stands; one whose images did not all arrive is not merely on its way. */
export function StateMark({ disc }: { disc: Pick<ImportRow, 'state' | 'failedTo' | 'decidedAt'> }) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const k = useWords(keeping)
  const { state, failedTo, decidedAt } = disc
  const [Icon, tone] = marks[failedTo ? 'failed' : state]
  if (failedTo)
    return (
      <Tag tone={tone} icon={<Icon aria-hidden />}>
        {k('sending.failed')}
      </Tag>
    )
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {state === 'failed' && decidedAt ? p('person.state.failed') : t(`state.${state}`)}
    </Tag>
  )
}

const personMarks: Record<PersonState, [LucideIcon, Tone]> = {
  'to-decide': [CircleHelp, 'near'],
  taking: [MoveRight, 'accent'],
  sending: [MoveRight, 'accent'],
  done: [CheckCheck, 'ok'],
  'not-taken': [EyeOff, 'plain'],
  failed: [TriangleAlert, 'late'],
  'entered-in-error': [X, 'late'],
}

/** Where one person of a disc stands. */
export function PersonMark({ state }: { state: PersonState }) {
  const p = useWords(importPeople)
  const [Icon, tone] = personMarks[state]
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {p(`person.state.${state}`)}
    </Tag>
  )
}
