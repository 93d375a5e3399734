import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Clock.module.css'
import { useNow } from './now.js'

/** Below this share of an hour the time left is called near. */
const defaultNearMs = 10 * 60_000

/** Time left until `at` (UTC ISO): grey, amber when near, red and counting up when overdue; a shape and words say it too. */
export function Clock({ at, nearMs = defaultNearMs, what }: { at: string; nearMs?: number; what?: string }) {
  const t = useWords()
  const formats = useFormats()
  const left = Date.parse(at) - useNow()
  const state = left < 0 ? 'late' : left < nearMs ? 'near' : 'due'
  const time = formats.duration(Math.abs(left))
  return (
    <span
      className={`${styles.clock} ${styles[state]}`}
      title={[what, formats.exact(at)].filter(Boolean).join(' · ')}
    >
      <span aria-hidden="true">
        {state === 'late' ? '+ ' : ''}
        {time}
      </span>
      <span className="unseen">
        {what ? `${what}, ` : ''}
        {t(`clock.${state}`, { time })}
      </span>
    </span>
  )
}
