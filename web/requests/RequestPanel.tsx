import { Phone } from 'lucide-react'
import { memo } from 'react'
import type { RequestRow, RequestView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { Images } from '../studies/Images.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { type EventName, eventForms, offeredEvents } from './events.js'
import { Former } from './Former.js'
import { useInWords } from './in-words.js'
import { Legs } from './Legs.js'
import { pathOfPlace, placeOf } from './places.js'
import styles from './RequestPanel.module.css'

/** The chosen row in full, beside the list: question, requester, risks, clocks, and what can be done. */
export const RequestPanel = memo(function RequestPanel({
  row,
  wait,
  busy,
  onEvent,
}: {
  row: RequestRow
  /** Somebody is passing by: what is known of the row is enough for now. */
  wait: boolean
  busy: string | null
  onEvent: (request: RequestRow, event: EventName) => void
}) {
  const t = useWords(requestWords)
  const inWords = useInWords()
  const { session, can } = useSession()
  const asked = useData<RequestView>(['requests', row.id], `/api/requests/${row.id}`, { wait })
  const full = asked.data
  const now = full ?? row
  const risks = inWords.risks(full?.risks)
  const place = placeOf(now, session.account.id, can('report.read'))

  return (
    <div className={styles.panel}>
      <header>
        <div className={styles.top}>
          <h2 className={styles.name}>{inWords.name(now.patient)}</h2>
          {now.due ? <Clock at={now.due.at} what={t(`due.${now.due.for}`)} /> : null}
        </div>
        <p className="second">{inWords.identity(now.patient)}</p>
        <div className={styles.tags}>
          <Tag tone={now.urgency === 'emergency' ? 'late' : now.urgency === 'urgent' ? 'near' : 'plain'}>
            {t(`urgency.${now.urgency}`)}
          </Tag>
          <Tag>{t(now.formerSince ? 'state.former' : `state.${now.state}`)}</Tag>
          <Tag>{now.reference}</Tag>
        </div>
      </header>

      <p className={styles.question}>{now.question}</p>

      <div className={styles.actions}>
        {offeredEvents(now).map(event => {
          const { look, keys } = eventForms[event]
          return (
            <Button
              key={event}
              look={event === 'claim' || look !== 'go' ? look : 'plain'}
              keys={keys}
              busy={busy === `${row.id} ${event}`}
              onPress={() => onEvent(now, event)}
            >
              {t(`event.${event}`)}
            </Button>
          )
        })}
        <ButtonLink href={pathOfPlace(now, place)} look={place === 'page' ? 'plain' : 'go'} keys="Enter">
          {t(place === 'desk' ? 'open.desk' : place === 'report' ? 'open.report' : 'open.page')}
        </ButtonLink>
      </div>

      {now.formerSince ? <Former request={now} since={now.formerSince} /> : null}
      {asked.error ? <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} /> : null}
      {full ? (
        <>
          <a className={styles.phone} href={`tel:${full.requester.phone.replace(/[^\d+]/g, '')}`}>
            <Phone aria-hidden="true" />
            <span>
              <span className="unseen">{t('label.phone')} </span>
              <strong>{full.requester.phone}</strong>
              <small>{[full.requester.name, full.requester.service].filter(Boolean).join(' · ')}</small>
            </span>
          </a>
          <dl>
            <dt>{t('label.exam')}</dt>
            <dd>{inWords.exam({ modality: now.modality, region: now.region })}</dd>
            <dt>{t('label.laterality')}</dt>
            <dd>{t(`laterality.${now.laterality ?? 'none'}`)}</dd>
            <dt>{t('label.risks')}</dt>
            <dd>{risks.length > 0 ? risks.join(' · ') : t('risk.none')}</dd>
            {full.context ? (
              <>
                <dt>{t('label.context')}</dt>
                <dd>{full.context}</dd>
              </>
            ) : null}
            {now.formerSince ? null : (
              <>
                <dt>{t('label.images')}</dt>
                <dd>
                  <Images images={now.images} />
                </dd>
              </>
            )}
            {now.holder ? (
              <>
                <dt>{t('label.reader')}</dt>
                <dd>{now.holder.id === session.account.id ? t('row.yours') : now.holder.name}</dd>
              </>
            ) : null}
          </dl>
          {now.state === 'draft' ? null : <Legs request={full} readAt={asked.dataUpdatedAt} />}
        </>
      ) : asked.isPending ? (
        <Skeleton lines={5} />
      ) : null}
    </div>
  )
})
