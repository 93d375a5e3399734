import { useEffect, useRef, useState } from 'react'
import type { ContractTermsView, ContractView, SiteView } from '../../node/sites/view.js'
import { useAct } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { isRefusal, Refused } from '../parts/ErrorBox.js'
import { Choices, TextArea, TextField } from '../parts/Field.js'
import { goToFirstGap } from '../parts/first-gap.js'
import { HoursField } from '../parts/HoursField.js'
import { Select } from '../parts/Select.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { contracts as words } from '../words/contracts.js'
import { useFormats } from '../words/format.js'
import { minuteMs } from '../words/time.js'
import { useWords } from '../words/words.js'
import styles from './Contract.module.css'
import { type ContractDraft, draftOf, faultsOf, kinds, rings, termsOf, urgencies } from './contract-form.js'
import { TimersField, useTerms } from './Times.js'

export type Revised = ContractView & { revision: string }

export interface ContractFormProps {
  /** What stands in the form when it opens. */
  contract: ContractView
  /** The revision that is changed; absent: a contract is made, which covers nothing until somebody starts it. */
  revision?: string
  sites: readonly SiteView[]
  onSaved?: (contract: Revised) => void
  onClose: () => void
}

/** Everything a contract holds. */
export function ContractForm({ contract, revision, sites, onSaved, onClose }: ContractFormProps) {
  const t = useWords(words)
  const toasts = useToasts()
  const { role } = useSession()
  const terms = useTerms()
  // What was there when the form was opened: others may change it meanwhile.
  const [before] = useState(contract)
  const [seen] = useState(revision)
  const [draft, setDraft] = useState(() => draftOf(before))
  const [checked, setChecked] = useState(false)
  const set = (change: Partial<ContractDraft>) => setDraft(known => ({ ...known, ...change }))
  const form = useRef<HTMLDivElement>(null)
  const isNew = seen === undefined
  const save = useAct<Revised>(
    () => {
      const terms = termsOf(draft, before)
      const { id, requesting, reading } = draft
      return isNew
        ? { method: 'POST', path: '/api/contracts', body: { ...terms, id, requesting, reading } }
        : {
            method: 'PUT',
            path: `/api/contracts/${encodeURIComponent(before.id)}`,
            body: { ...terms, revision: seen },
          }
    },
    {
      refresh: [['contracts'], ['rosters'], ['duty']],
      onDone: saved => {
        toasts.say({ text: t(isNew ? 'made' : 'saved'), tone: 'ok' })
        onSaved?.(saved)
        onClose()
      },
    },
  )
  const faults = faultsOf(draft)
  /** What the form itself sees, else what the node said of the field. */
  const problem = (field: keyof typeof faults, ...paths: string[]) => {
    const fault = checked ? faults[field] : undefined
    if (fault) return t(`fault.${fault}`)
    const said = (save.error?.fields ?? []).filter(({ path }) =>
      [field, ...paths].some(name => path === name || path.startsWith(`${name}.`)),
    )
    return said.length === 0
      ? undefined
      : said
          .slice(0, 3)
          .map(({ message }) => message)
          .join(' · ')
  }
  const submit = () => {
    setChecked(true)
    if (Object.keys(faults).length === 0) save.mutate()
    else goToFirstGap(form.current)
  }
  const named = (kind: SiteView['kind']) =>
    sites.filter(site => site.kind === kind).map(({ id, name }) => ({ id, label: name }))
  return (
    <Dialog
      title={isNew ? t('new') : `${t('edit')} · ${before.id}`}
      open
      size="l"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t(isNew ? 'make' : 'save')}
          busy={save.isPending}
          onAct={submit}
          onClose={onClose}
        />
      }
    >
      <div ref={form} className={styles.form}>
        {save.error ? (
          <Refusal problem={save.error} title={t(isNew ? 'made.refused' : 'start.refused')} />
        ) : null}
        {isNew ? (
          <fieldset className={styles.group}>
            <legend>{t('part.between')}</legend>
            <p className="second">
              {terms?.readingGroups.length === 0
                ? t(role === 'operator' ? 'reading.none.operator' : 'reading.none')
                : t('reading.hint')}
            </p>
            <div className={styles.three}>
              <Select
                label={t('requesting')}
                required
                value={draft.requesting}
                onChange={requesting => set({ requesting })}
                options={named('requesting')}
                problem={problem('requesting')}
              />
              <Select
                label={t('reading')}
                required
                value={draft.reading}
                onChange={reading => set({ reading })}
                options={(terms?.readingGroups ?? []).map(({ id, name }) => ({ id, label: name }))}
                problem={problem('reading')}
              />
              <TextField
                label={t('id')}
                required
                spellCheck={false}
                value={draft.id}
                onChange={id => set({ id })}
                problem={problem('id')}
              />
            </div>
          </fieldset>
        ) : null}
        <fieldset className={styles.group}>
          <legend>{t('part.what')}</legend>
          <TextField
            label={t('modalities')}
            hint={t('modalities.hint')}
            required
            spellCheck={false}
            value={draft.modalities}
            onChange={modalities => set({ modalities })}
            problem={problem('modalities')}
          />
          <div className={styles.two}>
            <Ticks
              legend={t('kinds')}
              values={kinds.map(id => ({ id, label: t(`kind.${id}`) }))}
              chosen={draft.kinds}
              onChange={chosen => set({ kinds: kinds.filter(each => chosen.includes(each)) })}
              problem={problem('kinds')}
            />
            <Ticks
              legend={t('urgencies')}
              values={urgencies.map(id => ({ id, label: t(`urgency.${id}`) }))}
              chosen={draft.urgencies}
              onChange={chosen => set({ urgencies: urgencies.filter(each => chosen.includes(each)) })}
              problem={problem('urgencies')}
            />
          </div>
          <TextField
            label={t('regions')}
            hint={t('regions.hint')}
            optional
            value={draft.regions}
            onChange={regions => set({ regions })}
            problem={problem('regions')}
          />
        </fieldset>
        <fieldset className={styles.group}>
          <legend>{t('part.when')}</legend>
          <div className={styles.three}>
            <TextField
              label={t('from')}
              type="date"
              optional
              value={draft.from}
              onChange={from => set({ from })}
              problem={problem('from')}
            />
            <TextField
              label={t('until')}
              type="date"
              optional
              value={draft.until}
              onChange={until => set({ until })}
              problem={problem('until')}
            />
            <TextField
              label={t('zone')}
              optional
              spellCheck={false}
              placeholder="Europe/Paris"
              value={draft.timeZone}
              onChange={timeZone => set({ timeZone })}
              problem={problem('timeZone')}
            />
          </div>
          <HoursField
            label={t('hours')}
            hint={t('hours.hint')}
            hours={draft.hours}
            onChange={hours => set({ hours })}
            problem={problem('hours')}
          />
          <TextField
            label={t('holidays')}
            hint={t('holidays.hint')}
            optional
            spellCheck={false}
            value={draft.holidays}
            onChange={holidays => set({ holidays })}
            problem={problem('holidays')}
          />
        </fieldset>
        <fieldset className={styles.group}>
          <legend>{t('part.who')}</legend>
          <TextArea
            label={t('competences')}
            hint={t('competences.hint')}
            optional
            lines={2}
            value={draft.competences}
            onChange={competences => set({ competences })}
            problem={problem('competences')}
          />
          <Ticks
            legend={t('languages')}
            values={(['fr', 'en'] as const).map(id => ({ id, label: t(`language.${id}`) }))}
            chosen={draft.languages}
            onChange={languages => set({ languages })}
          />
          <Choices
            label={t('preliminary')}
            value={draft.preliminary}
            onChange={preliminary => set({ preliminary })}
            choices={(['none', 'never', 'allowed', 'to-pacs'] as const).map(id => ({
              id,
              label: t(`preliminary.${id}`),
            }))}
          />
        </fieldset>
        <fieldset className={styles.group}>
          <legend>{t('part.times')}</legend>
          <TimersField
            timers={draft.timers}
            onChange={timers => set({ timers })}
            problem={(of, timer) => problem(`timers.${of}.${timer}`)}
          />
        </fieldset>
        <fieldset className={styles.group}>
          <legend>{t('part.ladder')}</legend>
          <UsualWaves waves={terms?.waves} />
          <div className={styles.three}>
            <TextField
              label={t('waves')}
              optional
              inputMode="numeric"
              placeholder={t('usual')}
              value={draft.waves}
              onChange={waves => set({ waves })}
              problem={problem('waves', 'ladder.waves')}
            />
            <TextField
              label={t('wave.minutes')}
              optional
              inputMode="numeric"
              placeholder={t('usual')}
              value={draft.waveMinutes}
              onChange={waveMinutes => set({ waveMinutes })}
              problem={problem('waveMinutes', 'ladder.waveMinutes')}
            />
            <Select
              label={t('rings')}
              value={draft.rings}
              onChange={id => set({ rings: rings.find(each => each === id) ?? 'usual' })}
              options={rings.map(id => ({ id, label: t(`rings.${id}`) }))}
            />
          </div>
          <TextField
            label={t('last.telephone')}
            hint={t('last.telephone.hint')}
            optional
            type="tel"
            value={draft.telephone}
            onChange={telephone => set({ telephone })}
            problem={problem('telephone', 'lastRung')}
          />
        </fieldset>
      </div>
    </Dialog>
  )
}

