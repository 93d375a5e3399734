import { useState } from 'react'
import type { ContractView } from '../../node/sites/view.js'
import { useAct } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { RouteHoursField } from '../network/RouteHoursField.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextArea, TextField } from '../parts/Field.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { contracts as words } from '../words/contracts.js'
import { useWords } from '../words/words.js'
import styles from './Contract.module.css'
import { draftOf, kinds, termsOf, urgencies } from './contract-form.js'

export type Revised = ContractView & { revision: string }

/** What is agreed, changed on the revision that was seen. */
export function ContractForm({ contract, onClose }: { contract: Revised; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  // What was there when the form was opened: others may change it meanwhile.
  const [{ revision, ...before }] = useState(contract)
  const [draft, setDraft] = useState(() => draftOf(before))
  const set = (change: Partial<typeof draft>) => setDraft(known => ({ ...known, ...change }))
  const save = useAct<Revised>(
    () => ({
      method: 'PUT',
      path: `/api/contracts/${encodeURIComponent(contract.id)}`,
      body: { ...termsOf(draft, before), revision },
    }),
    {
      refresh: [['contracts'], ['rosters'], ['duty']],
      onDone: () => {
        toasts.say({ text: t('saved'), tone: 'ok' })
        onClose()
      },
    },
  )
  return (
    <Dialog
      title={`${t('edit')} · ${contract.id}`}
      open
      size="l"
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button look="go" busy={save.isPending} onPress={() => save.mutate()}>
            {t('save')}
          </Button>
        </>
      }
    >
      {save.error ? <Refusal problem={save.error} title={t('start.refused')} /> : null}
      <TextField
        label={t('modalities')}
        hint={t('modalities.hint')}
        required
        spellCheck={false}
        value={draft.modalities}
        onChange={modalities => set({ modalities })}
      />
      <div className={styles.two}>
        <Ticks
          legend={t('kinds')}
          values={kinds.map(id => ({ id, label: t(`kind.${id}`) }))}
          chosen={draft.kinds}
          onChange={chosen => set({ kinds: kinds.filter(each => chosen.includes(each)) })}
        />
        <Ticks
          legend={t('urgencies')}
          values={urgencies.map(id => ({ id, label: t(`urgency.${id}`) }))}
          chosen={draft.urgencies}
          onChange={chosen => set({ urgencies: urgencies.filter(each => chosen.includes(each)) })}
        />
      </div>
      <TextField
        label={t('regions')}
        hint={t('regions.hint')}
        optional
        value={draft.regions}
        onChange={regions => set({ regions })}
      />
      <div className={styles.three}>
        <TextField
          label={t('from')}
          type="date"
          optional
          value={draft.from}
          onChange={from => set({ from })}
        />
        <TextField
          label={t('until')}
          type="date"
          optional
          value={draft.until}
          onChange={until => set({ until })}
        />
        <TextField
          label={t('zone')}
          optional
          spellCheck={false}
          placeholder="Europe/Paris"
          value={draft.timeZone}
          onChange={timeZone => set({ timeZone })}
        />
      </div>
      <RouteHoursField
        label={t('hours')}
        hint={t('hours.hint')}
        hours={draft.hours}
        onChange={hours => set({ hours })}
        problem={undefined}
      />
      <TextField
        label={t('holidays')}
        hint={t('holidays.hint')}
        optional
        spellCheck={false}
        value={draft.holidays}
        onChange={holidays => set({ holidays })}
      />
      <TextArea
        label={t('competences')}
        hint={t('competences.hint')}
        optional
        lines={2}
        value={draft.competences}
        onChange={competences => set({ competences })}
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
      <TextField
        label={t('last.telephone')}
        hint={t('last.telephone.hint')}
        optional
        type="tel"
        value={draft.telephone}
        onChange={telephone => set({ telephone })}
      />
    </Dialog>
  )
}

/** Why it was refused, hole by hole. */
export function Refusal({ problem, title }: { problem: ApiProblem; title: string }) {
  const t = useWords(words)
  const holes = problem.fields ?? []
  if (problem.code === 'conflict') return <ErrorBox trouble={problem} words={t('conflict.text')} />
  return (
    <div className={styles.refusal} role="alert">
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
