import { ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { useWords } from '../words/words.js'
import { useTitle } from './title.js'

export function NotFound() {
  const t = useWords()
  useTitle(t('not-found.title'))
  return (
    <Empty
      whole
      title={t('not-found.title')}
      action={<ButtonLink href="/">{t('not-found.home')}</ButtonLink>}
    >
      {t('not-found.text')}
    </Empty>
  )
}
