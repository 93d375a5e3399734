import { Button } from './Button.js'
import styles from './Meanwhile.module.css'

/** Somebody else was quicker: nothing typed is lost, and nothing of theirs is written over unseen. */
export function Meanwhile({
  said,
  keep,
  take,
  onKeep,
  onTake,
}: {
  /** What happened, and what was kept. */
  said: string
  /** The next save goes over theirs, knowingly. */
  keep: string
  /** What was typed is given up; undefined where there is nothing else to take. */
  take: string | undefined
  onKeep: () => void
  onTake: () => void
}) {
  return (
    <div className={styles.meanwhile}>
      <p role="alert">{said}</p>
      <div className="row">
        <Button onPress={onKeep}>{keep}</Button>
        {take === undefined ? null : <Button onPress={onTake}>{take}</Button>}
      </div>
    </div>
  )
}
