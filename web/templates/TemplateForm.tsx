import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { TemplateContent, TemplateVersionView, TemplateView } from '../../node/reports/view.js'
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
import styles from './Templates.module.css'
import { TemplateVersions } from './TemplateVersions.js'

const EMPTY = { indication: '{{question}}', technique: '', results: '', conclusion: '' }
const listOf = (text: string) =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(Boolean)

/** One template or text block. One that was delivered is adapted: the group's own stands in its place from then on. */
export function TemplateForm({
  template,
  kind,
  onSaved,
}: {
  template: TemplateView | undefined
  kind: TemplateView['kind']
  onSaved: (id: string | undefined) => void
}) {
  const t = useWords(templateWords)
  const r = useWords(reportWords)
  const formats = useFormats()
  const toasts = useToasts()
  const { language } = useLanguage()
  const { can } = useSession()
  const [title, setTitle] = useState(template?.title ?? '')
  const [modalities, setModalities] = useState(template?.modalities.join(', ') ?? '')
  const [regions, setRegions] = useState(template?.regions.join(', ') ?? '')
  const [sections, setSections] = useState(template?.sections ?? EMPTY)
  const [shortcut, setShortcut] = useState(template?.shortcut ?? '')
  const [text, setText] = useState(template?.text ?? '')
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // Below the list, on a telephone, it would open out of sight.
  useEffect(() => {
    if (matchMedia('(max-width: 800px)').matches) form.current?.scrollIntoView({ block: 'start' })
  }, [])
  const isOwn = template !== undefined && template.revision > 0
  const content: TemplateContent = {
    language: template?.language ?? language,
    title: title.trim(),
    modalities: listOf(modalities).map(one => one.toUpperCase()),
    regions: listOf(regions),
    ...(kind === 'report' ? { sections } : { shortcut: shortcut.trim(), text: text.trim() }),
  }
  const ready =
    content.title !== '' &&
    (kind === 'report' ? sections.conclusion.trim() !== '' : shortcut.trim() !== '' && text.trim() !== '')
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
        onSaved(saved.id)
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (ready && !save.isPending) save.mutate()
  }
  const take = (version: TemplateVersionView) => {
    setTitle(version.title)
    setModalities(version.modalities.join(', '))
    setRegions(version.regions.join(', '))
    if (version.sections) setSections(version.sections)
    setShortcut(version.shortcut ?? '')
    setText(version.text ?? '')
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
      <TextField label={t('name')} required value={title} onChange={setTitle} problem={missing(title)} />
      {kind === 'report' ? (
        <>
          <div className={styles.pair}>
            <TextField
              label={t('modalities')}
              hint={t('modalities.hint')}
              value={modalities}
              onChange={setModalities}
            />
            <TextField label={t('regions')} hint={t('regions.hint')} value={regions} onChange={setRegions} />
          </div>
          <p className="second">{t('fields')}</p>
          {sectionNames.map(name => (
            <TextArea
              key={name}
              label={r(`section.${name}`)}
              value={sections[name]}
              onChange={value => setSections(now => ({ ...now, [name]: value }))}
              problem={name === 'conclusion' ? missing(sections.conclusion) : undefined}
            />
          ))}
        </>
      ) : (
        <>
          <TextField
            label={t('shortcut')}
            hint={t('shortcut.hint')}
            required
            value={shortcut}
            onChange={setShortcut}
            problem={missing(shortcut)}
          />
          <TextArea label={t('text')} required value={text} onChange={setText} problem={missing(text)} />
        </>
      )}
      {save.error ? <ErrorBox trouble={save.error} /> : null}
      {can('template.change') ? (
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
