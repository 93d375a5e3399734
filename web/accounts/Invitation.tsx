import type { AccountView } from '../../node/accounts/view.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import { ShownOnce } from './ShownOnce.js'

/** Shown once: the node keeps only the hash of the secret in the link. */
export function Invitation({
  name,
  invitation,
  text,
}: {
  name: string
  invitation: NonNullable<AccountView['invitation']>
  text: string
}) {
  const t = useWords(words)
  return (
    <>
      <p>
        <b>{name}</b>
      </p>
      <p>{text}</p>
      <ShownOnce
        label={t('invitation.title')}
        value={`${location.origin}${invitation.path}`}
        copy={t('invitation.copy')}
        copied={t('said.copied')}
      />
    </>
  )
}
