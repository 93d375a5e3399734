import styles from './Bar.module.css'

/**
 * A thin bar under the words that say the same (so only for the eye).
 * `of` absent: the end is not known, and nothing pretends to be it.
 */
export function Bar({
  value,
  of,
  look = 'moving',
}: {
  value: number
  of?: number | undefined
  look?: 'moving' | 'done' | 'gap' | 'failed'
}) {
  const share = of === undefined ? undefined : of === 0 ? 0 : Math.min(1, value / of)
  return (
    <span
      aria-hidden="true"
      className={`${styles.bar} ${styles[look]} ${share === undefined ? styles.open : ''}`}
    >
      {share === undefined ? null : <i style={{ width: `${share * 100}%` }} />}
    </span>
  )
}
