import type { ReactNode } from 'react'
import { Label } from 'react-aria-components'
import { useWords } from '../words/words.js'
import styles from './Field.module.css'

/** What all controls of a form share. */
export interface FieldProps {
  label: string
  /** Under the label: why it is asked, or what form it has. */
  hint?: ReactNode
  /** What is wrong with it, in words. */
  problem?: string | undefined
  required?: boolean
  /** Says "facultatif" beside the label: for forms where most fields are mandatory. */
  optional?: boolean
  /** The label is only said, not shown (a search box with a placeholder). */
  hideLabel?: boolean
}

/** Label and its mark, the same for every control. */
export function FieldLabel({
  label,
  required,
  optional,
  hideLabel,
  small,
}: Omit<FieldProps, 'hint' | 'problem'> & { small?: boolean }) {
  const t = useWords()
  return (
    <Label className={hideLabel ? 'unseen' : small ? styles.smallLabel : styles.label}>
      {label}
      {required ? <span className={styles.mark}> · {t('required')}</span> : null}
      {optional ? <span className={styles.mark}> · {t('optional')}</span> : null}
    </Label>
  )
}
