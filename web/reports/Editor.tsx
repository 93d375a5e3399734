import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { flushSync } from 'react-dom'
import type { FittingTemplatesView, ReportView, Sections } from '../../node/reports/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { Beginnings } from './Beginnings.js'
import { isTooLong, openFields, SECTION_MAX_CHARS, type SectionName, sectionNames } from './draft.js'
import styles from './Editor.module.css'
import type { Insertion } from './insertion.js'
import { KnownFields } from './KnownFields.js'
import { SectionEditor, type SectionHandle } from './SectionEditor.js'
import type { Draft } from './use-draft.js'
import { useKnown } from './use-known.js'

/** The four sections, the state of their saving, and the way to the signature. */
export default function Editor({
  report,
  draft,
  blocked,
  insertion,
  onReview,
}: {
  report: ReportView
  draft: Draft
  /** Why it could not be signed, at the section concerned. */
  blocked: Partial<Record<keyof Sections, string>>
  insertion: Ref<Insertion>
  onReview: () => void
}) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const written = useRef(new Map<SectionName, SectionHandle>())
  const open = openFields(draft.sections)
  const readOnly = !report.may.includes('edit')
  const fitting = useData<FittingTemplatesView>(
    ['templates', report.id],
    readOnly ? null : `/api/reports/${report.id}/templates`,
  )
  const known = useKnown(fitting.data?.fields)
  // What stands in the images' headers is known once they are here.
  const { refetch } = fitting
  const gaps = report.gaps.join('\n')
  const gapsBefore = useRef(gaps)
  useEffect(() => {
    if (gapsBefore.current === gaps || readOnly) return
    gapsBefore.current = gaps
    void refetch()
  }, [gaps, readOnly, refetch])
  const tooLong = t('save.tooLong', { n: formats.number(SECTION_MAX_CHARS) })
  // The indication is the request's question until somebody writes.
  const isBlank = sectionNames.every(name => name === 'indication' || draft.sections[name].trim() === '')
  const begin = (sections: Sections) => {
    flushSync(() => draft.replace(sections))
    const first = openFields(sections)[0]
    if (first) written.current.get(first.section)?.toField('first')
    else written.current.get('results')?.focus()
  }
  const toNextField = (from: SectionName, back: boolean): boolean => {
    const at = sectionNames.indexOf(from)
    const next = back ? sectionNames.slice(0, at).reverse() : sectionNames.slice(at + 1)
    return next.some(name => written.current.get(name)?.toField(back ? 'last' : 'first') ?? false)
  }
  useImperativeHandle(insertion, () => ({
    insert: text => written.current.get('results')?.insertLine(text),
  }))

  return (
    <section className={styles.editor} aria-label={t('desk.editor')}>
      {fitting.data && !readOnly && draft.state !== 'conflict' ? (
        <Beginnings fitting={fitting.data} isBlank={isBlank} onChoose={begin} />
      ) : null}
      <div className={styles.sections}>
        {sectionNames.map(name => (
          <SectionEditor
            key={name}
            name={name}
            text={draft.sections[name]}
            replaced={draft.replaced}
            onChange={text => draft.write(name, text)}
            blocks={fitting.data?.blocks ?? []}
            known={known}
            readOnly={readOnly || draft.state === 'conflict'}
            problem={isTooLong(draft.sections[name]) ? tooLong : blocked[name]}
            handle={handle => {
              if (handle) written.current.set(name, handle)
              else written.current.delete(name)
            }}
            onReview={onReview}
            onNextField={back => toNextField(name, back)}
          >
            {name === 'technique' ? (
              <KnownFields
                known={known}
                text={draft.sections.technique}
                readOnly={readOnly || draft.state === 'conflict'}
                onInsert={sentence => written.current.get('technique')?.append(sentence)}
              />
            ) : null}
          </SectionEditor>
        ))}
      </div>
      <footer className={styles.foot}>
        <SaveLine draft={draft} readOnly={readOnly} tooLong={tooLong} />
        {open.length > 0 ? (
          <Button
            size="s"
            look="quiet"
            onPress={() => open[0] && written.current.get(open[0].section)?.toField('first')}
          >
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

function SaveLine({ draft, readOnly, tooLong }: { draft: Draft; readOnly: boolean; tooLong: string }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const { state, problem } = draft
  const refused = state === 'refused' || (state === 'offline' && problem !== null && problem.status !== 0)
  if (readOnly && !refused) return <small>{t('save.readOnly')}</small>
  const grave = refused || state === 'offline' || state === 'conflict'
  return (
    <small role="status" className={grave ? styles.grave : ''} title={problem?.detail}>
      {refused
        ? t('save.refused', { why: problem?.detail ?? tooLong })
        : state === 'saved'
          ? t('save.saved', { time: formats.time(draft.savedAt) })
          : t(`save.${state}`)}
      {draft.recovered ? <span className={styles.recovered}>{t('save.recovered')}</span> : null}
    </small>
  )
}
