import type { ReactNode } from 'react'
import { useTitle } from '../shell/title.js'
import styles from './Page.module.css'

export interface PageProps {
  title: string
  /** Beside the title: a count, a state. */
  note?: ReactNode
  /** What can be done with the page as a whole. */
  actions?: ReactNode
  /** Tabs and filters, between the title and the content. */
  filters?: ReactNode
  children: ReactNode
}

/** A page that scrolls as a whole: title, filters, content. */
export function Page({ title, note, actions, filters, children }: PageProps) {
  useTitle(title)
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{title}</h1>
        {note ? <span className={styles.note}>{note}</span> : null}
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </header>
      {filters ? <div className={styles.filters}>{filters}</div> : null}
      {children}
    </div>
  )
}
