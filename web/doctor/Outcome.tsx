import { CircleCheck, CircleDashed, CircleX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Outcome } from '../../node/doctor/view.js'
import { Tag } from '../parts/Tag.js'
import { doctor as words } from '../words/doctor.js'
import { useWords } from '../words/words.js'
import styles from './Doctor.module.css'

const signs = {
  good: [CircleCheck, 'ok', styles.good],
  attention: [TriangleAlert, 'near', styles.attention],
  broken: [CircleX, 'late', styles.broken],
  'not-checked': [CircleDashed, 'plain', styles.unchecked],
} as const

/** The sign and its word, told apart without colour. */
export function OutcomeSign({ outcome }: { outcome: Outcome }) {
  const t = useWords(words)
  const [Icon, , tone] = signs[outcome]
  return (
    <span className={`${styles.sign} ${tone}`}>
      <Icon size={16} aria-hidden />
      <span>{t(`outcome.${outcome}`)}</span>
    </span>
  )
}

/** A count of them. `calm`: there is none, and that is well. */
export function OutcomeTag({
  outcome,
  calm = false,
  children,
}: {
  outcome: Outcome
  calm?: boolean
  children: ReactNode
}) {
  const [Icon, tone] = signs[calm ? 'good' : outcome]
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {children}
    </Tag>
  )
}
