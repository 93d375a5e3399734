import { type FormEvent, useState } from 'react'
import type { ReportView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { useKept } from '../drafts/kept.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { type Reauthentication, useSignature } from './use-signature.js'

/** The text and the password that signs it. What was typed is kept in the tab until then. */
export default function AddendumDialog({ report, onClose }: { report: ReportView; onClose: () => void }) {
  const t = useWords(reportWords)
  const toasts = useToasts()
  const [text, setText, forget] = useKept(`relais.addendum.${report.id}`, () => '')
  const [tried, setTried] = useState(false)
  const sign = useAct<ReportView, Reauthentication>(
    reauthentication => ({
      method: 'POST',
      path: `/api/reports/${report.id}/addendum`,
      body: { text: text.trim(), reauthentication },
    }),
    {
      refresh: [['reports'], ['requests'], ['session']],
      onDone: () => {
        forget()
        onClose()
        toasts.say({ text: t('addendum.done'), tone: 'ok' })
      },
      onProblem: () => signature.clear(),
    },
  )
  const signature = useSignature(sign.error, tried, given => {
    setTried(true)
    if (text.trim()) sign.mutate(given)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (text.trim() && signature.given) sign.mutate(signature.given)
  }
  return (
    <Dialog title={t('addendum.title')} open onClose={onClose} grave>
      <form onSubmit={submit} style={{ display: 'contents' }}>
        <TextArea
          label={t('addendum.text')}
          hint={t('addendum.hint')}
          required
          autoFocus
          lines={5}
          value={text}
          onChange={setText}
          problem={tried && !text.trim() ? t('addendum.missing') : undefined}
        />
        {sign.error && !signature.isAbout(sign.error) ? <ErrorBox trouble={sign.error} /> : null}
        {signature.fields}
        {signature.passkeyButton}
        <Button type="submit" look="go" busy={sign.isPending}>
          {t('addendum.submit')}
        </Button>
      </form>
    </Dialog>
  )
}
