import type { ReactNode } from 'react'
import styles from './Empty.module.css'

/** Why there is nothing, and what one can do about it. */
export function Empty({
  title,
  children,
  action,
  icon,
  whole = false,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  icon?: ReactNode
  /** It is the page itself, not a part of it: its title is the page's. */
  whole?: boolean
}) {
  return (
    <div className={styles.empty}>
      {icon ? <span className={styles.icon}>{icon}</span> : null}
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  )
}
