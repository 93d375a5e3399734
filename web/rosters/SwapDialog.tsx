import { useState } from 'react'
import type { OwnRosterView, RosterView, ShiftView } from '../../node/offsite/view.js'
import { pathOf } from '../api/call.js'
import { useAct, useData } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox, Refused } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { rosters as words } from '../words/rosters.js'
import { dayMs } from '../words/time.js'
import { useLanguage, useWords } from '../words/words.js'
import { wallMoment, wallTime } from './wall.js'

/** How far ahead a colleague's shifts are offered in exchange. */
const aheadMs = 35 * dayMs

/** Offers one's shift to a colleague, maybe for one of theirs; they accept or decline. */
export function SwapDialog({
  shift,
  group,
  onClose,
}: {
  shift: ShiftView
  group: OwnRosterView['groups'][number]
  onClose: () => void
}) {
  const t = useWords(words)
  const { locale } = useLanguage()
  const toasts = useToasts()
  const [to, setTo] = useState('')
  const [exchange, setExchange] = useState('')
  const [text, setText] = useState('')
  const [checked, setChecked] = useState(false)
  const [now] = useState(() => Date.now())
  const roster = useData<RosterView>(
    ['rosters', 'swap'],
    to === ''
      ? null
      : pathOf('/api/rosters', {
          site: shift.site,
          from: new Date(now).toISOString(),
          to: new Date(now + aheadMs).toISOString(),
        }),
  )
  const theirs = (roster.data?.shifts ?? [])
    .filter(({ account, from }) => account === to && Date.parse(from) > now)
    .sort((a, b) => a.from.localeCompare(b.from))
  const propose = useAct(
    () => ({
      method: 'POST',
      path: '/api/rosters/swaps',
      body: {
        shift: shift.id,
        to,
        ...(exchange === '' ? {} : { exchange }),
        ...(text.trim() === '' ? {} : { text: text.trim() }),
      },
    }),
    {
      refresh: [['rosters']],
      onDone: () => {
        toasts.say({ text: t('said.swap'), tone: 'ok' })
        onClose()
      },
    },
  )
  return (
    <Dialog
      title={t('swap.new')}
      open
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('swap.send')}
          busy={propose.isPending}
          onAct={() => {
            setChecked(true)
            if (to !== '') propose.mutate()
          }}
          onClose={onClose}
        />
      }
    >
      {propose.error ? <Refused title={t('swap.refused')} problem={propose.error} /> : null}
      <p>
        <strong>
          {wallMoment(shift.from, group.timeZone, locale)} – {wallTime(shift.to, group.timeZone)}
        </strong>{' '}
        · {t(`kind.${shift.kind}`)}
      </p>
      <Select
        label={t('swap.to')}
        required
        value={to}
        onChange={account => {
          setTo(account)
          setExchange('')
        }}
        problem={checked && to === '' ? t('fault.needed') : undefined}
        options={group.colleagues.map(({ account, name }) => ({ id: account, label: name }))}
      />
      {to === '' ? null : (
        <Select
          label={t('swap.exchange')}
          hint={roster.data && theirs.length === 0 ? t('swap.exchange.none') : t('swap.exchange.hint')}
          placeholder={t('swap.exchange.nothing')}
          value={exchange}
          onChange={setExchange}
          options={[
            { id: '', label: t('swap.exchange.nothing') },
            ...theirs.map(({ id, from, to: end, kind }) => ({
              id,
              label: `${wallMoment(from, group.timeZone, locale)} – ${wallTime(end, group.timeZone)}`,
              hint: t(`kind.${kind}`),
            })),
          ]}
        />
      )}
      {roster.error ? <ErrorBox trouble={roster.error} /> : null}
      <TextField label={t('swap.text')} optional value={text} onChange={setText} maxLength={400} />
    </Dialog>
  )
}
