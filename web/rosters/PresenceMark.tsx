import type { PresenceState } from '../../node/offsite/view.js'
import { rosters as words } from '../words/rosters.js'
import { useWords } from '../words/words.js'
import styles from './PresenceMark.module.css'

const shapes: Record<PresenceState, React.ReactNode> = {
  reading: <circle cx="5" cy="5" r="4.2" fill="currentColor" />,
  online: <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  away: <path d="M5 1a4 4 0 1 0 4 4H5z" fill="currentColor" />,
  offline: <path d="M2 5h6" stroke="currentColor" strokeWidth="1.8" />,
}

/** Whether somebody is there: a shape, and the words for who hears it or hovers. */
export function PresenceMark({ state }: { state: PresenceState }) {
  const t = useWords(words)
  const label = t(`presence.${state}`)
  return (
    <span className={`${styles.mark} ${styles[state]}`} title={label}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        {shapes[state]}
      </svg>
      <span className="unseen">{label}</span>
    </span>
  )
}
