import type { ReactNode } from 'react'
import styles from './Tag.module.css'

export type Tone = 'plain' | 'accent' | 'ok' | 'near' | 'late' | 'gap'

/** A short word beside something. The tone repeats what the word says, it never says it alone. */
export function Tag({
  children,
  tone = 'plain',
  icon,
  title,
}: {
  children: ReactNode
  tone?: Tone
  icon?: ReactNode
  title?: string
}) {
  return (
    <span className={`${styles.tag} ${styles[tone]}`} {...(title ? { title } : {})}>
      {icon}
      {children}
    </span>
  )
}
