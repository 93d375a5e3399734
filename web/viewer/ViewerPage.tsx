import { useTitle } from '../shell/title.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import Viewer from './Viewer.js'
import styles from './Viewer.module.css'

/** /viewer/:uid: the images alone on a screen, a second monitor for instance. */
export default function ViewerPage({ uid }: { uid: string }) {
  const t = useWords(words)
  useTitle(t('title'))
  return (
    <main className={styles.page}>
      <h1 className="unseen">{t('title')}</h1>
      <Viewer studyInstanceUID={uid} autoFocus />
    </main>
  )
}
