import { useLocation } from 'wouter'
import type { SignedView } from '../../node/reports/view.js'
import type { RequestRow } from '../../node/requests/view.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { useInWords } from '../requests/in-words.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './SignedDialog.module.css'

/** After the signature: its proof, and one key for the next case; where the reader holds no other, for the next to claim. */
export function SignedDialog({
  signed,
  report,
  next,
  free,
}: {
  signed: SignedView
  report: string
  next: RequestRow[]
  /** What they may claim next: it is shown, and claimed there. */
  free: RequestRow | undefined
}) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const inWords = useInWords()
  const [, go] = useLocation()
  const held = next[0]
  const row = held ?? free
  const toList = () => go('/requests?list=to-claim')
  return (
    <Dialog
      title={t('signed.title')}
      open
      onClose={toList}
      foot={
        <>
          <Button look="quiet" onPress={() => go(`/reports/${report}`)}>
            {t('signed.see')}
          </Button>
          <Button look={row ? 'plain' : 'go'} onPress={toList} autoFocus={!row}>
            {t('signed.list')}
          </Button>
          {row ? (
            <Button
              look="go"
              keys="Enter"
              autoFocus
              onPress={() => go(held ? `/requests/${held.id}/report` : `/requests/${row.id}`)}
            >
              {held ? t('signed.nextOf', { n: next.length }) : t('signed.free.open')}
            </Button>
          ) : null}
        </>
      }
    >
      <p>{t('signed.text', { version: signed.version, time: formats.time(signed.signedAt) })}</p>
      <div>
        <h3>{t('signed.digest')}</h3>
        <p className="code">{signed.digest}</p>
      </div>
      {row ? (
        <div className={styles.next}>
          <h3>{t(held ? 'signed.next' : 'signed.free')}</h3>
          <strong>{inWords.name(row.patient)}</strong>
          <span className="second">
            {inWords.exam(row)} · {row.question}
          </span>
        </div>
      ) : null}
    </Dialog>
  )
}
