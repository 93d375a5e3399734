import { ArrowLeft, Printer } from 'lucide-react'
import { Link } from 'wouter'
import type { CertificateView } from '../../node/studies/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useTitle } from '../shell/title.js'
import { certificate as words } from '../words/certificate.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Certificate.module.css'
import { Gaps } from './Doubts.js'
import { useImagesWords } from './Images.js'
import { birthOf, nameOf } from './patient.js'

/** /studies/:uid/certificate: one page that prints as it is read. */
export function CertificatePage({ uid }: { uid: string }) {
  const t = useWords(words)
  const found = useData<CertificateView>(['studies'], `/api/studies/${uid}/certificate`)
  useTitle(t('title'))
  if (found.error)
    return (
      <div className={styles.page}>
        <ErrorBox trouble={found.error} onRetry={() => found.refetch()} />
      </div>
    )
  if (!found.data)
    return (
      <div className={styles.page}>
        <Skeleton lines={12} height={22} />
      </div>
    )
  return <Certificate of={found.data} />
}

function Certificate({ of }: { of: CertificateView }) {
  const t = useWords(words)
  const format = useFormats()
  const said = useImagesWords()(of.completeness)
  const moment = (iso: string) => <time title={format.exact(iso)}>{format.dateTime(iso)}</time>
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <Link href={`/studies/${of.StudyInstanceUID}`}>
          <ArrowLeft size={16} aria-hidden /> {t('back')}
        </Link>
        <Button icon={<Printer aria-hidden />} onPress={() => print()}>
          {t('print')}
        </Button>
      </div>
      <article className={styles.sheet}>
        <header>
          <h1>{t('title')}</h1>
          <p className="second">{t('made', { at: format.dateTime(of.issuedAt), entry: of.journal })}</p>
        </header>
        <dl className={styles.facts}>
          <dt>{t('patient')}</dt>
          <dd>
            <b>{nameOf(of) || t('unknown')}</b> · {birthOf(of, format, sex => t(`sex.${sex}`))} ·{' '}
            {of.PatientID || '–'}
          </dd>
          <dt>{t('study')}</dt>
          <dd>
            {of.ModalitiesInStudy.join(' ')} {of.StudyDescription} · {format.day(of.StudyDate)}
            {of.AccessionNumber ? ` · ${of.AccessionNumber}` : ''} · {of.siteName}
          </dd>
          <dt>UID</dt>
          <dd className="code">{of.StudyInstanceUID}</dd>
        </dl>
        <section>
          <h2>{t('verdict')}</h2>
          <p className={styles.verdict}>{said.words}</p>
          <p className="second">{said.why}</p>
          <Gaps gaps={of.gaps} />
        </section>
        <section>
          <h2>{t('expected')}</h2>
          <p>
            {of.expected ? (
              <>
                {t('expected.by', { n: of.expected.instances, peer: of.expected.by })}{' '}
                {moment(of.expected.at)}
              </>
            ) : (
              t('expected.none')
            )}
          </p>
        </section>
        <section>
          <h2>{t('received')}</h2>
          <p>
            {t('received.sum', { n: of.received.instances, size: format.bytes(of.received.bytes) })}
            {of.corrected > 0 ? ` ${t('corrected', { n: of.corrected })}` : ''}
            {of.withheld > 0 ? ` ${t('withheld', { n: of.withheld })}` : ''}
          </p>
          <p className={styles.digest}>
            <span className="second">{t('digest')}</span> <span className="code">{of.received.digest}</span>
          </p>
          <table>
            <caption className="unseen">{t('received')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('from')}</th>
                <th scope="col">{t('when')}</th>
                <th scope="col" className={styles.right}>
                  {t('images')}
                </th>
                <th scope="col" className={styles.right}>
                  {t('again')}
                </th>
                <th scope="col" className={styles.right}>
                  {t('beside')}
                </th>
              </tr>
            </thead>
            <tbody>
              {of.arrivals.map(arrival => (
                <tr key={`${arrival.peer} ${arrival.from} ${arrival.to}`}>
                  <td>
                    {arrival.peer} <small>{arrival.callingAETitle}</small>
                  </td>
                  <td>
                    {moment(arrival.from)} – {format.time(arrival.to)}
                  </td>
                  <td className={styles.right}>{format.number(arrival.instances)}</td>
                  <td className={styles.right}>{format.number(arrival.duplicates)}</td>
                  <td className={styles.right}>{format.number(arrival.beside)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <section>
          <h2>{t('confirmed')}</h2>
          {of.destinations.length === 0 ? (
            <p>{t('confirmed.none')}</p>
          ) : (
            <ul className={styles.destinations}>
              {of.destinations.map(to => (
                <li key={`${to.peer} ${to.at ?? ''}`}>
                  <b>{to.peer}</b> {to.siteName} ·{' '}
                  {t('confirmed.line', { confirmed: to.confirmed, n: to.instances })}
                  {to.at ? <> · {moment(to.at)}</> : null}
                </li>
              ))}
            </ul>
          )}
        </section>
        <footer className="third">{t('limits')}</footer>
      </article>
    </div>
  )
}
