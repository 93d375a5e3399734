import { LockKeyhole } from 'lucide-react'
import { Button } from '../parts/Button.js'
import { securityWords } from '../words/security.js'
import { useWords } from '../words/words.js'
import { actNow } from './activity.js'
import styles from './Lock.module.css'

/** The last minute before the screen locks. Whatever the person does ends it. */
export function LockSoon({ leftMs }: { leftMs: number }) {
  const t = useWords(securityWords)
  const seconds = Math.ceil(leftMs / 1000)
  return (
    <div className={styles.soon} role="timer">
      <LockKeyhole aria-hidden="true" size={16} />
      <span>{t('lock.soon', { n: seconds })}</span>
      <Button size="s" onPress={actNow}>
        {t('lock.stay')}
      </Button>
    </div>
  )
}