/** The numbers that hold where the two fields stay empty. */
export function UsualWaves({ waves }: { waves: ContractTermsView['waves'] | undefined }) {
  const t = useWords(words)
  const formats = useFormats()
  if (waves === undefined) return null
  const said = (['emergency', 'urgent', 'routine', 'opinion'] as const).map(of =>
    t('waves.usual', {
      of: t(of === 'opinion' ? 'class.opinion' : `urgency.${of}`),
      n: waves[of].waves,
      time: formats.span(waves[of].waveMinutes * minuteMs),
    }),
  )
  return <p className="second">{t('waves.usual.all', { all: said.join(' · ') })}</p>
}

/** Why it was refused, hole by hole. */
export function Refusal({ problem, title }: { problem: ApiProblem; title: string }) {
  const holes = problem.fields ?? []
  const box = useRef<HTMLDivElement>(null)
  // A long form was sent from its end: why it did not go is shown.
  useEffect(() => {
    if (problem) box.current?.scrollIntoView({ block: 'nearest' })
  }, [problem])
  if (!isRefusal(problem) || (problem.code !== 'invalid' && holes.length === 0))
    return <Refused problem={problem} title={title} />
  return (
    <div ref={box} className={styles.refusal} role="alert">
      <strong>{title}</strong>
      {holes.length === 0 ? <span>{problem.detail}</span> : null}
      <ul>
        {holes.map(({ path, message }) => (
          <li key={`${path} ${message}`}>{message}</li>
        ))}
      </ul>
    </div>
  )
}
