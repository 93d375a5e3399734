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
import type { ImportState, PersonState } from '../../node/imports/view.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { importPeople } from '../words/import-people.js'
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
