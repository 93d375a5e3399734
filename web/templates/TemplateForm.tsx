import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { TemplateVersionView, TemplateView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { sectionNames } from '../reports/draft.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { templateWords } from '../words/templates.js'
import { useLanguage, useWords } from '../words/words.js'
import { contentOf, fieldsOf, isSame, type TemplateFields } from './fields.js'
import styles from './Templates.module.css'
import { TemplateVersions } from './TemplateVersions.js'

interface TemplateFormProps {
  /** What the form was opened on; undefined: a new one is made. */
  opened: TemplateView | undefined
  /** What stands in its place today: a colleague may have changed it, adapted it, or taken it away. */
  standing: TemplateView | undefined
  kind: TemplateView['kind']
  /** Undefined: there is nothing to show any more. */
  onSaved: (saved: TemplateView | undefined) => void
}

/**
 * One template or text block. One that was delivered is adapted: the group's own stands in its place from then on. What
 * a colleague saves meanwhile is shown at once where nothing was typed; else it is told, and the person chooses.
 */
export function TemplateForm({ opened, standing, kind, onSaved }: TemplateFormProps) {
  const t = useWords(templateWords)
  const r = useWords(reportWords)
  const formats = useFormats()
  const toasts = useToasts()
  const { language } = useLanguage()
  const { can } = useSession()
  const [template, setTemplate] = useState(opened)
  const [fields, setFields] = useState(() => fieldsOf(opened))
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // Below the list, on a telephone, it would open out of sight.
  useEffect(() => {
    if (matchMedia('(max-width: 800px)').matches) form.current?.scrollIntoView({ block: 'start' })
  }, [])
  const set = <Name extends keyof TemplateFields>(name: Name) => {
    return (value: TemplateFields[Name]) => setFields(now => ({ ...now, [name]: value }))
  }
  const adopt = (other: TemplateView) => {
    setTemplate(other)
    setFields(fieldsOf(other))
  }
  const isOwn = template !== undefined && template.revision > 0
  const content = contentOf(fields, kind, template?.language ?? language)
  const ready =
    content.title !== '' &&
    (kind === 'report'
      ? fields.sections.conclusion.trim() !== ''
      : content.shortcut !== '' && content.text !== '')
  const save = useAct<TemplateView>(
    () =>
      isOwn
        ? {
            method: 'PUT',
            path: `/api/templates/${template.id}`,
            body: { ...content, revision: template.revision },
          }
        : {
            method: 'POST',
            path: '/api/templates',
            body: { kind, ...content, ...(template ? { replaces: template.id } : {}) },
          },
    {
      refresh: [['templates']],
      onDone: saved => {
        toasts.say({ text: t('saved'), detail: saved.title, tone: 'ok' })
        setTemplate(saved)
        onSaved(saved)
      },
    },
  )
  const archive = useAct<void>(() => ({ method: 'DELETE', path: `/api/templates/${template?.id}` }), {
    refresh: [['templates']],
    onDone: () => {
      toasts.say({ text: t(template?.replaces ? 'restored' : 'archived'), tone: 'ok' })
      onSaved(undefined)
    },
    onProblem: toasts.trouble,
  })
  const isTyped = !isSame(fields, fieldsOf(template))
  const isBusy = save.isPending || archive.isPending
  const moved =
    !isBusy &&
    template !== undefined &&
    (standing?.id !== template.id || standing.revision > template.revision)
  // Shown in the same breath, not one paint later.
  if (moved && standing && (!isTyped || isSame(fields, fieldsOf(standing)))) adopt(standing)
  const isGone = moved && standing === undefined
  useEffect(() => {
    if (isGone && !isTyped) onSaved(undefined)
  }, [isGone, isTyped, onSaved])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (ready && !moved && !save.isPending) save.mutate()
  }
  const take = (version: TemplateVersionView) => {
    setFields(fieldsOf(version))
    toasts.say({ text: t('versions.taken', { revision: version.revision }) })
  }
  const missing = (value: string) => (tried && !value.trim() ? t('missing') : undefined)
  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      <p className="second">
        {isOwn
          ? t('changed', {
              revision: template.revision,
              name: template.changedBy ?? '',
              at: formats.moment(template.changedAt),
            })
          : t(template ? 'delivered' : 'fresh')}
      </p>
      <TextField
        label={t('name')}
        required
        value={fields.title}
        onChange={set('title')}
        problem={missing(fields.title)}
      />
      {kind === 'report' ? (
        <>
          <div className={styles.pair}>
            <TextField
              label={t('modalities')}
              hint={t('modalities.hint')}
              value={fields.modalities}
              onChange={set('modalities')}
            />
            <TextField
              label={t('regions')}
              hint={t('regions.hint')}
              value={fields.regions}
              onChange={set('regions')}
            />
          </div>
          <p className="second">{t('fields')}</p>
          {sectionNames.map(name => (
            <TextArea
              key={name}
              label={r(`section.${name}`)}
              value={fields.sections[name]}
              onChange={value => setFields(now => ({ ...now, sections: { ...now.sections, [name]: value } }))}
              problem={name === 'conclusion' ? missing(fields.sections.conclusion) : undefined}
            />
          ))}
        </>
      ) : (
        <>
          <TextField
            label={t('shortcut')}
            hint={t('shortcut.hint')}
            required
            value={fields.shortcut}
            onChange={set('shortcut')}
            problem={missing(fields.shortcut)}
          />
          <TextArea
            label={t('text')}
            required
            value={fields.text}
            onChange={set('text')}
            problem={missing(fields.text)}
          />
        </>
      )}
      {save.error ? <ErrorBox trouble={save.error} /> : null}
      {moved ? (
        <Meanwhile
          standing={standing}
          // The next save goes over theirs, knowingly; where nothing stands any more it makes a new one.
          onKeep={() => setTemplate(standing)}
          onTake={adopt}
        />
      ) : can('template.change') ? (
        <div className={styles.buttons}>
          <Button type="submit" look="go" busy={save.isPending}>
            {t(isOwn || !template ? 'save' : 'adapt')}
          </Button>
          {isOwn ? (
            <Button look="grave" busy={archive.isPending} onPress={() => archive.mutate()}>
              {t(template.replaces ? 'restore' : 'archive')}
            </Button>
          ) : null}
        </div>
      ) : null}
      {isOwn ? (
        <TemplateVersions template={template.id} onTake={can('template.change') ? take : undefined} />
      ) : null}
    </form>
  )
}

/** A colleague was quicker: nothing typed is lost, and nothing of theirs is written over unseen. */
function Meanwhile({
  standing,
  onKeep,
  onTake,
}: {
  standing: TemplateView | undefined
  onKeep: () => void
  onTake: (other: TemplateView) => void
}) {
  const t = useWords(templateWords)
  return (
    <div className={styles.meanwhile} role="alert">
      <p>
        {standing === undefined
          ? t('meanwhile.gone')
          : standing.revision === 0
            ? t('meanwhile.restored')
            : t('meanwhile.changed', { name: standing.changedBy ?? '', revision: standing.revision })}
      </p>
      <div className={styles.buttons}>
        <Button onPress={onKeep}>{t(standing ? 'meanwhile.keep' : 'meanwhile.anew')}</Button>
        {standing ? <Button onPress={() => onTake(standing)}>{t('meanwhile.take')}</Button> : null}
      </div>
    </div>
  )
}
