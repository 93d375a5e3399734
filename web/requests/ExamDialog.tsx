import { useState } from 'react'
import type { RequestRow } from '../../node/requests/view.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Choices, TextField } from '../parts/Field.js'
import { askItemWords } from '../words/ask-items.js'
import { laterWords } from '../words/later.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import type { EventInput } from './events.js'
import { happenedAt, Later, type LaterAt } from './Later.js'
import form from './new/Form.module.css'

const numbers = ['ctdi', 'dlp', 'dap', 'volume'] as const
const blank = { ctdi: '', dlp: '', dap: '', product: '', lot: '', volume: '', device: '', reason: '' }

/** After the exam: dose, contrast and lot, device, and the side that was done. */
export default function ExamDialog({
  request,
  busy,
  problem,
  onSend,
  onClose,
}: {
  request: RequestRow
  busy: boolean
  problem?: string | undefined
  onSend: (input: EventInput) => void
  onClose: () => void
}) {
  const t = useWords(askItemWords)
  const r = useWords(requestWords)
  const [given, setGiven] = useState(blank)
  const asked = request.laterality && request.laterality !== 'none' ? request.laterality : undefined
  const [side, setSide] = useState<'right' | 'left' | 'both' | ''>('')
  const later = useWords(laterWords)
  const [at, setAt] = useState<LaterAt>(undefined)
  const number = (text: string) => (text.trim() ? Number(text.replace(',', '.')) : undefined)
  const isWrong = (key: (typeof numbers)[number]) => {
    const value = number(given[key])
    return value !== undefined && !(value >= 0)
  }
  const differs = asked !== undefined && side !== '' && side !== asked
  const ready =
    at !== '' &&
    !numbers.some(isWrong) &&
    (asked === undefined || side !== '') &&
    (!differs || given.reason.trim() !== '')
  const field = (key: keyof typeof blank) => ({
    value: given[key],
    onChange: (value: string) => setGiven(now => ({ ...now, [key]: value })),
    autoComplete: 'off',
  })
  const amount = (key: (typeof numbers)[number]) => ({
    ...field(key),
    inputMode: 'numeric' as const,
    problem: isWrong(key) ? t('exam.number') : undefined,
  })
  const send = () => {
    const dose = { ctdiVol: number(given.ctdi), dlp: number(given.dlp), dap: number(given.dap) }
    const volumeMl = number(given.volume)
    onSend({
      ...(differs ? { reason: given.reason.trim() } : {}),
      ...happenedAt(at),
      exam: {
        ...(Object.values(dose).some(value => value !== undefined) ? { dose } : {}),
        ...(given.product.trim()
          ? {
              contrast: {
                product: given.product.trim(),
                ...(given.lot.trim() ? { lot: given.lot.trim() } : {}),
                ...(volumeMl === undefined ? {} : { volumeMl }),
              },
            }
          : {}),
        ...(given.device.trim() ? { device: given.device.trim() } : {}),
        ...(side ? { laterality: side } : {}),
      },
    })
  }
  return (
    <Dialog
      title={`${t('exam.title')} · ${request.reference}`}
      open
      size="l"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('stop')}
          act={t('exam.go')}
          busy={busy}
          isDisabled={!ready}
          onAct={send}
          onClose={onClose}
        />
      }
    >
      <p className="second">{t('exam.text')}</p>
      {asked ? (
        <Choices
          label={t('exam.side')}
          required
          value={side}
          onChange={setSide}
          choices={(['right', 'left', 'both'] as const).map(id => ({ id, label: r(`laterality.${id}`) }))}
        />
      ) : null}
      {differs ? <TextField label={t('exam.side.why')} required {...field('reason')} /> : null}
      <div className={form.three}>
        <TextField label={t('exam.ctdi')} {...amount('ctdi')} />
        <TextField label={t('exam.dlp')} {...amount('dlp')} />
        <TextField label={t('exam.dap')} {...amount('dap')} />
        <TextField label={t('exam.product')} {...field('product')} />
        <TextField label={t('exam.lot')} {...field('lot')} />
        <TextField label={t('exam.volume')} {...amount('volume')} />
        <TextField label={t('exam.device')} {...field('device')} />
      </div>
      <Later value={at} onChange={setAt} problem={at === '' ? later('at.missing') : undefined} />
      {problem ? <p role="alert">{problem}</p> : null}
    </Dialog>
  )
}
