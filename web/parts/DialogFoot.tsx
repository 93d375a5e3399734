import { useWords } from '../words/words.js'
import { Button } from './Button.js'

/** The foot of a dialog: a way out that changes nothing, and the one thing to do, last. */
export function DialogFoot({
  keep,
  act,
  look = 'go',
  busy = false,
  isDisabled = false,
  keys,
  onAct,
  onClose,
}: {
  /** In place of "cancel". */
  keep?: string
  act: string
  look?: 'go' | 'grave'
  busy?: boolean
  isDisabled?: boolean
  /** The keys that do it too. */
  keys?: string
  onAct: () => void
  onClose: () => void
}) {
  const t = useWords()
  return (
    <>
      <Button look="quiet" onPress={onClose}>
        {keep ?? t('cancel')}
      </Button>
      <Button
        look={look}
        isDisabled={isDisabled}
        busy={busy}
        onPress={onAct}
        {...(keys === undefined ? {} : { keys })}
      >
        {act}
      </Button>
    </>
  )
}
