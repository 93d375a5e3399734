import type { AccountView } from '../../node/accounts/view.js'
import { accounts as words } from '../words/accounts.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import { ShownOnce } from './ShownOnce.js'

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
  return (
    <>
      <p>
        <b>{name}</b>
      </p>
      <p>{t('invitation.text', { time: format.dateTime(invitation.expiresAt) })}</p>
      <ShownOnce
        label={t('invitation.title')}
        value={`${location.origin}${invitation.path}`}
        copy={t('invitation.copy')}
        copied={t('said.copied')}
      />
    </>
  )
}
