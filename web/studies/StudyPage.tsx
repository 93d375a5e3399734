import { ExternalLink, FilePlus, ImageOff, Images as ImagesIcon, Send } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { RetrievalRow } from '../../node/exchange/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { StudyView } from '../../node/studies/view.js'
import { useData } from '../api/data.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { useTitle } from '../shell/title.js'
import { TransferTable } from '../transfers/TransferTable.js'
import { warmViewer } from '../viewer/warm.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { lending } from '../words/lending.js'
import { rejections } from '../words/rejections.js'
import { retrievals as retrievalWords } from '../words/retrievals.js'
import { studies as words } from '../words/studies.js'
import { useWords } from '../words/words.js'
import { Doubts, Gaps } from './Doubts.js'
import { Images } from './Images.js'
import { LendDialog } from './LendDialog.js'
import { Possible } from './Possible.js'
import { birthOf, nameOf } from './patient.js'
import { isAllWithdrawn, RejectDialog, withdrawable } from './RejectDialog.js'
import { Rejections } from './Rejections.js'
import { RetrievalTable } from './RetrievalTable.js'
import { SendDialog } from './SendDialog.js'
import styles from './Studies.module.css'

export function StudyPage({ uid }: { uid: string }) {
  const t = useWords(words)
  const study = useData<StudyView>(['studies'], `/api/studies/${uid}`)
  useTitle(t('study.title'))
  useEffect(warmViewer, [])
  if (study.error && study.error.code !== 'missing') {
    return (
      <div className={styles.page}>
        <ErrorBox trouble={study.error} onRetry={() => study.refetch()} />
      </div>
    )
  }
  if (study.error) {
    return (
      <>
        <h1 className="unseen">{t('study.title')}</h1>
        <Empty
          icon={<ImageOff aria-hidden />}
          title={t('study.missing')}
          action={<ButtonLink href="/studies">{t('study.back')}</ButtonLink>}
        >
          {t('study.missing.text')}
        </Empty>
      </>
    )
  }
  if (!study.data) {
    return (
      <div className={styles.page}>
        <Skeleton lines={8} height={24} />
      </div>
    )
  }
  return <Study study={study.data} />
}

/** Where it was fetched from, if it was, and how far that got. */
function Fetched({ uid }: { uid: string }) {
  const t = useWords(retrievalWords)
  const { can } = useSession()
  const rows = useData<ListView<RetrievalRow>>(
    ['retrievals'],
    can('transfer.see') ? `/api/retrievals?study=${uid}` : null,
  )
  if (!rows.data || rows.data.items.length === 0) return null
  return (
    <section>
      <h2 className={styles.heading}>{t('recent.of.study')}</h2>
      <RetrievalTable rows={rows.data.items} />
    </section>
  )
}

