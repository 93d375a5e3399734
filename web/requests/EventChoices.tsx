import type { RequestView } from '../../node/requests/view.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Choices } from '../parts/Choices.js'
import { Select } from '../parts/Select.js'
import { useSession } from '../session.js'
import { requestDialogWords } from '../words/request-dialogs.js'
import { useWords } from '../words/words.js'
import { type EventInput, type EventName, eventForms } from './events.js'

/** What is chosen in the dialog of an event: a coded reason, a colleague, a group and the reader asked first. */
export function EventChoices({
  event,
  request,
  given,
  tried,
  onChange,
}: {
  event: EventName
  /** Absent until it is read: then nobody can be chosen yet. */
  request: RequestView | undefined
  given: EventInput
  tried: boolean
  onChange: (change: EventInput) => void
}) {
  const ask = useWords(requestDialogWords)
  const { session, can } = useSession()
  const { codes, chooses } = eventForms[event]
  const readers = (request?.readers ?? []).map(({ account, name }) => ({ id: account, label: name }))
  const missing = (value: string | undefined) => (tried && !value ? ask('dialog.missing') : undefined)
  return (
    <>
      {codes ? (
        <Choices
          label={ask(event === 'record-outcome' ? 'dialog.outcome' : 'dialog.code')}
          {...(event === 'record-outcome' ? { hint: ask('dialog.outcome.hint') } : {})}
          value={given.code ?? ''}
          onChange={code => onChange({ code })}
          problem={missing(given.code)}
          choices={codes.map(code => ({ id: code as string, label: ask(`code.${code}`) }))}
          required
        />
      ) : null}
      {chooses === 'colleague' ? (
        <>
          <Select
            label={ask('dialog.colleague')}
            hint={ask(
              request !== undefined && readers.length === 0
                ? 'dialog.colleague.none'
                : 'dialog.handover.hint',
            )}
            options={readers}
            value={given.reader ?? ''}
            onChange={reader => onChange({ reader })}
            problem={missing(given.reader)}
            required
          />
          <Checkbox value={given.told ?? false} onChange={told => onChange({ told })}>
            {ask('dialog.told')}
          </Checkbox>
        </>
      ) : null}
      {chooses === 'images' && request?.site === session.account.site && can('study.reject') ? (
        <Choices
          label={ask('dialog.error.images')}
          value={given.images ?? 'keep'}
          onChange={images => onChange({ images })}
          choices={(['keep', 'withdraw'] as const).map(id => ({ id, label: ask(`dialog.error.${id}`) }))}
        />
      ) : null}
      {chooses === 'target' ? (
        <>
          <Select
            label={ask('dialog.group')}
            hint={ask('dialog.reroute.hint')}
            options={(request?.groups ?? []).map(({ site, name }) => ({ id: site, label: name }))}
            value={given.to ?? request?.to ?? ''}
            onChange={to => onChange({ to, reader: '' })}
          />
          {(given.to ?? request?.to) === request?.to && readers.length > 0 ? (
            <Select
              label={ask('dialog.reader')}
              options={[{ id: '', label: ask('dialog.reader.any') }, ...readers]}
              value={given.reader ?? ''}
              onChange={reader => onChange({ reader })}
              placeholder={ask('dialog.reader.any')}
            />
          ) : null}
        </>
      ) : null}
    </>
  )
}
