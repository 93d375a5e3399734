import { type FormEvent, useState } from 'react'
import type { DestructionView } from '../../node/archive/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useToasts } from '../parts/Toast.js'
import { type Reauthentication, useSignature } from '../reports/use-signature.js'
import { useSession } from '../session.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'

/** The second person: with their second factor, and nothing brings it back. */
export function ConfirmDialog({ row, onClose }: { row: DestructionView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const { session } = useSession()
  const [tried, setTried] = useState(false)
  const confirm = useAct<DestructionView, Reauthentication>(
    reauthentication => ({
      method: 'POST',
      path: `/api/archive/destructions/${row.id}/confirm`,
      body: { reauthentication },
    }),
    {
      refresh: [['retention'], ['session']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('confirm.done'), tone: 'ok' })
      },
      onProblem: () => signature.clear(),
    },
  )
  const signature = useSignature(confirm.error, tried, given => {
    setTried(true)
    confirm.mutate(given)
  })
  const enrolled = session.secondFactor.enrolled
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (enrolled && signature.given && !confirm.isPending) confirm.mutate(signature.given)
  }
  return (
    <Dialog title={t('confirm.title', { reference: row.reference })} open onClose={onClose} grave>
      <form className={styles.form} onSubmit={submit} noValidate>
        <p>{t('confirm.text', { name: row.proposedBy, reason: row.reason })}</p>
        {enrolled ? signature.fields : <p className={styles.factor}>{t('confirm.factor')}</p>}
        {confirm.error && !signature.isAbout(confirm.error) ? <ErrorBox trouble={confirm.error} /> : null}
        <div className={styles.buttons}>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          {signature.passkeyButton}
          <Button type="submit" look="grave" isDisabled={!enrolled} busy={confirm.isPending}>
            {t('confirm.act')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
