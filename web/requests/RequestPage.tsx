import { FileArchive } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import type { RequestView } from '../../node/requests/view.js'
import { Ladder } from '../alarm/Ladder.js'
import { useData } from '../api/data.js'
import { Conversation } from '../conversations/Conversation.js'
import { CriticalsOf } from '../criticals/CriticalsOf.js'
import { RaiseButton } from '../criticals/RaiseButton.js'
import { useActions } from '../parts/Actions.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { RecallsOf } from '../recalls/Recalls.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { useTitle } from '../shell/title.js'
import { warmViewer } from '../viewer/warm.js'
import { useFormats } from '../words/format.js'
import { newRequestWords } from '../words/new-request.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { Asks } from './Asks.js'
import { ErrorNote } from './ErrorNote.js'
import { type EventName, eventForms, mayEdit, mayName, mayTellExam, offeredEvents } from './events.js'
import { Facts } from './Facts.js'
import { Former } from './Former.js'
import { useInWords } from './in-words.js'
import { LeftDrafts } from './LeftDrafts.js'
import { Legs } from './Legs.js'
import { LinkStudy } from './Links.js'
import { Offers } from './Offers.js'
import { Papers } from './Papers.js'
import { Priors } from './Priors.js'
import { pathOfPlace, placeOf } from './places.js'
import { Refused } from './Refused.js'
import styles from './RequestPage.module.css'
import { Studies } from './Studies.js'
import { Timeline } from './Timeline.js'
import { useRequestEvents } from './use-events.js'
import { Versions } from './Versions.js'

/** What ends the act stands after what carries it on. */
const isLast = (event: EventName) => ['grave', 'quiet'].includes(eventForms[event].look)

const NamePatient = lazy(() => import('./NamePatient.js'))

