import type { Difference as Degree } from '../../node/reports/view.js'
import { Choices } from '../parts/Field.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'

/** How far it differs from what was given before: said by who signs it, and by nobody else. */
export function DifferenceChoice({
  value,
  onChange,
  problem,
}: {
  value: Degree | ''
  onChange: (value: Degree) => void
  problem: string | undefined
}) {
  const t = useWords(reportWords)
  return (
    <Choices
      label={t('difference.ask')}
      required
      value={value}
      onChange={onChange}
      problem={problem}
      choices={[
        { id: 'same', label: t('difference.same') },
        { id: 'minor', label: t('difference.minor') },
        { id: 'significant', label: t('difference.significant'), hint: t('difference.significant.hint') },
      ]}
    />
  )
}
