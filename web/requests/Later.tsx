import { Checkbox } from '../parts/Checkbox.js'
import { laterWords } from '../words/later.js'
import { isoOf, localNow } from '../words/time.js'
import { useWords } from '../words/words.js'
import styles from './Later.module.css'

/** What is typed of a moment: undefined where it happens now, '' while the time is missing. */
export type LaterAt = string | undefined

/** The moment as the node takes it. */
export const happenedAt = (at: LaterAt) => (at === undefined || at === '' ? {} : { happenedAt: isoOf(at) })

/** Says that it happened during a breakdown, and when. */
export function Later({
  value,
  onChange,
  label,
  problem,
}: {
  value: LaterAt
  onChange: (value: LaterAt) => void
  /** In the place of the usual sentence. */
  label?: string
  problem?: string | undefined
}) {
  const t = useWords(laterWords)
  return (
    <div className={styles.later}>
      <Checkbox value={value !== undefined} onChange={on => onChange(on ? '' : undefined)}>
        {label ?? t('check')}
      </Checkbox>
      {value === undefined ? null : (
        <label className={styles.time} data-invalid={problem === undefined ? undefined : true}>
          <span>{t('at')}</span>
          <input
            type="datetime-local"
            required
            value={value}
            max={localNow()}
            onChange={event => onChange(event.target.value)}
          />
          {problem ? <small role="alert">{problem}</small> : null}
        </label>
      )}
    </div>
  )
}
