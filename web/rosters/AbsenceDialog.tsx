import { useState } from 'react'
import type { AbsenceView } from '../../node/offsite/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Refused } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { rosters as words } from '../words/rosters.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Roster.module.css'
import { wallDays } from './wall.js'

/** Days on which somebody does not read; of oneself where there is nobody to choose. */
export function AbsenceDialog({
  site,
  timeZone,
  readers,
  absence,
  onClose,
}: {
  site: string
  timeZone: string
  readers?: readonly { account: string; name: string }[]
  absence?: AbsenceView | undefined
  onClose: () => void
}) {
  const t = useWords(words)
  const { locale } = useLanguage()
  const toasts = useToasts()
  const [draft, setDraft] = useState({ account: '', from: '', to: '', reason: '' })
  const [checked, setChecked] = useState(false)
  const set = (change: Partial<typeof draft>) => setDraft(before => ({ ...before, ...change }))
  const needed = (missing: boolean) => (checked && missing ? t('fault.needed') : undefined)
  const options = {
    refresh: [['rosters'], ['duty']],
    onDone: () => {
      toasts.say({ text: t('said.saved'), tone: 'ok' })
      onClose()
    },
  }
  const save = useAct<unknown, object>(
    body => ({ method: 'POST', path: '/api/rosters/absences', body }),
    options,
  )
  const remove = useAct(() => ({ method: 'DELETE', path: `/api/rosters/absences/${absence?.id}` }), options)
  const { account, from, reason } = draft
  const to = draft.to === '' ? from : draft.to
  const backwards = from !== '' && draft.to !== '' && draft.to < from
  const submit = () => {
    setChecked(true)
    if (from === '' || backwards || (readers !== undefined && account === '')) return
    save.mutate({
      site,
      from,
      to,
      ...(readers === undefined ? {} : { account }),
      ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    })
  }
  const atField = save.error?.field('from') ?? save.error?.field('to')
  const problem = atField === undefined ? (save.error ?? remove.error) : remove.error
  return (
    <Dialog
      title={absence ? `${t('absence')} · ${absence.name}` : t('absence.new')}
      open
      size="s"
      onClose={onClose}
      foot={
        absence ? (
          <DialogFoot
            keep={t('cancel')}
            act={t('absence.remove')}
            look="grave"
            busy={remove.isPending}
            onAct={() => remove.mutate()}
            onClose={onClose}
          />
        ) : (
          <DialogFoot
            keep={t('cancel')}
            act={t('add')}
            busy={save.isPending}
            onAct={submit}
            onClose={onClose}
          />
        )
      }
    >
      {problem ? <Refused title={t('refused')} problem={problem} /> : null}
      {absence ? (
        <p>
          {t('absence.days', { days: wallDays(absence, timeZone, locale) })}
          {absence.reason ? ` · ${absence.reason}` : ''}
        </p>
      ) : (
        <>
          {readers ? (
            <Select
              label={t('reader')}
              required
              value={account}
              onChange={id => set({ account: id })}
              problem={needed(account === '')}
              options={readers.map(({ account: id, name }) => ({ id, label: name }))}
            />
          ) : null}
          <div className={styles.two}>
            <TextField
              label={t('absence.from')}
              type="date"
              required
              value={from}
              onChange={value => set({ from: value })}
              problem={needed(from === '') ?? save.error?.field('from')}
            />
            <TextField
              label={t('absence.to')}
              type="date"
              value={to}
              onChange={value => set({ to: value })}
              problem={checked && backwards ? t('fault.backwards') : save.error?.field('to')}
            />
          </div>
          <TextField
            label={t('absence.reason')}
            optional
            value={reason}
            onChange={value => set({ reason: value })}
            maxLength={200}
          />
        </>
      )}
    </Dialog>
  )
}
