import { BellOff, BellRing, CircleCheck, Hand } from 'lucide-react'
import type { ReactNode } from 'react'
import type { AlarmView } from '../../node/notifications/view.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useNow } from '../parts/now.js'
import { alarmWords } from '../words/alarm.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Alarm.module.css'
import { silence, useSilenced } from './silence.js'
import { useClaim } from './use-alarms.js'

type Words = ReturnType<typeof useWords<keyof typeof alarmWords.fr>>

/** What rings, in the words a locked screen may show, and the one tap that claims it. */
export function AlarmCard({
  alarm,
  heard,
  children,
  also,
  onClaimed,
}: {
  alarm: AlarmView
  heard: 'silent' | 'heard' | 'blocked'
  /** Between what it says and what can be done. */
  children?: ReactNode
  /** Further things to do. */
  also?: ReactNode
  onClaimed?: (alarm: AlarmView) => void
}) {
  const t = useWords(alarmWords)
  const isSilenced = useSilenced().has(alarm.alert)
  const claim = useClaim()
  const lost = claim.error?.code === 'conflict'
  return (
    <article
      className={styles.card}
      aria-label={`${t(`urgency.${alarm.urgency}`)} · ${alarm.siteName}`}
      data-urgency={alarm.urgency}
      data-rings={alarm.state === 'open' && !isSilenced && heard === 'heard' ? '' : undefined}
    >
      <Left alarm={alarm} />
      <div className={styles.said}>
        <strong className={styles.site}>{alarm.siteName}</strong>
        <span>{t(`kind.${alarm.kind}`)}</span>
        {alarm.reference ? <span className="second">{alarm.reference}</span> : null}
      </div>
      {children}
      {claim.error && !lost ? <ErrorBox trouble={claim.error} /> : null}
      <div className={styles.acts}>
        {alarm.claims ? (
          <Button
            look="go"
            size="l"
            icon={<Hand aria-hidden="true" />}
            busy={claim.isPending}
            onPress={() => claim.mutate(alarm.alert, { onSuccess: taken => onClaimed?.(taken) })}
          >
            {t('claim')}
          </Button>
        ) : null}
        {also}
        {isSilenced ? (
          <small className={styles.quiet}>{t('silenced')}</small>
        ) : (
          <Button look="quiet" icon={<BellOff aria-hidden="true" />} onPress={() => silence(alarm.alert)}>
            {t('silence')}
          </Button>
        )}
      </div>
      {heard === 'blocked' && !isSilenced ? <small className={styles.quiet}>{t('blocked')}</small> : null}
    </article>
  )
}

/** Minutes left to claim it; then, and where nothing is to be claimed, the time it has waited. */
function Left({ alarm }: { alarm: AlarmView }) {
  const t = useWords(alarmWords)
  const formats = useFormats()
  const now = useNow()
  const left = alarm.dueAt === undefined ? -1 : Date.parse(alarm.dueAt) - now
  const waited = Math.max(0, now - Date.parse(alarm.openedAt))
  return (
    <div className={styles.left}>
      <span>
        <BellRing aria-hidden="true" size={16} /> {t(`urgency.${alarm.urgency}`)} ·{' '}
        {t(left > 0 ? 'left.claim' : 'since')}
      </span>
      <b
        className={left > 0 ? styles.near : styles.late}
        title={formats.exact(alarm.dueAt ?? alarm.openedAt)}
      >
        {formats.duration(left > 0 ? left : waited)}
      </b>
    </div>
  )
}

/** It is over: who has it, in one line. */
export function OverLine({ alarm, children }: { alarm: AlarmView; children?: ReactNode }) {
  const t = useWords(alarmWords)
  return (
    <div className={styles.over} role="status">
      <CircleCheck aria-hidden="true" />
      <strong>{overWords(t, alarm)}</strong>
      <span className="second">{alarm.siteName}</span>
      {children}
    </div>
  )
}

/** What rings, in one line for who cannot see it. */
export function ringingWords(t: Words, alarms: readonly AlarmView[]): string {
  const isVital = alarms.some(({ urgency }) => urgency === 'emergency')
  return t(isVital ? 'ringing.region' : 'ringing.urgent', { n: alarms.length })
}

export function overWords(t: Words, alarm: AlarmView): string {
  if (alarm.mine) return t('over.mine')
  if (alarm.by === undefined) return t('over.unknown')
  return t(alarm.kind === 'claim' ? 'over.by' : 'over.settled', { name: alarm.by })
}
