import { type FormEvent, useState } from 'react'
import type { CriticalView } from '../../node/criticals/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useToasts } from '../parts/Toast.js'
import { criticalWords } from '../words/criticals.js'
import { isoOf, localNow } from '../words/time.js'
import { useWords } from '../words/words.js'
import { type CalledFields, CalledForm } from './CalledForm.js'
import styles from './Criticals.module.css'

/** "I have called": who, when and how stand there already; Space for the read-back, Enter, done. */
export function CalledDialog({ critical, onClose }: { critical: CriticalView; onClose: () => void }) {
  const t = useWords(criticalWords)
  const toasts = useToasts()
  const [tried, setTried] = useState(false)
  const [called, setCalled] = useState<CalledFields>(() => ({
    receiver: critical.callback.name,
    role: critical.callback.service ?? '',
    at: localNow(),
    method: 'phone',
    readBack: false,
  }))
  const act = useAct<CriticalView>(
    () => ({
      method: 'POST',
      path: `/api/criticals/${critical.id}/acknowledge`,
      body: { ...called, method: t(`method.${called.method}`), at: isoOf(called.at) },
    }),
    {
      refresh: [['criticals'], ['alerts'], ['requests'], ['calls']],
      onDone: answer => {
        toasts.say({
          text: t(answer.state === 'notifying' ? 'called.done.open' : 'called.done'),
          detail: answer.reference,
          tone: 'ok',
        })
        onClose()
      },
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (called.receiver.trim() && called.role.trim() && called.at && !act.isPending) act.mutate()
  }
  return (
    <Dialog title={t('called.act')} open onClose={onClose} grave>
      <form className={styles.form} onSubmit={submit} noValidate>
        <p className={styles.said}>{critical.finding}</p>
        <CalledForm value={called} onChange={setCalled} tried={tried} autoFocus />
        {act.error ? <ErrorBox trouble={act.error} /> : null}
        <div>
          <Button type="submit" look="go" size="l" keys="Enter" busy={act.isPending}>
            {t(called.readBack ? 'called.submit' : 'called.submit.open')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
