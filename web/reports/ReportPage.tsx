import { FileDown, Images, Printer } from 'lucide-react'
import { Link, useParams } from 'wouter'
import type { ReportView } from '../../node/reports/view.js'
import { useData } from '../api/data.js'
import { CriticalsOf } from '../criticals/CriticalsOf.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useInWords } from '../requests/in-words.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { useTitle } from '../shell/title.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { Acknowledge } from './Acknowledge.js'
import { AfterSigning } from './AfterSigning.js'
import { Difference } from './Difference.js'
import { signedAt } from './KeyImages.js'
import { Proof } from './Proof.js'
import styles from './ReportPage.module.css'
import { isSide, ReportText } from './ReportText.js'
import { Shares } from './Shares.js'
import { Unaware } from './Unaware.js'

/** /reports/:id: the answer, for whoever asked. Works on a telephone, prints like a document. */
export default function ReportPage() {
  const t = useWords(reportWords)
  const { id = '' } = useParams()
  const asked = useData<ReportView>(['reports', id], `/api/reports/${id}`)
  useTitle(asked.data ? t('page.title', { reference: asked.data.reference }) : t('title'))
  if (asked.data) return <Page report={asked.data} />
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

function Page({ report }: { report: ReportView }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const inWords = useInWords()
  const { can } = useSession()
  const withdrawn = report.inError ?? (report.state === 'withdrawn' ? report.versions.at(-1) : undefined)
  const text = report.versions.findLast(
    version => version.kind !== 'addendum' && version.kind !== 'withdrawal',
  )
  const before = text ? report.versions.findLast(version => version.version < text.version) : undefined
  const addenda = report.versions.filter(version => version.kind === 'addendum')
  const lastAddendum = addenda.at(-1)
  const study = report.studies[0]

  return (
    <article className={styles.page}>
      <header className={styles.band}>
        <Back href="/reports" label={t('page.back')} />
        <div className={styles.who}>
          <h1>{inWords.name(report.patient)}</h1>
          <span className="second">{inWords.identity(report.patient)}</span>
        </div>
        <div className={styles.tools}>
          <ButtonLink href={`/api/reports/${report.id}/pdf`} newTab icon={<FileDown aria-hidden="true" />}>
            {t('page.pdf')}
          </ButtonLink>
          {study && can('viewer.open') ? (
            <ButtonLink
              href={`/viewer/${study}?request=${report.request}`}
              newTab
              icon={<Images aria-hidden="true" />}
            >
              {t('page.images')}
            </ButtonLink>
          ) : null}
          <span className={styles.print}>
            <Button look="quiet" icon={<Printer aria-hidden="true" />} onPress={() => print()}>
              {t('page.print')}
            </Button>
          </span>
        </div>
      </header>

      <div className={styles.body}>
        <p className={styles.exam}>
          <strong>
            {inWords.exam({
              modality: report.exam.modality,
              region: report.exam.region,
              ...(isSide(report.exam.laterality) ? { laterality: report.exam.laterality } : {}),
            })}
          </strong>
          <span className="second">
            {[formats.day(report.exam.date), report.siteName].filter(Boolean).join(' · ')} ·{' '}
            <Link href={`/requests/${report.request}`}>
              {t('page.request', { reference: report.reference })}
            </Link>
          </span>
          <span className="second">{t('page.question', { question: report.exam.question })}</span>
        </p>

        {report.state === 'preliminary' ? (
          <div className={styles.preliminary} role="status">
            <strong>{t('page.preliminary')}</strong> {t('page.preliminary.text')}
          </div>
        ) : null}
        {!text ? <p className={styles.preliminary}>{t('page.draft')}</p> : null}
        {withdrawn ? (
          <div className={styles.preliminary} role="status">
            <strong>{t('page.withdrawn')}</strong>{' '}
            {t('page.withdrawn.text', { reason: withdrawn.reason ?? '' })}
          </div>
        ) : null}
        {!withdrawn && text?.kind === 'correction' ? (
          <div className={styles.preliminary} role="status">
            <strong>{t('page.corrected')}</strong> {t('page.corrected.text', { reason: text.reason ?? '' })}
          </div>
        ) : null}
        {!withdrawn && text?.difference === 'significant' ? (
          <div className={styles.significant} role="status">
            <strong>{t('page.significant')}</strong> {t('page.significant.text')}
          </div>
        ) : null}
        {lastAddendum ? (
          <div className={styles.addendumBanner} role="status">
            <span>{t('page.addendum.banner', { at: formats.dateTime(lastAddendum.signedAt) })}</span>{' '}
            <a href={`#version-${lastAddendum.version}`}>{t('page.addendum.read')}</a>
          </div>
        ) : null}
        {report.gaps.length > 0 ? (
          <div className={styles.gaps}>
            <strong>{t('page.gaps')}</strong>
            {report.gaps.map(gap => (
              <p key={gap}>{gap}</p>
            ))}
          </div>
        ) : null}

        {text && !withdrawn ? (
          <ReportText
            report={report}
            sections={text.sections}
            order="answer"
            keyImages={{ images: text.keyImages, src: signedAt(report.id) }}
          />
        ) : null}
        {text && withdrawn ? (
          <details className={styles.old}>
            <summary>{t('page.withdrawn.see')}</summary>
            <ReportText report={report} sections={text.sections} order="answer" />
          </details>
        ) : null}
        {text && before && !withdrawn ? (
          <details className={styles.old}>
            <summary>{t('difference.show', { version: before.version })}</summary>
            <Difference before={before.sections} after={text.sections} />
          </details>
        ) : null}

        {addenda.map(version => (
          <section key={version.version} id={`version-${version.version}`} className={styles.addendum}>
            <h2>{t('page.addendum', { at: formats.dateTime(version.signedAt) })}</h2>
            <p className={styles.text}>{version.addendum}</p>
            <small>{t('page.signedBy', { name: version.signer.name, role: version.signer.role })}</small>
          </section>
        ))}

        {text ? (
          <p className={styles.signer}>
            <strong>{t('page.signedBy', { name: text.signer.name, role: text.signer.role })}</strong>{' '}
            <span title={formats.exact(text.signedAt)}>
              {t('page.on', { at: formats.dateTime(text.signedAt) })}
            </span>
          </p>
        ) : null}

        {report.acknowledgedAt ? (
          <p className={styles.seen} role="status">
            ✓{' '}
            {t('ack.done', {
              name: report.acknowledgedBy ?? '',
              at: formats.moment(report.acknowledgedAt),
            })}
          </p>
        ) : null}
        {report.may.includes('acknowledge') ? <Acknowledge report={report} /> : null}
        <Unaware report={report} />
        <CriticalsOf request={report.request} />
        <AfterSigning report={report} />
        <Shares report={report} />
        <Proof report={report} />
        <p className={styles.printed}>
          {t('page.printed', { at: formats.dateTime(new Date().toISOString()), reference: report.reference })}
        </p>
      </div>
    </article>
  )
}
