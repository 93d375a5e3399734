import type { ConflictView } from '../../node/studies/view.js'
import { useAct } from '../api/data.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { useToasts } from '../parts/Toast.js'
import { conflicts as words } from '../words/conflicts.js'
import { useWords } from '../words/words.js'

/** Nothing is decided without a reason that stays. */
export function Decide({
  conflict,
  decision,
  onClose,
  onDone,
}: {
  conflict: ConflictView
  decision: 'accept' | 'keep'
  onClose: () => void
  onDone: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const decide = useAct<ConflictView, string>(
    reason => ({
      method: 'POST',
      path: `/api/conflicts/${conflict.id}/decision`,
      body: { decision, reason },
    }),
    {
      refresh: [['conflicts'], ['studies'], ['requests'], ['transfers']],
      onDone: () => {
        toasts.say({ text: t(`said.${decision}`) })
        onDone()
      },
    },
  )
  return (
    <ReasonDialog
      title={t(`${decision}.title`)}
      label={t('reason')}
      hint={t('reason.hint')}
      act={t(decision)}
      keep={t('back')}
      busy={decide.isPending}
      trouble={decide.error}
      onAct={reason => decide.mutate(reason)}
      onClose={onClose}
    >
      <p>{t(`${decision}.text`)}</p>
    </ReasonDialog>
  )
}
