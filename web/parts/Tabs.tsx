import { Link, useLocation, useSearch } from 'wouter'
import styles from './Tabs.module.css'

export interface Tab {
  label: string
  href: string
  current: boolean
  count?: number
}

/** The parts of a page, or the states of a list, as links: each has its address. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map(tab => (
        <Link key={tab.href} href={tab.href} aria-current={tab.current ? 'page' : undefined}>
          {tab.label}
          {tab.count === undefined ? null : <span className={styles.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  )
}

/** This page's address with one filter changed, the others kept; '' takes it away. */
export function useFilterHref(): (name: string, value: string) => string {
  const [path] = useLocation()
  const search = useSearch()
  return (name, value) => {
    const query = new URLSearchParams(search)
    if (value) query.set(name, value)
    else query.delete(name)
    return query.size > 0 ? `${path}?${query}` : path
  }
}
