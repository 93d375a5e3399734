import { PhoneCall } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { CriticalCallView, CriticalView } from '../../node/criticals/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useInWords } from '../requests/in-words.js'
import { criticalWords } from '../words/criticals.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import { CalledDialog } from './CalledDialog.js'
import styles from './Criticals.module.css'

const TONES = { 1: 'late', 2: 'near', 3: 'plain' } as const

/** One critical finding: the number to ring is the largest thing on it, then what to say, then how late it is. */
export function CriticalCard({
  critical,
  nextAt,
  onAct = false,
}: {
  critical: CriticalView
  /** When the next rung rings. */
  nextAt?: string | undefined
  /** On the act itself: it needs no link there, and no name. */
  onAct?: boolean
}) {
  const t = useWords(criticalWords)
  const formats = useFormats()
  const inWords = useInWords()
  const toasts = useToasts()
  const [calling, setCalling] = useState(false)
  const { callback } = critical
  const isOpen = critical.state === 'notifying'
  const close = useAct<CriticalView>(
    () => ({ method: 'POST', path: `/api/criticals/${critical.id}/close`, body: {} }),
    { refresh: [['criticals'], ['requests']], onProblem: toasts.trouble },
  )
  const words = ({ receiver, role, at, method }: CriticalCallView) => ({
    name: receiver,
    role,
    at: formats.dateTime(at),
    method,
  })
  return (
    <article className={styles.card} data-open={isOpen} aria-label={`${t('group')} ${critical.reference}`}>
      <header className={styles.head}>
        <Tag tone={TONES[critical.class]}>{t(`class.${critical.class}`)}</Tag>
        <Tag tone={isOpen ? 'late' : 'ok'}>{t(`state.${critical.state}`)}</Tag>
        {isOpen ? (
          <span className={styles.clock}>
            <Clock at={critical.raisedAt} what={t('since')} /> <small>{t('since')}</small>
          </span>
        ) : null}
        {isOpen && nextAt ? (
          <span className={styles.clock}>
            <Clock at={nextAt} nearMs={60_000} what={t('next')} /> <small>{t('next')}</small>
          </span>
        ) : null}
      </header>
      {isOpen ? (
        <a className={styles.number} href={`tel:${callback.phone.replace(/[^\d+]/g, '')}`}>
          <PhoneCall aria-hidden="true" />
          <b>{callback.phone}</b>
          <small>{[callback.name, callback.service, critical.siteName].filter(Boolean).join(' · ')}</small>
        </a>
      ) : null}
      <p className={styles.said}>{critical.finding}</p>
      <p className="second">
        {onAct ? null : (
          <>
            <strong>{inWords.name(critical.patient)}</strong> · {inWords.ageAndSex(critical.patient)} ·{' '}
            {[critical.exam.modality, critical.exam.region].join(' ')} ·{' '}
            <Link href={`/requests/${critical.request}`}>
              {t('see.request', { reference: critical.reference })}
            </Link>{' '}
            ·{' '}
          </>
        )}
        <span title={formats.exact(critical.foundAt)}>
          {t('found', { at: formats.moment(critical.foundAt), name: critical.radiologist.name })}
        </span>
      </p>
      {critical.calls.length > 0 ? (
        <ul className={styles.calls}>
          {critical.calls.map(call => (
            <li key={call.recordedAt} data-told={call.readBack}>
              {t(call.readBack ? 'told' : 'tried', words(call))}
            </li>
          ))}
        </ul>
      ) : null}
      {critical.closedBy ? (
        <small className="second">
          {t('closed.by', { name: critical.closedBy, at: formats.moment(critical.closedAt) })}
        </small>
      ) : null}
      <div className={styles.acts}>
        {critical.may.includes('acknowledge') ? (
          <Button look="go" size="l" onPress={() => setCalling(true)}>
            {t('called.act')}
          </Button>
        ) : null}
        {critical.may.includes('close') ? (
          <Button busy={close.isPending} onPress={() => close.mutate()}>
            {t('close')}
          </Button>
        ) : null}
      </div>
      {calling ? <CalledDialog critical={critical} onClose={() => setCalling(false)} /> : null}
    </article>
  )
}
