import { type ReactNode, useState } from 'react'
import { Button } from './Button.js'
import { Dialog } from './Dialog.js'
import { ErrorBox, type Trouble } from './ErrorBox.js'
import { TextArea } from './Field.js'

const REASON_MAX_CHARS = 500

/** A grave act that needs a reason which stays. */
export function ReasonDialog({
  title,
  children,
  label,
  hint,
  act,
  keep,
  busy,
  trouble,
  onAct,
  onClose,
}: {
  title: string
  /** What will happen, in words. */
  children: ReactNode
  label: string
  hint: string
  act: string
  keep: string
  busy: boolean
  trouble: Trouble | null
  onAct: (reason: string) => void
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  return (
    <Dialog
      title={title}
      open
      grave
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {keep}
          </Button>
          <Button
            look="grave"
            isDisabled={reason.trim() === ''}
            busy={busy}
            onPress={() => onAct(reason.trim())}
          >
            {act}
          </Button>
        </>
      }
    >
      {children}
      <TextArea
        label={label}
        hint={hint}
        required
        autoFocus
        maxLength={REASON_MAX_CHARS}
        value={reason}
        onChange={setReason}
      />
      {trouble ? <ErrorBox trouble={trouble} /> : null}
    </Dialog>
  )
}
