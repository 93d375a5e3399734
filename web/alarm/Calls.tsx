import { PhoneCall } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import type { CallOutcome, CallView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Tag } from '../parts/Tag.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { alarmWords } from '../words/alarm.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { useWords } from '../words/words.js'
import styles from './Ladder.module.css'

interface Report {
  outcome: CallOutcome
  reached?: string
  note?: string
}

/** Above the worklist of who may record them: telephone calls that a person is to make, until one says what came of it. */
export function Calls() {
  const t = useWords(alarmWords)
  const { can } = useSession()
  const calls = useData<ListView<CallView>>(['calls'], can('call.record') ? '/api/calls' : null)
  const items = calls.data?.items ?? []
  if (items.length === 0) return null
  return (
    <section className={styles.calls} aria-label={t('calls', { n: items.length })}>
      <h2>{t('calls', { n: items.length })}</h2>
      {items.map(call => (
        <Task key={call.id} call={call} />
      ))}
    </section>
  )
}

const quick = ['no-answer', 'busy', 'wrong-number'] as const

function Task({ call }: { call: CallView }) {
  const t = useWords(alarmWords)
  const role = useWords(common)
  const formats = useFormats()
  const toasts = useToasts()
  const [asking, setAsking] = useState(false)
  const record = useAct<CallView, Report>(
    report => ({ method: 'POST', path: `/api/calls/${call.id}/outcome`, body: report }),
    {
      refresh: [['calls'], ['alerts'], ['requests']],
      onDone: () => {
        setAsking(false)
        toasts.say({ text: t('call.done'), detail: call.reference, tone: 'ok' })
      },
      onProblem: problem => {
        if (!asking) toasts.trouble(problem)
      },
    },
  )
  const last = call.attempts.at(-1)
  return (
    <article className={styles.task} aria-label={`${call.siteName} · ${call.reference}`}>
      <div className={styles.what}>
        <PhoneCall aria-hidden="true" size={16} />
        <strong>{t(`kind.${call.kind}`)}</strong>
        <span>{call.siteName}</span>
        <Link href={`/requests/${call.request}`} aria-label={`${t('call.open')} ${call.reference}`}>
          {call.reference}
        </Link>
        <Tag tone={call.urgency === 'emergency' ? 'late' : 'near'}>{t(`urgency.${call.urgency}`)}</Tag>
        <Clock at={call.openedAt} what={t('since')} />
      </div>
      {call.numbers.length === 0 ? <p className="second">{t('call.none')}</p> : null}
      <div className={styles.numbers}>
        {call.numbers.map(({ name, role: of, telephone }) => {
          const key = knownKey(common, 'role.', of)
          return (
            <a
              key={`${name} ${telephone}`}
              className={styles.number}
              href={`tel:${telephone.replace(/[^\d+]/g, '')}`}
            >
              <b>{telephone}</b>
              <small>
                {name} · {key ? role(key) : of}
              </small>
            </a>
          )
        })}
      </div>
      {last ? (
        <small className="second">
          {t('call.tried', {
            at: formats.time(last.at),
            outcome: t(`outcome.${last.outcome}`),
            by: last.by,
          })}
        </small>
      ) : null}
      <div className={styles.outcomes}>
        <Button look="go" onPress={() => setAsking(true)}>
          {t('call.reached')}
        </Button>
        {quick.map(outcome => (
          <Button
            key={outcome}
            busy={record.isPending && record.variables.outcome === outcome}
            onPress={() => record.mutate({ outcome })}
          >
            {t(`outcome.${outcome}`)}
          </Button>
        ))}
      </div>
      {asking ? (
        <Reached
          call={call}
          busy={record.isPending}
          problem={record.error}
          onSend={record.mutate}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </article>
  )
}

function Reached({
  call,
  busy,
  problem,
  onSend,
  onClose,
}: {
  call: CallView
  busy: boolean
  problem: ReturnType<typeof useAct<CallView, Report>>['error']
  onSend: (report: Report) => void
  onClose: () => void
}) {
  const t = useWords(alarmWords)
  const roles = useWords(common)
  const first = call.numbers[0]
  const firstRole = first ? knownKey(common, 'role.', first.role) : undefined
  const [name, setName] = useState(call.numbers.length === 1 ? (first?.name ?? '') : '')
  const [role, setRole] = useState(firstRole ? roles(firstRole) : '')
  const [note, setNote] = useState('')
  const isReady = name.trim() !== '' && role.trim() !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isReady || busy) return
    onSend({
      outcome: 'reached',
      reached: `${name.trim()}, ${role.trim()}`,
      ...(note.trim() ? { note: note.trim() } : {}),
    })
  }
  return (
    <Dialog title={t('call.reached.title')} open onClose={onClose}>
      <form className={styles.form} onSubmit={submit} noValidate>
        <p className="second">{t('call.reached.text')}</p>
        <TextField
          label={t('call.name')}
          name="name"
          autoFocus
          value={name}
          onChange={setName}
          list="reached"
        />
        <datalist id="reached">
          {call.numbers.map(person => (
            <option key={person.name} value={person.name} />
          ))}
        </datalist>
        <TextField label={t('call.role')} name="role" value={role} onChange={setRole} />
        <TextField label={t('call.note')} name="note" value={note} onChange={setNote} />
        {problem ? <ErrorBox trouble={problem} /> : null}
        <div>
          <Button type="submit" look="go" busy={busy} isDisabled={!isReady}>
            {t('call.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
