import { TriangleAlert } from 'lucide-react'
import type { CompletenessView } from '../../node/studies/view.js'
import { useNode } from '../shell/node.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import styles from './Viewer.module.css'

/** What nobody may miss below the picture: images that are not there, and a screen nobody has validated. */
export function Bands({ completeness }: { completeness: CompletenessView | undefined }) {
  const t = useWords(words)
  const node = useNode()
  const gap = completeness && gapOf(completeness)
  return (
    <div className={styles.bands}>
      {gap && (
        <p className={gap === 'unproven' ? styles.unproven : styles.gap}>
          <TriangleAlert size={15} aria-hidden />
          {t(`band.${gap}`, {
            received: completeness.received,
            expected: completeness.expected ?? 0,
            missing: Math.max(0, (completeness.expected ?? 0) - completeness.received),
          })}
        </p>
      )}
      {node?.notForDiagnosis !== false && <p className={styles.notDiagnostic}>{t('band.not-diagnostic')}</p>}
    </div>
  )
}

/** A count without a total is no proof, so it is said too; only a proven whole is silent. */
export function gapOf(completeness: CompletenessView): 'gap' | 'arriving' | 'unproven' | null {
  const { expected, received, state } = completeness
  if (expected === undefined) return 'unproven'
  if (received >= expected) return null
  return state === 'arriving' ? 'arriving' : 'gap'
}
