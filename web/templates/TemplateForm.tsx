import { type FormEvent, use, useEffect, useRef, useState } from 'react'
import type { TemplateVersionView, TemplateView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { draftsOf } from '../drafts/drafts.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { Meanwhile } from '../parts/Meanwhile.js'
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
  held: TemplateView | undefined
  /** What stands in its place today: a colleague may have changed it, adapted it, or taken it away. */
  standing: TemplateView | undefined
  kind: TemplateView['kind']
  onSaved: (saved: TemplateView | undefined) => void
  /** It was taken away by somebody else, and nothing was typed here. */
  onGone: () => void
}

/** What was typed, and over what. */
interface Typed {
  template: TemplateView | undefined
  fields: TemplateFields
}

/** One name for a delivered one and the group's own in its place: what was typed over the one is found at the other. */
const nameOf = (template: TemplateView | undefined, kind: TemplateView['kind']) =>
  `template ${template ? (template.replaces ?? template.id) : `new ${kind}`}`

/**
 * One template or text block. One that was delivered is adapted: the group's own stands in its place from then on. What
 * a colleague saves meanwhile is shown at once where nothing was typed; else it is told, and the person chooses. What
 * was typed and not saved is there again for whoever comes back to it.
 */
export function TemplateForm({ held, standing, kind, onSaved, onGone }: TemplateFormProps) {
  const t = useWords(templateWords)
  const r = useWords(reportWords)
  const formats = useFormats()
  const toasts = useToasts()
  const ui = useLanguage()
  const { can, session } = useSession()
  const drafts = use(draftsOf(session.account.id))
  const [found] = useState(() => drafts.read<Typed>(nameOf(held, kind)))
  const [template, setTemplate] = useState(found ? found.template : held)
  const [fields, setFields] = useState(() => found?.fields ?? fieldsOf(held))
  // One that is new, or made anew of another, stays in the language it was begun in.
  const [language] = useState(held?.language ?? ui.language)
  const [isBack, setBack] = useState(found !== undefined)
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // Below the list, on a telephone, it would open out of sight.
  useEffect(() => {
    if (matchMedia('(max-width: 800px)').matches) form.current?.scrollIntoView({ block: 'start' })
  }, [])
  const set = <Name extends keyof TemplateFields>(name: Name) => {
    return (value: TemplateFields[Name]) => setFields(now => ({ ...now, [name]: value }))
  }
  const adopt = (other: TemplateView | undefined) => {
    setTemplate(other)
    setFields(fieldsOf(other))
  }
  const name = nameOf(template, kind)
  const isOwn = template !== undefined && template.revision > 0
  const content = contentOf(fields, kind, language)
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
        drafts.forget(name)
        setBack(false)
        setTemplate(saved)
        onSaved(saved)
      },
    },
  )
  const asItIs = `/api/templates/${template?.id}?revision=${template?.revision}`
  const archive = useAct<void>(() => ({ method: 'DELETE', path: asItIs }), {
    refresh: [['templates']],
    onDone: () => {
      toasts.say({ text: t(template?.replaces ? 'restored' : 'archived'), tone: 'ok' })
      drafts.forget(name)
      onSaved(undefined)
    },
    onProblem: toasts.trouble,
  })
  const isBusy = save.isPending || archive.isPending
  const isTyped = !isSame(fields, fieldsOf(template), kind)
  const moved =
    !isBusy &&
    template !== undefined &&
    (standing?.id !== template.id || standing.revision > template.revision)
  // Before anything of the former is painted; once it is taken over nothing has moved any more.
  if (moved && standing && (!isTyped || isSame(fields, fieldsOf(standing), kind))) adopt(standing)
  const isGone = moved && standing === undefined && !isTyped
  useEffect(() => {
    if (!isGone) return
    toasts.say({ text: t('meanwhile.closed'), detail: template?.title ?? '' })
    onGone()
  }, [isGone, onGone, toasts, t, template])
  useEffect(() => {
    if (isTyped) drafts.write(name, { template, fields } satisfies Typed)
    else drafts.forget(name)
  }, [drafts, name, template, fields, isTyped])
  const choose = (next: () => void) => {
    drafts.forget(name)
    save.reset()
    setBack(false)
    next()
    // The button that was pressed is gone: the keyboard goes on here.
    form.current?.focus()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (ready && !moved && !isBusy) save.mutate()
  }
  const take = (version: TemplateVersionView) => {
    // Of a list that shows a colleague's newer one too: it is taken knowing that.
    if (moved && standing) setTemplate(standing)
    setFields(fieldsOf(version))
    toasts.say({ text: t('versions.taken', { revision: version.revision }) })
  }
  const versioned = standing && standing.revision > 0 ? standing : undefined
  const missing = (value: string) => (tried && !value.trim() ? t('missing') : undefined)
  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate tabIndex={-1}>
      <p className="second">
        {isOwn
          ? t('changed', {
              revision: template.revision,
              name: template.changedBy ?? '',
              at: formats.moment(template.changedAt),
            })
          : t(template ? 'delivered' : 'fresh')}
      </p>
      {isBack && isTyped && !moved ? (
        <p className="row">
          <span className="second">{t('kept')}</span>
          <Button size="s" onPress={() => choose(() => adopt(template))}>
            {t('kept.drop')}
          </Button>
        </p>
      ) : null}
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
      {save.error && !moved && isTyped ? <ErrorBox trouble={save.error} /> : null}
      {moved ? (
        <Meanwhile
          said={
            standing === undefined
              ? t('meanwhile.gone')
              : standing.revision === 0
                ? t('meanwhile.restored')
                : t('meanwhile.changed', { name: standing.changedBy ?? '', revision: standing.revision })
          }
          keep={t(standing ? 'meanwhile.keep' : 'meanwhile.anew')}
          take={standing ? t('meanwhile.take') : undefined}
          onKeep={() => choose(() => setTemplate(standing))}
          onTake={() => choose(() => adopt(standing))}
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
      {versioned ? (
        <TemplateVersions template={versioned.id} onTake={can('template.change') ? take : undefined} />
      ) : null}
    </form>
  )
}
