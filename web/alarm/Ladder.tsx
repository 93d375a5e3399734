import { PhoneCall } from 'lucide-react'
import { useState } from 'react'
import type { AlertRungView, AlertView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { alarmWords } from '../words/alarm.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { useWords } from '../words/words.js'
import styles from './Ladder.module.css'

/** On the act: what waits for somebody, who was told by what and what became of it, and what comes next. */
export function Ladder({ request }: { request: string }) {
  const t = useWords(alarmWords)
  const alerts = useData<ListView<AlertView>>(['alerts', request], `/api/requests/${request}/alerts`)
  const items = alerts.data?.items
  if (alerts.error)
    return alerts.error.code === 'missing' ? null : (
      <ErrorBox trouble={alerts.error} onRetry={() => void alerts.refetch()} />
    )
  if (!items || items.length === 0) return null
  const shown = [...items].sort((a, b) => Number(b.state === 'open') - Number(a.state === 'open'))
  return (
    <section className={`card ${styles.ladder}`}>
      <h2>{t('ladder')}</h2>
      {shown.map(alert =>
        alert.state === 'open' ? (
          <Alert key={alert.id} alert={alert} />
        ) : (
          <details key={alert.id}>
            <summary>
              {t(`kind.${alert.kind}`)} <Tag tone="ok">{t(`state.${alert.state}`)}</Tag>
            </summary>
            <Alert alert={alert} />
          </details>
        ),
      )}
    </section>
  )
}

function Alert({ alert }: { alert: AlertView }) {
  const t = useWords(alarmWords)
  const role = useWords(common)
  const formats = useFormats()
  const { can } = useSession()
  const [asking, setAsking] = useState(false)
  const isOpen = alert.state === 'open'
  const next = isOpen ? alert.rungs.findIndex(rung => rung.firedAt === undefined) : -1
  const roleKey = alert.by ? knownKey(common, 'role.', alert.by.role) : undefined
  return (
    <div className={styles.alert}>
      {isOpen ? (
        <header>
          <strong>{t(`kind.${alert.kind}`)}</strong>
          {alert.nextAt ? (
            <span className={styles.next}>
              <Clock at={alert.nextAt} nearMs={60_000} what={t('rung.next')} />{' '}
              <small>{t('rung.next')}</small>
            </span>
          ) : null}
        </header>
      ) : alert.by ? (
        <p className="second">
          {t('ladder.by', { name: alert.by.name, role: roleKey ? role(roleKey) : alert.by.role })}
          {alert.note ? ` · ${alert.note}` : ''}
          {alert.endedAt ? ` · ${formats.moment(alert.endedAt)}` : ''}
        </p>
      ) : null}
      <ol>
        {alert.rungs.map((rung, n) => (
          <Rung key={rung.dueAt + n} rung={rung} isNext={n === next} isOpen={isOpen} />
        ))}
      </ol>
      {isOpen && can('alert.acknowledge') ? (
        <Button size="s" onPress={() => setAsking(true)}>
          {t('acknowledge')}
        </Button>
      ) : null}
      {asking ? <Acknowledge alert={alert} onClose={() => setAsking(false)} /> : null}
    </div>
  )
}

function Rung({ rung, isNext, isOpen }: { rung: AlertRungView; isNext: boolean; isOpen: boolean }) {
  const t = useWords(alarmWords)
  const formats = useFormats()
  const to = rung.to
    .map(audience => {
      const key = knownKey(alarmWords, 'to.', audience)
      return key ? t(key) : audience
    })
    .join(', ')
  return (
    <li className={rung.firedAt ? styles.fired : isNext ? styles.coming : styles.planned}>
      <span className={styles.to}>
        {to}
        <small className="second" title={formats.exact(rung.firedAt ?? rung.dueAt)}>
          {rung.firedAt
            ? t('rung.fired', { time: formats.time(rung.firedAt) })
            : isOpen
              ? t('rung.planned', { time: formats.time(rung.dueAt) })
              : t('rung.skipped')}
        </small>
      </span>
      {rung.early ? <small className={styles.early}>{t('rung.early')}</small> : null}
      {rung.firedAt && rung.people.length === 0 ? <small>{t('rung.nobody')}</small> : null}
      {rung.people.map(person => (
        <div key={person.name} className={styles.person}>
          <span>{person.name}</span>
          <span className={styles.channels}>
            {person.channels.map(({ channel, state, at, reason }) => (
              <Tag
                key={channel}
                tone={
                  state === 'failed' ? 'late' : state === 'queued' || state === 'cancelled' ? 'plain' : 'ok'
                }
                title={[reason, formats.exact(at)].filter(Boolean).join(' · ')}
              >
                {t(`channel.${channel}`)} · {t(`channel.${state}`)}
              </Tag>
            ))}
            {person.readAt ? <Tag tone="ok">{t('seen', { time: formats.time(person.readAt) })}</Tag> : null}
          </span>
        </div>
      ))}
      {rung.call ? (
        <small className={styles.call}>
          <PhoneCall aria-hidden="true" size={14} /> {t('rung.call')}
        </small>
      ) : null}
    </li>
  )
}

function Acknowledge({ alert, onClose }: { alert: AlertView; onClose: () => void }) {
  const t = useWords(alarmWords)
  const toasts = useToasts()
  const [note, setNote] = useState('')
  const send = useAct<AlertView>(
    () => ({ method: 'POST', path: `/api/alerts/${alert.id}/acknowledge`, body: { note: note.trim() } }),
    {
      refresh: [['alerts'], ['calls'], ['requests']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('acknowledge.done'), tone: 'ok' })
      },
    },
  )
  return (
    <Dialog
      title={t('acknowledge.title')}
      open
      onClose={onClose}
      foot={
        <Button look="go" busy={send.isPending} isDisabled={note.trim() === ''} onPress={() => send.mutate()}>
          {t('acknowledge')}
        </Button>
      }
    >
      <p className="second">{t('acknowledge.text')}</p>
      <TextArea label={t('acknowledge.note')} value={note} onChange={setNote} autoFocus />
      {send.error ? <ErrorBox trouble={send.error} /> : null}
    </Dialog>
  )
}
