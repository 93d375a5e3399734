import { type FormEvent, useState } from 'react'
import type { ReportView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './SignDialog.module.css'
import { type Reauthentication, useSignature } from './use-signature.js'

/** Takes a report back, with a reason that everybody who got it will read. */
export default function WithdrawDialog({ report, onClose }: { report: ReportView; onClose: () => void }) {
  const t = useWords(reportWords)
  const toasts = useToasts()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const sign = useAct<ReportView, Reauthentication>(
    reauthentication => ({
      method: 'POST',
      path: `/api/reports/${report.id}/withdrawal`,
      body: { reauthentication, reason: reason.trim() },
    }),
    {
      refresh: [['reports'], ['requests'], ['session']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('withdraw.done'), tone: 'ok' })
      },
      onProblem: () => signature.clear(),
    },
  )
  const signature = useSignature(sign.error, tried, given => {
    setTried(true)
    if (reason.trim()) sign.mutate(given)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (reason.trim() && signature.given && !sign.isPending) sign.mutate(signature.given)
  }
  return (
    <Dialog title={t('withdraw.title')} open onClose={onClose} grave>
      <form className={styles.form} onSubmit={submit} noValidate>
        <p>{t('withdraw.lead')}</p>
        <TextArea
          label={t('withdraw.reason')}
          required
          autoFocus
          lines={3}
          value={reason}
          onChange={setReason}
          problem={tried && !reason.trim() ? t('checks.missing') : undefined}
        />
        {sign.error && !signature.isAbout(sign.error) ? <ErrorBox trouble={sign.error} /> : null}
        {signature.fields}
        <div className={styles.buttons}>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          {signature.passkeyButton}
          <Button type="submit" look="grave" busy={sign.isPending}>
            {t('withdraw.submit')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
