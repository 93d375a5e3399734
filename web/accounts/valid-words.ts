import type { MembershipView } from '../../node/accounts/view.js'
import { useFormats } from '../words/format.js'
import { siteWords as words } from '../words/sites.js'
import { useWords } from '../words/words.js'

/** From when to when a membership counts, in words. */
export function useValidWords() {
  const t = useWords(words)
  const { day } = useFormats()
  return ({ from, until }: Pick<MembershipView, 'from' | 'until'>) =>
    from !== undefined && until !== undefined
      ? t('valid.between', { from: day(from), until: day(until) })
      : from !== undefined
        ? t('valid.from', { from: day(from) })
        : until !== undefined
          ? t('valid.until', { until: day(until) })
          : t('valid.always')
}
