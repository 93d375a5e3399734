import { ArrowRight, ShieldCheck } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type {
  ChosenPaper,
  ImportDecision,
  ImportStudy,
  ImportView,
  PresetInput,
} from '../../node/imports/view.js'
import { useAct } from '../api/data.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import { Value } from './Comparison.js'
import { type Answer, accessionOf, changesOf, type chosenOf } from './choice.js'
import styles from './Imports.module.css'

const REASON_MIN_CHARACTERS = 5
/** No UID: none of the disc's studies. */
const NO_STUDY = 'none'

/** The last word: what is replaced by what, what is kept, where it goes; a reason where the disc says otherwise. */
export function Write({
  disc,
  preset,
  study,
  answer,
  series,
  papers,
  chosen,
}: {
  disc: ImportView
  preset: PresetInput | undefined
  study: ImportStudy
  answer: Answer
  series: string[]
  papers: ChosenPaper[]
  chosen: ReturnType<typeof chosenOf>
}) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const format = useFormats()
  const toasts = useToasts()
  const [reason, setReason] = useState('')
  const [today, setToday] = useState(() =>
    answer.candidate === 'new' && chosen.studies.length === 1 ? study.StudyInstanceUID : '',
  )
  const todays = chosen.studies.find(({ StudyInstanceUID }) => StudyInstanceUID === today)
  const place = useRef<HTMLElement>(null)
  const decide = useAct<ImportView, ImportDecision>(
    body => ({ method: 'POST', path: `/api/imports/${disc.id}/decision`, body }),
    { refresh: [['imports']], onDone: () => toasts.say({ text: t('said.decided') }) },
  )
  // The step appears below: it is brought into sight.
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' })
  }, [])

  const { contradicts, ...said } = answer
  const needsReason = contradicts || decide.error?.field('reason') !== undefined
  const isReady = !needsReason || reason.trim().length >= REASON_MIN_CHARACTERS
  const go = () => {
    if (!isReady || decide.isPending) return
    const { accession: number, ...rest } = said
    decide.mutate({
      ...rest,
      series,
      // The number of an order goes into the exam it is about, and nowhere else.
      ...(number !== undefined && today !== '' ? { accession: number } : {}),
      ...(today === '' ? {} : { today }),
      ...(papers.length === 0 ? {} : { papers }),
      ...(needsReason ? { reason: reason.trim() } : {}),
    })
  }
  const press = [
    chosen.images > 0 || papers.length === 0 ? t('write.go', { n: chosen.images }) : '',
    papers.length === 0
      ? ''
      : t(chosen.images > 0 ? 'write.go.with' : 'write.go.papers', { n: papers.length }),
  ]
    .filter(Boolean)
    .join(' ')
  useActions([
    {
      id: 'import-write',
      group: t('group'),
      label: press,
      keys: 'Ctrl+Enter',
      run: go,
    },
  ])
  const changes = answer.candidate === 'keep' ? [] : changesOf(study.identity, answer.identity, preset?.write)
  const numbered = todays ?? study
  const accession = accessionOf(
    numbered.AccessionNumber,
    todays ? answer.accession : undefined,
    preset?.write,
  )
  const label = preset?.label ?? ''
  return (
    <section ref={place} aria-label={t('write.title')} className={styles.part}>
      <h2>{t('write.title')}</h2>
      {answer.accession || answer.request ? (
        <Choices<string>
          label={p('today.label')}
          hint={p('today.hint')}
          value={today === '' ? NO_STUDY : today}
          onChange={id => setToday(id === NO_STUDY ? '' : id)}
          choices={[
            { id: NO_STUDY, label: p('today.none') },
            ...chosen.studies.map(each => ({
              id: each.StudyInstanceUID,
              label: `${each.Modalities.join(' ')} ${each.StudyDescription || t('study.untitled')} ${format.day(each.StudyDate)}`,
            })),
          ]}
        />
      ) : null}
      {changes.length > 0 || accession !== numbered.AccessionNumber ? (
        <dl className={styles.changes}>
          {changes.map(({ field, from, to }) => (
            <div key={field}>
              <dt>{t(`field.${field}`)}</dt>
              <dd>
                <Value field={field} value={from} former /> <ArrowRight size={14} aria-hidden />{' '}
                <b>
                  <Value field={field} value={to} />
                </b>
              </dd>
            </div>
          ))}
          {accession !== numbered.AccessionNumber ? (
            <div>
              <dt>{t('write.accession')}</dt>
              <dd>
                {numbered.AccessionNumber ? (
                  <s>{numbered.AccessionNumber}</s>
                ) : (
                  <span className="third">{t('absent')}</span>
                )}{' '}
                <ArrowRight size={14} aria-hidden />{' '}
                {accession ? <b>{accession}</b> : <span className="third">{t('absent')}</span>}
              </dd>
            </div>
          ) : null}
        </dl>
      ) : (
        <p>{t('write.nothing')}</p>
      )}
      {label ? <p>{t('write.label', { label })}</p> : null}
      {changes.length > 0 || accession !== numbered.AccessionNumber || label ? (
        <p className={styles.kept}>
          <ShieldCheck size={16} aria-hidden /> {t('write.kept')}
        </p>
      ) : null}
      <p>
        {preset && preset.to.length > 0 ? (
          <>
            <span className="second">{t('write.then')}</span>{' '}
            <b>
              {preset.name || preset.id} → {preset.to.join(', ')}
            </b>
          </>
        ) : (
          <span className="second">{t('write.nowhere')}</span>
        )}
      </p>
      {needsReason ? (
        <TextArea
          label={t('write.reason')}
          hint={t('write.reason.hint')}
          required
          autoFocus
          maxLength={1000}
          value={reason}
          onChange={setReason}
          {...(reason !== '' && !isReady ? { problem: t('write.reason.short') } : {})}
        />
      ) : null}
      {decide.error && decide.error.field('reason') === undefined ? (
        <ErrorBox
          trouble={decide.error}
          {...(decide.error.fields[0] ? { title: decide.error.fields[0].message } : {})}
        />
      ) : null}
      <div className={styles.ask}>
        <p className="second">{t('write.series', { n: chosen.series, of: chosen.ofSeries })}</p>
        <Button look="go" keys="Ctrl+Enter" busy={decide.isPending} isDisabled={!isReady} onPress={go}>
          {press}
        </Button>
      </div>
    </section>
  )
}
