import { Phone } from 'lucide-react'
import { useLocation, useParams } from 'wouter'
import type { AlarmView } from '../../node/notifications/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { useLock } from '../lock/LockProvider.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useInWords } from '../requests/in-words.js'
import { useRequestEvents } from '../requests/use-events.js'
import { NotFound } from '../shell/NotFound.js'
import { useTitle } from '../shell/title.js'
import { alarmWords } from '../words/alarm.js'
import { useWords } from '../words/words.js'
import styles from './Alarm.module.css'
import { AlarmCard, OverLine } from './AlarmCard.js'
import { useRinging } from './use-alarms.js'

/** The socket says when it is over; this is for a line that is lost meanwhile. */
const againMs = 5_000

/** /alarm/:alert, where a ringing telephone leads: one tap away from claiming. */
export default function AlarmPage() {
  const t = useWords(alarmWords)
  const { alert = '' } = useParams()
  const { locked } = useLock()
  const asked = useData<AlarmView>(['alarms'], `/api/alarms/${alert}`, {
    staleTimeMs: 0,
    repeat: alarm => (alarm?.state === 'over' ? false : againMs),
  })
  const alarm = asked.data
  const heard = useRinging(alarm && !locked ? [alarm] : [])
  const request = useData<RequestView>(
    ['requests', alarm?.request ?? ''],
    alarm?.request ? `/api/requests/${alarm.request}` : null,
  ).data
  const events = useRequestEvents()
  const [, go] = useLocation()
  useTitle(t('title'))

  if (asked.error?.code === 'missing') return <NotFound />
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <h1>Relais · {t('title')}</h1>
      </header>
      {asked.error ? <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} /> : null}
      {!alarm ? (
        asked.error ? null : (
          <Skeleton lines={5} />
        )
      ) : alarm.state === 'over' ? (
        <>
          <OverLine alarm={alarm}>
            <small className="second">{t('over.still')}</small>
          </OverLine>
          {alarm.mine && request ? <Patient request={request} /> : null}
          {alarm.mine && alarm.request ? (
            <ButtonLink href={`/requests/${alarm.request}`} look="go" size="l">
              {t('open')}
            </ButtonLink>
          ) : (
            <ButtonLink href="/requests" size="l">
              {t('over.list')}
            </ButtonLink>
          )}
        </>
      ) : (
        <AlarmCard
          alarm={alarm}
          heard={heard}
          also={
            request?.may.includes('decline') ? (
              <Button size="l" onPress={() => events.begin(request, 'decline')}>
                {t('decline')}
              </Button>
            ) : alarm.claims ? null : (
              <Button size="l" onPress={() => go(alarm.request ? `/requests/${alarm.request}` : '/requests')}>
                {t('open')}
              </Button>
            )
          }
        >
          <div className={styles.facts}>
            {request ? <Patient request={request} /> : <Skeleton lines={3} />}
            {alarm.told === undefined ? null : (
              <p className="second">{t('told', { told: alarm.told, seen: alarm.seen ?? 0 })}</p>
            )}
          </div>
        </AlarmCard>
      )}
      {events.dialog}
    </main>
  )
}

/** Only of an unlocked session: who it is, what is asked, what has come, and whom to call. */
function Patient({ request }: { request: RequestView }) {
  const t = useWords(alarmWords)
  const inWords = useInWords()
  const { images, requester } = request
  return (
    <section className={styles.patient}>
      <strong>{inWords.name(request.patient)}</strong>
      <span className="second">{inWords.identity(request.patient)}</span>
      <span>{inWords.exam({ modality: request.modality, region: request.region })}</span>
      <p>{request.question}</p>
      <span className="second">
        {images === undefined
          ? t('images.none')
          : images.expected
            ? t('images', { received: images.received, expected: images.expected })
            : t('images.some', { received: images.received })}
      </span>
      <a className={styles.phone} href={`tel:${requester.phone.replace(/[^\d+]/g, '')}`}>
        <Phone aria-hidden="true" size={16} />
        <span>
          {t('call', { name: requester.name })}
          <br />
          <strong>{requester.phone}</strong>
        </span>
      </a>
    </section>
  )
}
