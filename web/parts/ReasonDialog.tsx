import { type ReactNode, useState } from 'react'
import { Dialog } from './Dialog.js'
import { DialogFoot } from './DialogFoot.js'
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
  words,
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
  /** In place of what the code of the trouble says in general. */
  words?: string | undefined
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
        <DialogFoot
          keep={keep}
          act={act}
          look="grave"
          isDisabled={reason.trim() === ''}
          busy={busy}
          onAct={() => onAct(reason.trim())}
          onClose={onClose}
        />
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
      {trouble ? <ErrorBox trouble={trouble} {...(words === undefined ? {} : { words })} /> : null}
    </Dialog>
  )
}
