import type { ReactNode } from 'react'
import styles from './Table.module.css'

/** A plain table that scrolls sideways rather than squeeze; `caption` is said, not shown. */
export function Table({
  caption,
  children,
  dense = false,
}: {
  caption: string
  children: ReactNode
  dense?: boolean
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} aria-label={caption} tabIndex={0}>
      <table className={`${styles.table} ${dense ? styles.dense : ''}`}>
        <caption className="unseen">{caption}</caption>
        {children}
      </table>
    </section>
  )
}

/** Column headings; a string heading is enough for most. */
export function Head({
  columns,
}: {
  columns: (string | { label: string; hidden?: boolean; right?: boolean })[]
}) {
  return (
    <thead>
      <tr>
        {columns.map(column => {
          const { label, hidden, right } = typeof column === 'string' ? { label: column } : { ...column }
          return (
            <th key={label} scope="col" className={right ? styles.right : undefined}>
              {hidden ? <span className="unseen">{label}</span> : label}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
