import { useState } from 'react'
import type { NewTokenView, TokenView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices } from '../parts/Field.js'
import { tokens as words } from '../words/tokens.js'
import { useWords } from '../words/words.js'
import { Made } from './NewToken.js'

const OVERLAPS = ['0', '1', '24', '72', '168'] as const
type Hours = (typeof OVERLAPS)[number]

/** Another secret for a token, with the time in which the old one still works. */
export function RotateToken({ token, onClose }: { token: TokenView; onClose: () => void }) {
  const t = useWords(words)
  const [hours, setHours] = useState<Hours>('24')
  const rotate = useAct<NewTokenView, object>(
    body => ({ method: 'POST', path: `/api/tokens/${token.id}/rotation`, body }),
    { refresh: [['tokens']] },
  )
  if (rotate.data) return <Made token={rotate.data} onClose={onClose} />
  return (
    <Dialog
      title={t('rotate.title')}
      open
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('rotate.go')}
          busy={rotate.isPending}
          onAct={() => rotate.mutate({ overlapHours: Number(hours) })}
          onClose={onClose}
        />
      }
    >
      <p>{t('rotate.text', { name: token.name })}</p>
      <Choices<Hours>
        label={t('rotate.overlap')}
        hint={t('rotate.overlap.none')}
        value={hours}
        onChange={setHours}
        problem={rotate.error?.field('overlapHours')}
        choices={OVERLAPS.map(id => ({ id, label: t(`overlap.${id}`) }))}
      />
      {rotate.error ? <ErrorBox trouble={rotate.error} /> : null}
    </Dialog>
  )
}
