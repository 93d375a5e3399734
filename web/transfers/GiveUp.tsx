import { useState } from 'react'
import type { TransferRow } from '../../node/studies/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { transfers as words } from '../words/transfers.js'
import { useWords } from '../words/words.js'

/** Nothing is given up without a reason that stays. */
export function GiveUp({ transfer, onClose }: { transfer: TransferRow; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [reason, setReason] = useState('')
  const cancel = useAct<TransferRow, string>(
    given => ({ method: 'POST', path: `/api/transfers/${transfer.id}/cancel`, body: { reason: given } }),
    {
      refresh: [['transfers'], ['studies']],
      onDone: () => {
        toasts.say({ text: t('said.cancelled'), detail: transfer.peer })
        onClose()
      },
    },
  )
  return (
    <Dialog
      title={t('give.title')}
      open
      grave
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('give.keep')}
          </Button>
          <Button
            look="grave"
            isDisabled={reason.trim() === ''}
            busy={cancel.isPending}
            onPress={() => cancel.mutate(reason.trim())}
          >
            {t('give')}
          </Button>
        </>
      }
    >
      <p>
        <b>{transfer.study}</b>
      </p>
      <p>{t('give.text', { peer: transfer.peer })}</p>
      <TextArea
        label={t('give.reason')}
        hint={t('give.reason.hint')}
        required
        autoFocus
        maxLength={500}
        value={reason}
        onChange={setReason}
      />
      {cancel.error ? <ErrorBox trouble={cancel.error} /> : null}
    </Dialog>
  )
}
