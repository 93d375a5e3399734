import { Split, TriangleAlert, UserRoundX } from 'lucide-react'
import type { CompletenessView, StudyView } from '../../node/studies/view.js'
import { ScreenBand } from '../screens/ScreenCheck.js'
import { useNode } from '../shell/node.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import styles from './Viewer.module.css'

/** What nobody may miss below the picture: images that are not there, and a screen nobody has validated. */
export function Bands({ study }: { study: StudyView | undefined }) {
  const t = useWords(words)
  const node = useNode()
  const completeness = study?.completeness
  const gap = completeness && gapOf(completeness)
  return (
    <div className={styles.bands}>
      {gap && (
        <p className={gap === 'unproven' ? styles.unproven : styles.gap}>
          <TriangleAlert size={15} aria-hidden />
          {t(`band.${gap}`, {
            received: completeness.received,
            expected: completeness.expected ?? 0,
            missing: completeness.missing ?? 0,
          })}
        </p>
      )}
      {study?.identityDoubt && (
        <p className={styles.gap}>
          <UserRoundX size={15} aria-hidden />
          {t('band.doubt')}
        </p>
      )}
      {study !== undefined && study.conflicts > 0 && (
        <p className={styles.gap}>
          <Split size={15} aria-hidden />
          {t('band.conflict', { n: study.conflicts })}
        </p>
      )}
      {node?.notForDiagnosis !== false && <ScreenBand className={styles.notDiagnostic} />}
    </div>
  )
}

/** A count without a total is no proof, so it is said too; only a proven whole is silent. */
export function gapOf(completeness: CompletenessView): 'gap' | 'arriving' | 'unproven' | null {
  const { expected, state } = completeness
  if (expected === undefined) return 'unproven'
  if (state === 'complete') return null
  if (state === 'arriving') return 'arriving'
  return state === 'incomplete' ? 'gap' : 'unproven'
}
