import { useEffect, useState } from 'react'
import { useWords } from '../words/words.js'
import styles from './Skeleton.module.css'

/** Nothing is shown before this: most answers are there by then, and a flash is worse than a pause. */
const patienceMs = 300

/** Grey lines where the text will be. */
export function Skeleton({ lines = 3, height = 14 }: { lines?: number; height?: number }) {
  const t = useWords()
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={styles.skeleton} role="status" aria-busy="true">
      {shown ? <span className="unseen">{t('loading')}</span> : null}
      {Array.from({ length: lines }, (_, line) => (
        <i
          key={line}
          className={shown ? styles.line : styles.hidden}
          style={{ height, width: `${[92, 78, 85, 64][line % 4]}%` }}
        />
      ))}
    </div>
  )
}