function Study({ study }: { study: StudyView }) {
  const t = useWords(words)
  const format = useFormats()
  const { session, can } = useSession()
  const r = useWords(rejections)
  const [sending, setSending] = useState(false)
  const [rejecting, setRejecting] = useState(false)
  const l = useWords(lending)
  const [isLending, setLending] = useState(false)
  return (
    <>
      <header className={styles.band}>
        <Back href="/studies" label={t('study.back')} />
        <div className={styles.identity}>
          <h1>{nameOf(study) || t('unknown')}</h1>
          <span className="second">{birthOf(study, format, sex => t(`sex.${sex}`))}</span>
          <span className="third">
            {[study.PatientID, study.IssuerOfPatientID].filter(Boolean).join(' · ')}
          </span>
        </div>
        <div className={styles.do}>
          <ButtonLink look="quiet" href={`/studies/${study.StudyInstanceUID}/certificate`}>
            {t('certificate')}
          </ButtonLink>
          {can('study.reject') && withdrawable(study).length > 0 ? (
            <Button look="quiet" onPress={() => setRejecting(true)}>
              {r('withdraw')}
            </Button>
          ) : null}
          {can('request.create') && study.site === session.account.site ? (
            <ButtonLink
              href={`/requests/new?study=${study.StudyInstanceUID}`}
              icon={<FilePlus aria-hidden />}
            >
              {t('ask')}
            </ButtonLink>
          ) : null}
          {can('study.send') ? (
            <Button icon={<Send aria-hidden />} onPress={() => setSending(true)}>
              {t('send')}
            </Button>
          ) : null}
          {can('viewer.lend') && !isAllWithdrawn(study) ? (
            <Button
              aria-label={l('open')}
              icon={<ExternalLink aria-hidden />}
              onPress={() => setLending(true)}
            >
              {l('short')}
            </Button>
          ) : null}
          {can('viewer.open') && !isAllWithdrawn(study) ? (
            <ButtonLink
              look="go"
              href={`/viewer/${study.StudyInstanceUID}`}
              icon={<ImagesIcon aria-hidden />}
            >
              {t('images')}
            </ButtonLink>
          ) : null}
        </div>
      </header>
      <div className={styles.columns}>
        <div className={styles.column}>
          <section className="card">
            <h2 className={styles.exam}>
              <span className={styles.modality}>{study.ModalitiesInStudy.join(' ')}</span>{' '}
              {study.StudyDescription || t('undescribed')}
            </h2>
            <Completeness study={study} />
          </section>
          <Doubts study={study} />
          <Rejections study={study} />
          <SeriesTable study={study} />
          <section>
            <h2 className={styles.heading}>{t('transfers')}</h2>
            {study.transfers.length > 0 ? (
              <TransferTable rows={study.transfers} ofStudy />
            ) : (
              <p className="card second">{t('transfers.none')}</p>
            )}
          </section>
        </div>
        <div className={styles.column}>
          <Facts study={study} />
          <Fetched uid={study.StudyInstanceUID} />
          <Requests study={study} />
          <Possible study={study} />
          <section className="card">
            <h2 className={styles.inner}>{t('origins')}</h2>
            <ul className={styles.origins}>
              {study.origins.map(origin => (
                <li key={`${origin.peer} ${origin.callingAETitle} ${origin.at}`}>
                  <b>{origin.peer}</b>
                  <span className={styles.under}>
                    {t('origin.line', { n: origin.instances, ae: origin.callingAETitle })}
                  </span>
                  <span className={styles.under} title={format.exact(origin.at)}>
                    {format.moment(origin.at)}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </div>
      </div>
      {sending ? <SendDialog study={study} onClose={() => setSending(false)} /> : null}
      {isLending ? <LendDialog uid={study.StudyInstanceUID} onClose={() => setLending(false)} /> : null}
      {rejecting ? <RejectDialog study={study} onClose={() => setRejecting(false)} /> : null}
    </>
  )
}

function Completeness({ study: { completeness, gaps } }: { study: StudyView }) {
  const t = useWords(words)
  const format = useFormats()
  const { lastArrivalAt } = completeness
  return (
    <div className={styles.completeness}>
      <Images images={completeness} full />
      {lastArrivalAt ? (
        <small title={format.exact(lastArrivalAt)}>
          {t('last.arrival', { time: format.moment(lastArrivalAt) })}
        </small>
      ) : null}
      <Gaps gaps={gaps} />
    </div>
  )
}

function SeriesTable({ study }: { study: StudyView }) {
  const t = useWords(words)
  const r = useWords(rejections)
  const format = useFormats()
  return (
    <section>
      <h2 className={styles.heading}>{t('series')}</h2>
      <div className={styles.list}>
        <Table caption={t('series.caption')} dense>
          <Head
            columns={[
              t('series.number'),
              t('series.description'),
              t('series.modality'),
              t('series.part'),
              { label: t('series.images'), right: true },
            ]}
          />
          <tbody>
            {study.seriesList.map(series => (
              <tr key={series.SeriesInstanceUID}>
                <td>{series.SeriesNumber || '–'}</td>
                <td>{series.SeriesDescription || <span className="third">{t('undescribed')}</span>}</td>
                <td>{series.Modality}</td>
                <td>{series.BodyPartExamined}</td>
                <td className={styles.right}>
                  {format.number(series.instances)}
                  {series.withdrawn > 0 ? (
                    <span className={styles.under}>{r('series.withdrawn', { n: series.withdrawn })}</span>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      </div>
    </section>
  )
}

function Facts({ study }: { study: StudyView }) {
  const t = useWords(words)
  const format = useFormats()
  const time = /^(\d{2})(\d{2})/.exec(study.StudyTime)
  return (
    <section className="card">
      <h2 className={styles.inner}>{t('facts')}</h2>
      <dl>
        <dt>{t('column.date')}</dt>
        <dd>
          {format.day(study.StudyDate)} {time ? `${time[1]}:${time[2]}` : ''}
        </dd>
        <dt>{t('fact.accession')}</dt>
        <dd>{study.AccessionNumber || '–'}</dd>
        <dt>{t('fact.site')}</dt>
        <dd>{study.siteName}</dd>
        <dt>{t('fact.size')}</dt>
        <dd>{format.bytes(study.bytes)}</dd>
        <dt>{t('fact.first')}</dt>
        <dd title={format.exact(study.firstReceivedAt)}>{format.dateTime(study.firstReceivedAt)}</dd>
        <dt>{t('fact.uid')}</dt>
        <dd className="code">{study.StudyInstanceUID}</dd>
      </dl>
    </section>
  )
}

function Requests({ study }: { study: StudyView }) {
  const t = useWords(words)
  return (
    <section className="card">
      <h2 className={styles.inner}>{t('requests')}</h2>
      {study.requests.length === 0 ? <p className="second">{t('requests.none')}</p> : null}
      <ul className={styles.requests}>
        {study.requests.map(request => {
          const key = knownKey(common, 'state.', request.state)
          return (
            <li key={request.id}>
              <Link href={`/requests/${request.id}`}>{request.reference}</Link>
              <Tag>{key ? t(key) : request.state}</Tag>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