/** /requests/:id: everything about one request on a page. */
export default function RequestPage() {
  const t = useWords(requestWords)
  const { id = '' } = useParams()
  const asked = useData<RequestView>(['requests', id], `/api/requests/${id}`)
  useTitle(asked.data ? t('page.title', { reference: asked.data.reference }) : t('title'))
  if (asked.data) return <Page request={asked.data} readAt={asked.dataUpdatedAt} />
  if (asked.error?.code === 'missing') return <NotFound />
  return (
    <div className={styles.waiting}>
      {asked.error ? (
        <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </div>
  )
}

function Page({ request, readAt }: { request: RequestView; readAt: number }) {
  const t = useWords(requestWords)
  const formats = useFormats()
  const inWords = useInWords()
  const { session, can } = useSession()
  const [, go] = useLocation()
  const events = useRequestEvents()
  const f = useWords(newRequestWords)
  const mayLink =
    can('request.link') &&
    request.site === session.account.site &&
    !['draft', 'refused', 'cancelled', 'expired', 'entered-in-error'].includes(request.state)
  const [naming, setNaming] = useState(false)
  const offered = offeredEvents(request)
  const place = placeOf(request, session.account.id, can('report.read'))
  const reads = can('report.write')
  useEffect(() => (reads ? warmViewer() : undefined), [reads])
  const isAsked = request.state === 'info-requested'
  // Each item is answered where it stands; whoever asked may take all of it back.
  const buttons = offered.filter(event => event !== 'answer' || request.holder?.id === session.account.id)
  const button = (event: EventName) => {
    const { look, keys } = eventForms[event]
    const lead = look === 'go' && event === buttons[0] && place === 'page'
    return (
      <Button
        key={event}
        look={look === 'go' && !lead ? 'plain' : look}
        keys={keys}
        busy={events.busy === `${request.id} ${event}`}
        onPress={() => events.begin(request, event)}
      >
        {t(`event.${event}`)}
      </Button>
    )
  }

  useActions([
    ...offered.map(event => ({
      id: event,
      group: t('group.request'),
      label: t(`event.${event}`),
      ...(eventForms[event].keys ? { keys: eventForms[event].keys } : {}),
      run: () => events.begin(request, event),
    })),
    place !== 'page' && {
      id: 'open',
      group: t('group.request'),
      label: t(place === 'desk' ? 'open.desk' : 'open.report'),
      keys: 'Enter',
      run: () => go(pathOfPlace(request, place)),
    },
  ])

  return (
    <div className={styles.page}>
      <header className={styles.band}>
        <Back href="/requests" label={t('page.back')} />
        <div className={styles.who}>
          <h1>{inWords.name(request.patient)}</h1>
          <span className="second">{inWords.identity(request.patient)}</span>
        </div>
        <div className={styles.tags}>
          <Tag
            tone={request.urgency === 'emergency' ? 'late' : request.urgency === 'urgent' ? 'near' : 'plain'}
          >
            {t(`urgency.${request.urgency}`)}
          </Tag>
          <Tag>{t(request.formerSince ? 'state.former' : `state.${request.state}`)}</Tag>
          <Tag>{request.reference}</Tag>
          {request.triage ? (
            <Tag title={`${request.triage.label} · ${formats.moment(request.triage.at)}`}>
              {t('triage', {
                number: request.triage.number,
                by: `${request.triage.label}, ${request.triage.by} ${request.triage.version}`,
              })}
            </Tag>
          ) : null}
          {request.due ? (
            <span className={styles.due}>
              <Clock at={request.due.at} what={t(`due.${request.due.for}`)} />{' '}
              <small>{t(`due.${request.due.for}`)}</small>
            </span>
          ) : null}
        </div>
      </header>

      <div className={styles.columns}>
        <div className={styles.column}>
          {request.errorAsk ? <ErrorNote request={request} ask={request.errorAsk} /> : null}
          {request.state === 'entered-in-error' && !request.formerSince ? (
            <RecallsOf request={request.id} />
          ) : null}
          <LeftDrafts request={request} />
          {request.formerSince ? <Former request={request} since={request.formerSince} /> : null}
          <section className={styles.ask}>
            <h2 className="unseen">{t('label.question')}</h2>
            <p className={styles.question}>{request.question}</p>
            <Refused request={request} />
            <div className={styles.actions}>
              {place !== 'page' ? (
                <ButtonLink href={pathOfPlace(request, place)} look="go" keys="Enter">
                  {t(place === 'desk' ? 'open.desk' : 'open.report')}
                </ButtonLink>
              ) : null}
              {buttons.filter(event => !isLast(event)).map(button)}
              {['draft', 'entered-in-error'].includes(request.state) || request.formerSince ? null : (
                <RaiseButton request={request.id} requester={request.requester} />
              )}
              {can('request.edit') && mayEdit(request, session.account.site) ? (
                <ButtonLink href={`/requests/${request.id}/edit`}>{f('edit.open')}</ButtonLink>
              ) : null}
              {can('request.edit') && mayName(request, session.account.site) ? (
                <Button onPress={() => setNaming(true)}>{f('name.open')}</Button>
              ) : null}
              {buttons.filter(isLast).map(button)}
            </div>
          </section>
          {isAsked ? <Asks request={request} /> : null}

          {request.formerSince || request.state === 'draft' ? null : <CriticalsOf request={request.id} />}
          <Facts
            request={request}
            {...(mayTellExam(request) ? { onTellExam: () => events.begin(request, 'exam-done') } : {})}
          />
          <Versions versions={request.versions} />
          {isAsked ? null : <Asks request={request} />}
          <Papers request={request} />

          {request.formerSince ? null : (
            <section className="card">
              <h2 className={styles.heading}>{t('page.studies')}</h2>
              <Studies
                request={request.id}
                studies={request.studies}
                mayOpen={can('viewer.open')}
                mayUnlink={mayLink}
              />
              {mayLink ? (
                <p className={styles.under}>
                  <LinkStudy request={request} />
                </p>
              ) : null}
            </section>
          )}

          {request.formerSince || request.state === 'draft' || !can('study.see') ? null : (
            <Priors request={request.id} />
          )}

          {request.reports.length > 0 ? (
            <section className="card">
              <h2 className={styles.heading}>{t('page.reports')}</h2>
              <ul className={styles.reports}>
                {request.reports.map(report => (
                  <li key={`${report.id} ${report.version}`}>
                    <Tag
                      tone={
                        report.state === 'final' ? 'ok' : report.state === 'preliminary' ? 'near' : 'plain'
                      }
                    >
                      {t(`report.state.${report.state}`)}
                    </Tag>
                    {report.signedAt ? (
                      <>
                        <span className="second">
                          {t('report.version', {
                            version: report.version,
                            signer: report.signer ?? '',
                            at: formats.moment(report.signedAt),
                          })}
                        </span>
                        {can('report.read') ? (
                          <Link href={`/reports/${report.id}`}>{t('open.report')}</Link>
                        ) : null}
                      </>
                    ) : null}
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
          {can('archive.export') && !request.formerSince ? (
            <section className="card">
              <h2 className={styles.heading}>{t('page.record')}</h2>
              <p className="second">{t('page.record.text')}</p>
              <p>
                <a href={`/api/archive/acts/${request.id}/bundle.zip`} download className={styles.record}>
                  <FileArchive size={16} aria-hidden />
                  {t('page.record.export')}
                </a>
              </p>
            </section>
          ) : null}
        </div>

        <div className={styles.column}>
          {request.state === 'draft' || !can('conversation.see') ? null : (
            <section className="card">
              <h2 className={styles.heading}>{t('page.conversation')}</h2>
              <Conversation request={request.id} />
            </section>
          )}
          {request.state === 'draft' ? null : (
            <div className="card">
              <Legs request={request} readAt={readAt} />
            </div>
          )}
          {request.formerSince ? null : <Offers request={request} />}
          {request.state === 'draft' || request.formerSince ? null : <Ladder request={request.id} />}
          <section className="card">
            <h2 className={styles.heading}>{t('page.timeline')}</h2>
            <Timeline entries={request.timeline} />
          </section>
        </div>
      </div>
      {events.dialog}
      {naming ? (
        <Suspense fallback={null}>
          <NamePatient request={request} onClose={() => setNaming(false)} />
        </Suspense>
      ) : null}
    </div>
  )
}
