import { useState } from 'react'
import type { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { TextArea } from '../parts/Field.js'
import { linkWords } from '../words/links-to-studies.js'
import { useWords } from '../words/words.js'

/** The images are of another patient, side or region than asked: a person looks, and says why it goes on, or stops. */
export function MismatchDialog({
  problem,
  busy,
  onConfirm,
  onClose,
}: {
  problem: ApiProblem
  busy: boolean
  onConfirm: (reason: string) => void
  onClose: () => void
}) {
  const t = useWords(linkWords)
  const [reason, setReason] = useState('')
  return (
    <Dialog
      title={t('mismatch.title')}
      open
      grave
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t('mismatch.back')}</Button>
          <Button
            look="grave"
            busy={busy}
            isDisabled={!reason.trim()}
            onPress={() => onConfirm(reason.trim())}
          >
            {t('mismatch.go')}
          </Button>
        </>
      }
    >
      <ul>
        {problem.fields.map(({ path, message }) => (
          <li key={path}>
            <strong>{message}</strong>
          </li>
        ))}
      </ul>
      <p className="second">{t('mismatch.lead')}</p>
      <TextArea
        label={t('mismatch.reason')}
        required
        autoFocus
        lines={2}
        value={reason}
        onChange={setReason}
        maxLength={4000}
      />
    </Dialog>
  )
}
