import type { TransferRow } from '../../node/studies/view.js'
import { useAct } from '../api/data.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { useToasts } from '../parts/Toast.js'
import { transfers as words } from '../words/transfers.js'
import { useWords } from '../words/words.js'

/** Nothing is given up without a reason that stays. */
export function GiveUp({ transfer, onClose }: { transfer: TransferRow; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
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
    <ReasonDialog
      title={t('give.title')}
      label={t('give.reason')}
      hint={t('give.reason.hint')}
      act={t('give')}
      keep={t('give.keep')}
      busy={cancel.isPending}
      trouble={cancel.error}
      onAct={reason => cancel.mutate(reason)}
      onClose={onClose}
    >
      <p>
        <b>{transfer.study}</b>
      </p>
      <p>{t('give.text', { peer: transfer.peer })}</p>
    </ReasonDialog>
  )
}
