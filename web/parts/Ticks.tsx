import { Checkbox } from './Checkbox.js'
import styles from './Ticks.module.css'

/** Any of a few, all in sight. */
export function Ticks<Id extends string>({
  legend,
  hint,
  problem,
  values,
  chosen,
  onChange,
}: {
  legend: string
  hint?: string
  problem?: string | undefined
  values: { id: Id; label: string }[]
  chosen: readonly Id[]
  onChange: (chosen: Id[]) => void
}) {
  return (
    <fieldset className={styles.ticks}>
      <legend>{legend}</legend>
      {hint ? <small className={styles.whole}>{hint}</small> : null}
      {values.map(({ id, label }) => (
        <Checkbox
          key={id}
          value={chosen.includes(id)}
          onChange={on => onChange(on ? [...chosen, id] : chosen.filter(each => each !== id))}
        >
          {label}
        </Checkbox>
      ))}
      {problem ? (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      ) : null}
    </fieldset>
  )
}
