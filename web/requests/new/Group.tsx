import { type ReactNode, useId } from 'react'
import styles from './Form.module.css'

/** A part of the form under its heading. */
export function Group({
  title,
  lead,
  children,
}: {
  title: string
  lead?: string | undefined
  children: ReactNode
}) {
  const id = useId()
  return (
    <section className={styles.group} aria-labelledby={id}>
      <div>
        <h2 id={id}>{title}</h2>
        {lead ? <small>{lead}</small> : null}
      </div>
      <div className={styles.fields}>{children}</div>
    </section>
  )
}
