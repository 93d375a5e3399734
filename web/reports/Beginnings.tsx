import { FileText } from 'lucide-react'
import type { FittingTemplatesView, Sections } from '../../node/reports/view.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './Editor.module.css'

/** The templates that fit this exam, the best one key away; what is written already is asked about before it goes. */
export function Beginnings({
  fitting,
  isBlank,
  onChoose,
}: {
  fitting: FittingTemplatesView
  /** Nothing of the reader's own stands there. */
  isBlank: boolean
  onChoose: (sections: Sections) => void
}) {
  const t = useWords(reportWords)
  const best = fitting.reports[0]
  const choose = (sections: Sections) => {
    if (isBlank || confirm(t('template.replaces'))) onChoose(sections)
  }
  useActions([
    best && {
      id: 'template',
      group: t('desk.editor'),
      label: t('template.use', { title: best.title }),
      keys: 'Alt+M',
      run: () => choose(best.sections),
    },
  ])
  if (!best) return null
  return (
    <div className={styles.beginnings}>
      {isBlank ? (
        <Button
          size="s"
          keys="Alt+M"
          icon={<FileText aria-hidden="true" />}
          onPress={() => choose(best.sections)}
        >
          {best.title}
        </Button>
      ) : null}
      <select
        aria-label={t('template.choose')}
        value=""
        onChange={event => {
          const chosen = fitting.reports.find(({ id }) => id === event.target.value)
          if (chosen) choose(chosen.sections)
        }}
      >
        <option value="">{t('template.choose')}</option>
        {fitting.reports.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    </div>
  )
}
