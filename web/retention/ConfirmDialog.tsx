import { type FormEvent, lazy, Suspense, useState } from 'react'
import type { DestructionView } from '../../node/archive/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useToasts } from '../parts/Toast.js'
import { type Reauthentication, useSignature } from '../reports/use-signature.js'
import { useSession } from '../session.js'
import { retentionWords } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'
import { useRefusal } from './refusals.js'

const SetUp = lazy(() => import('../account/SetUp.js'))

/** The second person: with their second factor, and nothing brings it back. */
export function ConfirmDialog({ row, onClose }: { row: DestructionView; onClose: () => void }) {
  const t = useWords(retentionWords)
  const toasts = useToasts()
  const refusal = useRefusal()
  const { session } = useSession()
  const [tried, setTried] = useState(false)
  const [settingUp, setSettingUp] = useState(false)
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
  const onPasskey = (given: Reauthentication) => {
    setTried(true)
    confirm.mutate(given)
  }
  const signature = useSignature(confirm.error, tried, onPasskey, {
    wrong: t('confirm.wrong'),
    wrongCode: t('confirm.code.wrong'),
    missing: t('confirm.missing'),
    passkey: t('confirm.passkey'),
    gated: true,
  })
  const enrolled = session.secondFactor.enrolled
  const send = () => {
    setTried(true)
    if (enrolled && signature.given && !confirm.isPending) confirm.mutate(signature.given)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  const words = refusal(confirm.error, 'confirm.late')
  if (settingUp)
    return (
      <Suspense fallback={null}>
        <SetUp onDone={() => setSettingUp(false)} onClose={() => setSettingUp(false)} />
      </Suspense>
    )
  return (
    <Dialog
      title={t('confirm.title', { reference: row.reference })}
      open
      onClose={onClose}
      grave
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          {signature.passkeyButton}
          {enrolled ? (
            <Button look="grave" busy={confirm.isPending} onPress={send}>
              {t('confirm.act')}
            </Button>
          ) : null}
        </>
      }
    >
      <form className={styles.form} onSubmit={submit} noValidate>
        <p>{t('confirm.text', { name: row.proposedBy, reason: row.reason })}</p>
        {enrolled ? (
          signature.fields
        ) : (
          <div className={styles.factor}>
            <p>{t('confirm.factor')}</p>
            <Button onPress={() => setSettingUp(true)}>{t('confirm.factor.setUp')}</Button>
          </div>
        )}
        {confirm.error && !signature.isAbout(confirm.error) ? (
          <ErrorBox trouble={confirm.error} {...(words === undefined ? {} : { words })} />
        ) : null}
      </form>
    </Dialog>
  )
}
