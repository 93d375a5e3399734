import { useState } from 'react'
import type { RequestRow, RequestView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/TextArea.js'
import { laterWords } from '../words/later.js'
import { requestDialogWords } from '../words/request-dialogs.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { ErrorAsked } from './ErrorNote.js'
import { EventChoices } from './EventChoices.js'
import { asksOf, type EventInput, type EventName, eventForms, laterEvents, type Written } from './events.js'
import { useInWords } from './in-words.js'
import { happenedAt, Later, type LaterAt } from './Later.js'

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
  const asks = asksOf(event, request) ?? []
  const [given, setGiven] = useState<EventInput & Record<Written, string>>({
    reason: '',
    text: '',
    alternative: '',
  })
  const [tried, setTried] = useState(false)
  const later = useWords(laterWords)
  const [at, setAt] = useState<LaterAt>(undefined)
  const form = eventForms[event]
  // On the page the dots promise this dialog; here it is done.
  const name = t(`event.${event}`).replace(/…$/, '')
  const maybeLater = laterEvents.includes(event)
  // Whom it may go to stands on the whole request.
  const full = useData<RequestView>(['requests', request.id], `/api/requests/${request.id}`)

  const labels: Partial<Record<EventName, [label: string, hint: string]>> = {
    refuse: [ask('dialog.refuse.reason'), ask('dialog.refuse.hint')],
    decline: [ask('dialog.details'), ask('dialog.decline.hint')],
    'hand-over': [ask('dialog.details'), ''],
    'record-outcome': [ask('dialog.details'), ''],
    'acknowledge-refusal': [ask('dialog.refusal'), ask('dialog.refusal.hint')],
    release: [ask('dialog.reason'), ask('dialog.release.hint')],
    cancel: [ask('dialog.reason'), ask('dialog.cancel.hint')],
    'ask-error': [ask('dialog.reason'), ask('dialog.error.hint')],
    'decline-error': [ask('dialog.reason'), ask('dialog.error.decline.hint')],
    accept: [ask('dialog.protocol'), ask('dialog.protocol.hint')],
  }
  const [label, hint] = labels[event] ?? [ask('dialog.reason'), '']
  const missing = (field: Written) =>
    tried && !form.optional && !given[field].trim() ? ask('dialog.missing') : undefined

  const send = () => {
    setTried(true)
    if (!form.optional && asks.some(field => !given[field].trim())) return
    if (form.codes && !given.code) return
    if (form.chooses === 'colleague' && !given.reader) return
    if (maybeLater && at === '') return
    const { code, reader, to, told, images } = given
    onSend({
      ...Object.fromEntries(
        asks.filter(field => given[field].trim()).map(field => [field, given[field].trim()]),
      ),
      ...(code ? { code } : {}),
      ...(reader ? { reader } : {}),
      ...(to ? { to } : {}),
      ...(told ? { told } : {}),
      ...(images ? { images } : {}),
      ...(maybeLater ? happenedAt(at) : {}),
    })
  }

  return (
    <Dialog
      title={`${name} · ${request.reference}`}
      open
      onClose={onClose}
      grave={form.look === 'grave'}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button look={form.look === 'grave' ? 'grave' : 'go'} busy={busy} onPress={send} keys="Ctrl+Enter">
            {event === 'ask-error' ? ask('dialog.error.do') : name}
          </Button>
        </>
      }
    >
      <p className="second">
        {inWords.name(request.patient)} · {inWords.exam(request)}
      </p>
      {event === 'enter-in-error' && request.errorAsk ? (
        <>
          <p>{ask('dialog.error.confirm')}</p>
          <ErrorAsked ask={request.errorAsk} />
        </>
      ) : null}
      {problem && asks.length === 0 && !maybeLater ? (
        <ErrorBox trouble={{ message: '' }} words={problem} />
      ) : null}
      <EventChoices
        event={event}
        request={full.data}
        given={given}
        tried={tried}
        onChange={change => setGiven(now => ({ ...now, ...change }))}
      />
      {asks.map((field, index) => (
        <TextArea
          key={field}
          label={field === 'alternative' ? ask('dialog.alternative') : label}
          hint={field === 'alternative' ? ask('dialog.alternative.hint') : hint}
          value={given[field]}
          onChange={value => setGiven(now => ({ ...now, [field]: value }))}
          problem={missing(field) ?? (index === 0 ? problem : undefined)}
          lines={3}
          autoFocus={index === 0 && !form.codes && !form.chooses}
          {...(form.optional ? { optional: true } : { required: true })}
          onKeyDown={key => {
            if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) send()
          }}
        />
      ))}
      {maybeLater ? (
        <Later
          value={at}
          onChange={setAt}
          problem={tried && at === '' ? later('at.missing') : asks.length === 0 ? problem : undefined}
        />
      ) : null}
    </Dialog>
  )
}
