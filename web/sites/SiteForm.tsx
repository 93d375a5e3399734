import { Plus, X } from 'lucide-react'
import { useRef, useState } from 'react'
import type { SiteView } from '../../node/sites/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextField } from '../parts/Field.js'
import { goToFirstGap } from '../parts/first-gap.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { siteWords as words } from '../words/sites.js'
import { useWords } from '../words/words.js'
import styles from './Sites.module.css'
import { draftOf, faultsOf, type Revised, type SiteDraft, type SiteFault, siteOf } from './site-form.js'

const TELEPHONES_MAX = 12

/** Makes a site, or changes what is written of one. */
export function SiteForm({
  site,
  onSaved,
  onClose,
}: {
  site?: Revised<SiteView>
  onSaved?: (site: SiteView) => void
  onClose: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const { can } = useSession()
  // What was there when the form was opened: others may change it meanwhile.
  const [before] = useState(site)
  const [draft, setDraft] = useState(() => draftOf(before))
  const [checked, setChecked] = useState(false)
  const form = useRef<HTMLDivElement>(null)
  const set = (change: Partial<SiteDraft>) => setDraft(known => ({ ...known, ...change }))
  const save = useAct<Revised<SiteView>>(
    () =>
      before === undefined
        ? { method: 'POST', path: '/api/sites', body: { ...siteOf(draft), id: draft.id, kind: draft.kind } }
        : {
            method: 'PUT',
            path: `/api/sites/${encodeURIComponent(before.id)}`,
            body: { ...siteOf(draft), revision: before.revision },
          },
    {
      refresh: [['sites'], ['contracts'], ['rosters'], ['duty']],
      onDone: saved => {
        toasts.say(
          before === undefined
            ? { text: t('made'), detail: t('made.detail'), tone: 'ok' }
            : { text: t('saved'), detail: saved.name, tone: 'ok' },
        )
        onSaved?.(saved)
        onClose()
      },
    },
  )
  const faults = faultsOf(draft, before !== undefined)
  const problem = (fault: SiteFault, path: string) =>
    (checked && faults.has(fault) ? t(`fault.${fault}`) : undefined) ?? save.error?.field(path)
  const submit = () => {
    setChecked(true)
    if (faults.size === 0) save.mutate()
    else goToFirstGap(form.current)
  }
  const stale = save.error?.code === 'conflict' && save.error.fields.length === 0
  const keepsIssuer = before !== undefined && !can('site.make')
  return (
    <Dialog
      title={before === undefined ? t('new') : `${t('edit')} · ${before.name}`}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t(before === undefined ? 'make' : 'save')}
          busy={save.isPending}
          onAct={submit}
          onClose={onClose}
        />
      }
    >
      <div ref={form} className={styles.form}>
        {save.error && save.error.fields.length === 0 ? (
          <ErrorBox trouble={save.error} {...(stale ? { words: t('conflict') } : {})} />
        ) : null}
        {before === undefined ? (
          <Choices
            label={t('field.kind')}
            value={draft.kind}
            onChange={kind => set({ kind })}
            problem={problem('kind', 'kind')}
            choices={(['requesting', 'reading'] as const).map(id => ({ id, label: t(`kind.${id}`) }))}
          />
        ) : null}
        <TextField
          label={t('field.name')}
          hint={t('field.name.hint')}
          required
          value={draft.name}
          onChange={name => set({ name })}
          problem={problem('name', 'name')}
          maxLength={200}
        />
        {before === undefined ? (
          <TextField
            label={t('field.id')}
            hint={t('field.id.hint')}
            required
            spellCheck={false}
            autoComplete="off"
            value={draft.id}
            onChange={id => set({ id })}
            problem={problem('id', 'id')}
            maxLength={63}
          />
        ) : null}
        <div className={styles.pair}>
          <TextField
            label={t('field.issuer')}
            hint={t(keepsIssuer ? 'field.issuer.operator' : 'field.issuer.hint')}
            optional={!keepsIssuer}
            disabled={keepsIssuer}
            spellCheck={false}
            value={draft.issuer}
            onChange={issuer => set({ issuer })}
            problem={save.error?.field('issuer')}
            maxLength={64}
          />
          <TextField
            label={t('field.zone')}
            hint={t('field.zone.hint')}
            optional
            spellCheck={false}
            placeholder="Europe/Paris"
            value={draft.timeZone}
            onChange={timeZone => set({ timeZone })}
            problem={problem('zone', 'timeZone')}
            maxLength={64}
          />
        </div>
        <Telephones
          telephones={draft.telephones}
          onChange={telephones => set({ telephones })}
          problem={problem('telephone', 'telephones')}
        />
      </div>
    </Dialog>
  )
}

function Telephones({
  telephones,
  onChange,
  problem,
}: {
  telephones: SiteDraft['telephones']
  onChange: (telephones: SiteDraft['telephones']) => void
  problem: string | undefined
}) {
  const t = useWords(words)
  const change = (key: number, changed: Partial<SiteDraft['telephones'][number]>) =>
    onChange(telephones.map(each => (each.key === key ? { ...each, ...changed } : each)))
  const next = Math.max(-1, ...telephones.map(({ key }) => key)) + 1
  return (
    <fieldset className={styles.telephones}>
      <legend>{t('telephones')}</legend>
      <small className="second">{t('telephones.hint')}</small>
      {telephones.map(({ key, label, number }) => (
        <div key={key} className={styles.telephone}>
          <TextField
            label={t('telephone.label')}
            value={label}
            onChange={value => change(key, { label: value })}
            maxLength={100}
          />
          <TextField
            label={t('telephone.number')}
            type="tel"
            value={number}
            onChange={value => change(key, { number: value })}
            maxLength={32}
          />
          <Button
            look="quiet"
            aria-label={t('telephone.remove', { label: label || number })}
            icon={<X aria-hidden />}
            onPress={() => onChange(telephones.filter(each => each.key !== key))}
          />
        </div>
      ))}
      {problem ? (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      ) : null}
      {telephones.length < TELEPHONES_MAX ? (
        <div>
          <Button
            size="s"
            icon={<Plus aria-hidden />}
            onPress={() => onChange([...telephones, { key: next, label: '', number: '' }])}
          >
            {t('telephone.add')}
          </Button>
        </div>
      ) : null}
    </fieldset>
  )
}
