import { useState } from 'react'
import type { RequestRow, RequestView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Skeleton } from '../parts/Skeleton.js'
import { askItemWords } from '../words/ask-items.js'
import { laterWords } from '../words/later.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Asks.module.css'
import type { EventInput } from './events.js'
import { happenedAt, Later, type LaterAt } from './Later.js'

/** All that is still asked for on one page: a word about each, or that it is not to be had. */
export default function AnswerDialog({
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
  const later = useWords(laterWords)
  const [said, setSaid] = useState<Record<string, { text: string; none: boolean }>>({})
  const [at, setAt] = useState<LaterAt>(undefined)
  const full = useData<RequestView>(['requests', request.id], `/api/requests/${request.id}`)
  const items = full.data?.asks.flatMap(ask => ask.items).filter(({ state }) => state === 'open')
  const of = (id: string) => said[id] ?? { text: '', none: false }
  const ready =
    items !== undefined && at !== '' && items.every(({ id }) => of(id).none || of(id).text.trim() !== '')
  const send = () =>
    onSend({
      answers: (items ?? []).map(({ id }) => {
        const text = of(id).text.trim()
        return { item: id, available: !of(id).none, ...(text ? { text } : {}) }
      }),
      ...happenedAt(at),
    })
  return (
    <Dialog
      title={`${r('event.answer')} · ${request.reference}`}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={r('cancel')}
          act={r('event.answer')}
          busy={busy}
          isDisabled={!ready}
          onAct={send}
          onClose={onClose}
        />
      }
    >
      <p className="second">{t('answer.lead')}</p>
      {full.error ? <ErrorBox trouble={full.error} onRetry={() => void full.refetch()} /> : null}
      {items === undefined && !full.error ? <Skeleton lines={3} /> : null}
      {items?.map((item, index) => (
        <div key={item.id} className={styles.said}>
          <TextField
            label={`${t(`kind.${item.kind}`)} · ${item.text}`}
            placeholder={t('answer.hint')}
            autoFocus={index === 0}
            value={of(item.id).text}
            onChange={text => setSaid(now => ({ ...now, [item.id]: { ...of(item.id), text } }))}
          />
          <Checkbox
            value={of(item.id).none}
            onChange={none => setSaid(now => ({ ...now, [item.id]: { ...of(item.id), none } }))}
          >
            {t('unavailable')}
          </Checkbox>
        </div>
      ))}
      <Later value={at} onChange={setAt} problem={at === '' ? later('at.missing') : undefined} />
      {problem ? <p role="alert">{problem}</p> : null}
    </Dialog>
  )
}
