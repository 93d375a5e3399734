import { ChevronDown } from 'lucide-react'
import styles from './Picker.module.css'
import type { Option } from './Select.js'

/** One choice out of a list with the machine's own list: for filters in a bar, where a label would take the place. */
export function Picker({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: Option[]
  value: string
  onChange: (id: string) => void
}) {
  return (
    <span className={styles.frame}>
      <select
        aria-label={label}
        className={styles.select}
        value={value}
        onChange={event => onChange(event.target.value)}
      >
        {options.map(option => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden="true" />
    </span>
  )
}
