import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import styles from './Back.module.css'

/** The way up, before a page's title: an arrow alone, whose label is heard, or (`worded`) with its words beside it. */
export function Back({ href, label, worded = false }: { href: string; label: string; worded?: boolean }) {
  return worded ? (
    <Link href={href} className={styles.worded}>
      <ArrowLeft size={16} aria-hidden /> {label}
    </Link>
  ) : (
    <Link href={href} className={styles.back} aria-label={label}>
      <ArrowLeft size={18} aria-hidden />
    </Link>
  )
}
