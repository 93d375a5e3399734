import { Copy } from 'lucide-react'
import type { AccountView } from '../../node/accounts/view.js'
import { Button } from '../parts/Button.js'
import { TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { accounts as words } from '../words/accounts.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'

/** Shown once: the node keeps only the hash of the secret in the link. */
export function Invitation({
  name,
  invitation,
}: {
  name: string
  invitation: NonNullable<AccountView['invitation']>
}) {
  const t = useWords(words)
  const format = useFormats()
  const toasts = useToasts()
  const link = `${location.origin}${invitation.path}`
  const copy = async () => {
    await navigator.clipboard.writeText(link)
    toasts.say({ text: t('said.copied') })
  }
  return (
    <>
      <p>
        <b>{name}</b>
      </p>
      <p>{t('invitation.text', { time: format.dateTime(invitation.expiresAt) })}</p>
      <TextArea
        label={t('invitation.title')}
        hideLabel
        value={link}
        onChange={() => undefined}
        readOnly
        lines={2}
      />
      {navigator.clipboard ? (
        <div>
          <Button icon={<Copy aria-hidden />} onPress={() => void copy()}>
            {t('invitation.copy')}
          </Button>
        </div>
      ) : null}
    </>
  )
}
