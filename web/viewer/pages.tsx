import { useNode } from '../shell/node.js'
import { useTitle } from '../shell/title.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import Viewer from './Viewer.js'
import styles from './Viewer.module.css'

/** /viewer/:uid: the images alone on a screen, a second monitor for instance. */
export default function ViewerPage({ params }: { params: { uid: string } }) {
  const t = useWords(words)
  const node = useNode()
  useTitle(t('title'))
  return (
    <div className={node?.demo || node?.notForDiagnosis ? styles.pageUnderBanner : styles.page}>
      <h1 className="unseen">{t('title')}</h1>
      <Viewer studyInstanceUID={params.uid} autoFocus />
    </div>
  )
}
