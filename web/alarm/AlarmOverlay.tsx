import { useCallback, useEffect } from 'react'
import { useLocation } from 'wouter'
import type { AlarmView } from '../../node/notifications/view.js'
import { useLock } from '../lock/LockProvider.js'
import { ButtonLink } from '../parts/Button.js'
import { useToasts, useToastsAtTop } from '../parts/Toast.js'
import { tellNewAddress } from '../reach/push.js'
import { useSession } from '../session.js'
import { alarmWords } from '../words/alarm.js'
import { useWords } from '../words/words.js'
import styles from './Alarm.module.css'
import { AlarmCard, overWords, ringingWords } from './AlarmCard.js'
import { useAlarms, useEnded, useRinging } from './use-alarms.js'

/** Over any page: what rings for who is signed in. The alarm's own page and the lock say it themselves. */
export function AlarmOverlay() {
  const t = useWords(alarmWords)
  const toasts = useToasts()
  const [here, go] = useLocation()
  const { locked } = useLock()
  const { can } = useSession()
  const alarms = useAlarms(!locked && can('request.claim')).filter(({ claims }) => claims)
  const shown = alarms.filter(({ alert }) => here !== `/alarm/${alert}`)
  const heard = useRinging(shown)
  const onEnded = useCallback(
    (alarm: AlarmView) => {
      if (here === `/alarm/${alarm.alert}`) return
      const { request, siteName } = alarm
      toasts.say({
        text: overWords(t, alarm),
        detail: siteName,
        tone: alarm.mine ? 'ok' : 'plain',
        ...(alarm.mine && request
          ? { action: { label: t('open'), run: () => go(`/requests/${request}`) } }
          : {}),
      })
    },
    [here, toasts, t, go],
  )
  useEnded(alarms, onEnded)
  useEffect(() => void tellNewAddress(), [])
  useToastsAtTop(shown.length > 0)
  if (shown.length === 0) return null
  return (
    <section className={styles.overlay} aria-label={ringingWords(t, shown)}>
      {shown.map(alarm => (
        <AlarmCard
          key={alarm.alert}
          alarm={alarm}
          heard={heard}
          also={
            alarm.request && here !== `/requests/${alarm.request}` ? (
              <ButtonLink href={`/requests/${alarm.request}`}>{t('open')}</ButtonLink>
            ) : undefined
          }
        />
      ))}
      <p className="unseen" role="alert">
        {ringingWords(t, shown)}
      </p>
    </section>
  )
}
