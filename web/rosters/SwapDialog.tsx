import { useState } from 'react'
import type { OwnRosterView, ShiftView } from '../../node/offsite/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { rosters as words } from '../words/rosters.js'
import { useLanguage, useWords } from '../words/words.js'
import { wallMoment, wallTime } from './wall.js'

/** Offers one's shift to a colleague, who accepts or declines. */
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
  const [text, setText] = useState('')
  const [checked, setChecked] = useState(false)
  const propose = useAct(
    () => ({
      method: 'POST',
      path: '/api/rosters/swaps',
      body: { shift: shift.id, to, ...(text.trim() === '' ? {} : { text: text.trim() }) },
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
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button
            look="go"
            busy={propose.isPending}
            onPress={() => {
              setChecked(true)
              if (to !== '') propose.mutate()
            }}
          >
            {t('swap.send')}
          </Button>
        </>
      }
    >
      {propose.error ? <ErrorBox trouble={propose.error} /> : null}
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
        onChange={setTo}
        problem={checked && to === '' ? t('fault.needed') : undefined}
        options={group.colleagues.map(({ account, name }) => ({ id: account, label: name }))}
      />
      <TextField label={t('swap.text')} optional value={text} onChange={setText} maxLength={400} />
    </Dialog>
  )
}
