import type { CompletenessView } from '../../node/studies/view.js'
import { Bar } from '../parts/Bar.js'
import { useWords } from '../words/words.js'
import styles from './Images.module.css'

type Known = Pick<CompletenessView, 'received' | 'expected' | 'state'>

/**
 * How many images are there, honestly: a count is called confirmed only where the sender's own list proves it, and a
 * total that nobody told is called unknown.
 */
export function Images({ images }: { images: Known | undefined }) {
  const t = useWords()
  if (!images || (images.received === 0 && images.expected === undefined)) {
    return <span className={`${styles.images} ${styles.none}`}>{t('images.none')}</span>
  }
  const { received, expected, state } = images
  const proven = state === 'complete' && expected !== undefined && received >= expected
  const missing = state === 'incomplete' && expected !== undefined ? expected - received : 0
  const words =
    expected === undefined
      ? t('images.unproven', { received })
      : proven
        ? t('images.confirmed', { received, expected })
        : missing > 0
          ? t('images.missing', { received, expected, missing })
          : t('images.of', { received, expected })
  return (
    <span className={styles.images}>
      <span>
        {words}
        {state === 'arriving' && expected !== undefined ? ` · ${t('images.arriving')}` : ''}
      </span>
      <Bar value={received} of={expected} look={proven ? 'done' : missing > 0 ? 'gap' : 'moving'} />
    </span>
  )
}
