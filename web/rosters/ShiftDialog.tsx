import { useState } from 'react'
import type { NewShift, RosterView, ShiftKind, ShiftView } from '../../node/offsite/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { Refused } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextField } from '../parts/Field.js'
import { timeIn } from '../parts/hours.js'
import { Select } from '../parts/Select.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { rosters as words } from '../words/rosters.js'
import { useWords } from '../words/words.js'
import styles from './Roster.module.css'
import { wallDate, wallTime } from './wall.js'

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const kinds: ShiftKind[] = ['on-site', 'on-call', 'second-line']

/** A shift written down, or one that is there changed; times are those of the group's wall. */
export function ShiftDialog({
  roster,
  shift,
  account,
  onClose,
}: {
  roster: RosterView
  shift: ShiftView | undefined
  account: string | undefined
  onClose: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const zone = roster.timeZone
  const [draft, setDraft] = useState(() => ({
    account: shift?.account ?? account ?? '',
    kind: shift?.kind ?? ('on-site' as ShiftKind),
    date: shift ? wallDate(shift.from, zone) : wallDate(roster.from, zone),
    from: shift ? wallTime(shift.from, zone) : '08:00',
    to: shift ? wallTime(shift.to, zone) : '18:30',
    telephone: '',
    repeats: false,
    days: [] as (typeof days)[number][],
    until: '',
    every: '1',
  }))
  const [later, setLater] = useState(false)
  const [checked, setChecked] = useState(false)
  const set = (change: Partial<typeof draft>) => setDraft(before => ({ ...before, ...change }))
  const [from, to] = [timeIn(draft.from), timeIn(draft.to)]
  const needed = (missing: boolean) => (checked && missing ? t('fault.needed') : undefined)
  const complete =
    draft.account !== '' &&
    draft.date !== '' &&
    from !== '' &&
    to !== '' &&
    (!draft.repeats || (draft.days.length > 0 && draft.until !== ''))

  const refresh = { refresh: [['rosters'], ['duty']] }
  const save = useAct<unknown, Omit<NewShift, 'site'> & { site?: string; revision?: string }>(
    body =>
      shift
        ? { method: 'PUT', path: `/api/rosters/shifts/${shift.id}`, body }
        : { method: 'POST', path: '/api/rosters/shifts', body },
    {
      ...refresh,
      onDone: () => {
        toasts.say({ text: t('said.saved'), tone: 'ok' })
        onClose()
      },
    },
  )
  const remove = useAct<{ removed: number }>(
    () => ({ method: 'DELETE', path: `/api/rosters/shifts/${shift?.id}${later ? '?later=true' : ''}` }),
    {
      ...refresh,
      onDone: ({ removed }) => {
        toasts.say({ text: t('said.removed', { n: removed }), tone: 'ok' })
        onClose()
      },
    },
  )
  const submit = () => {
    setChecked(true)
    if (!complete) return
    const { account: reader, kind, date, telephone } = draft
    save.mutate({
      account: reader,
      kind,
      date,
      from,
      to,
      ...(telephone.trim() === '' ? {} : { telephone: telephone.trim() }),
      ...(shift
        ? { revision: shift.revision }
        : {
            site: roster.site,
            ...(draft.repeats
              ? { repeat: { days: draft.days, until: draft.until, everyWeeks: Number(draft.every) || 1 } }
              : {}),
          }),
    })
  }
  const atField = save.error?.field('date') ?? save.error?.field('telephone')
  const problem = atField === undefined ? (save.error ?? remove.error) : remove.error
  return (
    <Dialog
      title={shift ? t('shift.edit', { name: shift.name }) : t('shift.new')}
      open
      onClose={onClose}
      foot={
        <>
          {shift ? (
            <Button look="grave" busy={remove.isPending} onPress={() => remove.mutate()}>
              {t('shift.remove')}
            </Button>
          ) : null}
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button look="go" busy={save.isPending} onPress={submit}>
            {t(shift ? 'save' : 'add')}
          </Button>
        </>
      }
    >
      {problem ? <Refused title={t('refused')} problem={problem} /> : null}
      <Select
        label={t('reader')}
        required
        value={draft.account}
        onChange={reader => set({ account: reader })}
        problem={needed(draft.account === '')}
        options={roster.readers.map(({ account: id, name, competences }) => ({
          id,
          label: name,
          ...(competences.length === 0 ? {} : { hint: competences.join(', ') }),
        }))}
      />
      <Choices
        label={t('shift.kind')}
        value={draft.kind}
        onChange={kind => set({ kind })}
        choices={kinds.map(id => ({ id, label: t(`kind.${id}`), hint: t(`shift.kind.${id}`) }))}
      />
      <div className={styles.three}>
        <TextField
          label={t('shift.date')}
          type="date"
          required
          value={draft.date}
          onChange={date => set({ date })}
          problem={needed(draft.date === '') ?? save.error?.field('date')}
        />
        <TextField
          label={t('shift.from')}
          required
          value={draft.from}
          onChange={value => set({ from: value })}
          onBlur={() => set({ from: timeIn(draft.from) || draft.from })}
          problem={checked && from === '' ? t('fault.time') : undefined}
        />
        <TextField
          label={t('shift.to')}
          required
          value={draft.to}
          onChange={value => set({ to: value })}
          onBlur={() => set({ to: timeIn(draft.to) || draft.to })}
          problem={checked && to === '' ? t('fault.time') : undefined}
        />
      </div>
      <p className="second">
        {t('shift.to.hint')} {t('zone', { zone })}.
      </p>
      <TextField
        label={t('shift.telephone')}
        hint={t('shift.telephone.hint')}
        optional
        type="tel"
        value={draft.telephone}
        onChange={telephone => set({ telephone })}
        problem={save.error?.field('telephone')}
      />
      {shift ? (
        shift.pattern ? (
          <>
            <p className="second">{t('shift.pattern')}</p>
            <Checkbox value={later} onChange={setLater}>
              {t('shift.remove.later')}
            </Checkbox>
          </>
        ) : null
      ) : (
        <Checkbox value={draft.repeats} onChange={repeats => set({ repeats })}>
          {t('shift.repeat')}
        </Checkbox>
      )}
      {draft.repeats ? (
        <>
          <Ticks
            legend={t('shift.repeat.days')}
            values={days.map(id => ({ id, label: t(`day.${id}`) }))}
            chosen={draft.days}
            onChange={chosen => set({ days: days.filter(day => chosen.includes(day)) })}
            problem={needed(draft.days.length === 0)}
          />
          <div className={styles.three}>
            <TextField
              label={t('shift.repeat.until')}
              type="date"
              required
              value={draft.until}
              onChange={until => set({ until })}
              problem={needed(draft.until === '') ?? save.error?.field('repeat.until')}
            />
            <TextField
              label={t('shift.repeat.every')}
              inputMode="numeric"
              value={draft.every}
              onChange={every => set({ every })}
              problem={save.error?.field('repeat.everyWeeks')}
            />
          </div>
        </>
      ) : null}
    </Dialog>
  )
}
