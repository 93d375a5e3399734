import { Ban, Check, type LucideIcon, MailQuestion } from 'lucide-react'
import type { AccountView } from '../../node/accounts/view.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'

const marks: Record<AccountView['state'], [LucideIcon, Tone]> = {
  active: [Check, 'ok'],
  invited: [MailQuestion, 'plain'],
  disabled: [Ban, 'plain'],
}

export function AccountState({ state }: Pick<AccountView, 'state'>) {
  const t = useWords(words)
  const [Icon, tone] = marks[state]
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {t(`state.${state}`)}
    </Tag>
  )
}
