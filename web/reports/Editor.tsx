import { useRef } from 'react'
import { flushSync } from 'react-dom'
import type { FittingTemplatesView, ReportView, Sections } from '../../node/reports/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { Beginnings } from './Beginnings.js'
import { openFields, sectionNames } from './draft.js'
import styles from './Editor.module.css'
import { SectionArea } from './SectionArea.js'
import type { Draft } from './use-draft.js'

/** The four sections, the state of their saving, and the way to the signature. */
export function Editor({
  report,
  draft,
  blocked,
  onReview,
}: {
  report: ReportView
  draft: Draft
  /** Why it could not be signed, at the section concerned. */
  blocked: Partial<Record<keyof Sections, string>>
  onReview: () => void
}) {
  const t = useWords(reportWords)
  const areas = useRef(new Map<string, HTMLTextAreaElement>())
  const open = openFields(draft.sections)
  const readOnly = !report.may.includes('edit')
  const fitting = useData<FittingTemplatesView>(
    ['templates', report.id],
    readOnly ? null : `/api/reports/${report.id}/templates`,
  )
  // The indication is the request's question until somebody writes.
  const isBlank = sectionNames.every(name => name === 'indication' || draft.sections[name].trim() === '')
  const begin = (sections: Sections) => {
    flushSync(() => {
      for (const name of sectionNames) draft.write(name, sections[name])
    })
    const first = openFields(sections)[0]
    const area = areas.current.get(first?.section ?? 'results')
    area?.focus()
    if (first) area?.setSelectionRange(first.at, first.at + first.text.length)
  }

  const toOpenField = () => {
    const field = open[0]
    const area = field && areas.current.get(field.section)
    if (!field || !area) return
    area.focus()
    area.setSelectionRange(field.at, field.at + field.text.length)
  }

  return (
    <section className={styles.editor} aria-label={t('desk.editor')}>
      {fitting.data && !readOnly && draft.state !== 'conflict' ? (
        <Beginnings fitting={fitting.data} isBlank={isBlank} onChoose={begin} />
      ) : null}
      <div className={styles.sections}>
        {sectionNames.map(name => (
          <SectionArea
            key={name}
            name={name}
            text={draft.sections[name]}
            onChange={text => draft.write(name, text)}
            blocks={fitting.data?.blocks ?? []}
            readOnly={readOnly || draft.state === 'conflict'}
            problem={blocked[name]}
            areaRef={area => {
              if (area) areas.current.set(name, area)
              else areas.current.delete(name)
            }}
            onReview={onReview}
          />
        ))}
      </div>
      <footer className={styles.foot}>
        <SaveLine draft={draft} readOnly={readOnly} />
        {open.length > 0 ? (
          <Button size="s" look="quiet" onPress={toOpenField}>
            <span className={styles.open}>◆ {t('empty.one', { n: open.length })}</span>
          </Button>
        ) : null}
        {report.may.includes('sign') ? (
          <span className="push">
            <Button look="go" keys="Ctrl+Enter" onPress={onReview}>
              {t('sign.review')}
            </Button>
          </span>
        ) : null}
      </footer>
    </section>
  )
}

function SaveLine({ draft, readOnly }: { draft: Draft; readOnly: boolean }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  if (readOnly) return <small>{t('save.readOnly')}</small>
  const grave = draft.state === 'offline' || draft.state === 'conflict'
  return (
    <small role="status" className={grave ? styles.grave : ''} title={draft.problem?.detail}>
      {draft.state === 'saved'
        ? t('save.saved', { time: formats.time(draft.savedAt) })
        : t(`save.${draft.state}`)}
      {draft.recovered ? <span className={styles.recovered}>{t('save.recovered')}</span> : null}
    </small>
  )
}
