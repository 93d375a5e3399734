import { Copy } from 'lucide-react'
import { Button } from '../parts/Button.js'
import { useToasts } from '../parts/Toast.js'
import { securityWords } from '../words/security.js'
import { useWords } from '../words/words.js'
import styles from './Account.module.css'

/** The only time they are on a screen. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const t = useWords(securityWords)
  const toasts = useToasts()
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join('\n'))
    toasts.say({ text: t('codes.copied') })
  }
  return (
    <>
      <p>{t('codes.text')}</p>
      <ol className={styles.codes}>
        {codes.map(code => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      {navigator.clipboard ? (
        <div>
          <Button icon={<Copy aria-hidden="true" />} onPress={() => void copy()}>
            {t('codes.copy')}
          </Button>
        </div>
      ) : null}
    </>
  )
}
