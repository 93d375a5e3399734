import type { ReactNode } from 'react'
import { Checkbox as AriaCheckbox } from 'react-aria-components'
import styles from './Field.module.css'

export function Checkbox({
  children,
  value,
  onChange,
  disabled = false,
  problem,
}: {
  children: ReactNode
  value: boolean
  onChange: (value: boolean) => void
  disabled?: boolean
  problem?: string | undefined
}) {
  return (
    <AriaCheckbox
      className={styles.check ?? ''}
      isSelected={value}
      onChange={onChange}
      isDisabled={disabled}
      isInvalid={problem !== undefined}
    >
      <span className={styles.box}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path
            d="m3.5 8.5 3 3 6-7"
            fill="none"
            stroke="currentColor"
            strokeWidth="2.2"
            strokeLinecap="round"
          />
        </svg>
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  )
}
