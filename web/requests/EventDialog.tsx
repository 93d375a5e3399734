import { useState } from 'react'
import type { RequestRow } from '../../node/requests/view.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { TextArea } from '../parts/TextArea.js'
import { requestDialogWords } from '../words/request-dialogs.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { asksOf, type EventInput, type EventName, eventForms } from './events.js'
import { useInWords } from './in-words.js'

/** Asks for the reason (and the alternative, the text) an event must carry. */
export default function EventDialog({
  request,
  event,
  busy,
  problem,
  onSend,
  onClose,
}: {
  request: RequestRow
  event: EventName
  busy: boolean
  problem?: string | undefined
  onSend: (input: EventInput) => void
  onClose: () => void
}) {
  const t = useWords(requestWords)
  const ask = useWords(requestDialogWords)
  const inWords = useInWords()
  const asks = asksOf(event, request.images !== undefined)
  const [given, setGiven] = useState<Required<EventInput>>({ reason: '', text: '', alternative: '' })
  const [tried, setTried] = useState(false)
  const form = eventForms[event]
  const first = asks[0] ?? 'reason'

  const labels: Partial<Record<EventName, [label: string, hint: string]>> = {
    refuse: [ask('dialog.refuse.reason'), ask('dialog.refuse.hint')],
    decline: [ask('dialog.reason'), ask('dialog.decline.hint')],
    release: [ask('dialog.reason'), ask('dialog.release.hint')],
    cancel: [ask('dialog.reason'), ask('dialog.cancel.hint')],
    ask: [ask('dialog.ask'), ask('dialog.ask.hint')],
    answer: [ask('dialog.answer'), ask('dialog.answer.hint')],
    accept: [ask('dialog.protocol'), ask('dialog.protocol.hint')],
  }
  const [label, hint] = labels[event] ?? [ask('dialog.reason'), '']
  const missing = (field: keyof EventInput) =>
    tried && !given[field].trim() ? ask('dialog.missing') : undefined

  const send = () => {
    setTried(true)
    if (asks.some(field => !given[field].trim())) return
    onSend(Object.fromEntries(asks.map(field => [field, given[field].trim()])))
  }

  return (
    <Dialog
      title={`${t(`event.${event}`)} · ${request.reference}`}
      open
      onClose={onClose}
      grave={form.look === 'grave'}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button look={form.look === 'grave' ? 'grave' : 'go'} busy={busy} onPress={send} keys="Ctrl+Enter">
            {t(`event.${event}`)}
          </Button>
        </>
      }
    >
      <p className="second">
        {inWords.name(request.patient)} · {inWords.exam(request)}
      </p>
      {form.quick ? (
        <div className="row">
          {form.quick.map(name => (
            <Button
              key={name}
              size="s"
              onPress={() =>
                setGiven(now => ({
                  ...now,
                  [first]: now[first]
                    ? `${now[first].trimEnd()}\n${ask(`quick.${name}`)}`
                    : ask(`quick.${name}`),
                }))
              }
            >
              {ask(`quick.${name}`).replace(/ ?: $/, '')}
            </Button>
          ))}
        </div>
      ) : null}
      {asks.map((field, index) => (
        <TextArea
          key={field}
          label={field === 'alternative' ? ask('dialog.alternative') : label}
          hint={field === 'alternative' ? ask('dialog.alternative.hint') : hint}
          value={given[field]}
          onChange={value => setGiven(now => ({ ...now, [field]: value }))}
          problem={missing(field) ?? (index === 0 ? problem : undefined)}
          lines={3}
          autoFocus={index === 0}
          required
          onKeyDown={key => {
            if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) send()
          }}
        />
      ))}
    </Dialog>
  )
}
