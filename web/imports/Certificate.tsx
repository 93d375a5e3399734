import { FileText, Printer } from 'lucide-react'
import { Link } from 'wouter'
import type { ImportIdentity, ImportView } from '../../node/imports/view.js'
import type { TransferRow } from '../../node/studies/view.js'
import { useActions } from '../parts/Actions.js'
import { Bar } from '../parts/Bar.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { birthOf, nameOf } from '../studies/patient.js'
import { StateMark as TransferMark } from '../transfers/StateMark.js'
import { discContent } from '../words/disc-content.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { useLanguage, useWords } from '../words/words.js'
import { chosenOf } from './choice.js'
import { FileTable, Verdicts } from './Files.js'
import styles from './Imports.module.css'
import { StateMark } from './StateMark.js'

/** What became of the disc, as it prints: what was on it, what was taken, who said whose it is, where it went. */
export function Certificate({ disc }: { disc: ImportView }) {
  const t = useWords(words)
  const say = useWords(discContent)
  const format = useFormats()
  const { language } = useLanguage()
  const { decision, destinations, verdicts, state } = disc
  const chosen = chosenOf(disc.studies, new Set(decision?.series))
  const [study] = chosen.studies
  const asked = new Set(decision?.papers?.map(({ number }) => number))
  const papers = disc.papers.filter(({ number }) => asked.has(number))
  const left = disc.papers.length - papers.length
  const wanted = chosen.images + papers.length
  const hasFaults = disc.refused > 0 || (verdicts['unreadable'] ?? 0) > 0 || (verdicts['missing'] ?? 0) > 0
  useActions([{ id: 'import-print', group: t('group'), label: t('print'), run: () => print() }])
  const person = (identity: ImportIdentity) =>
    [
      nameOf(identity) || t('unknown'),
      birthOf(identity, format, sex => t(`sex.${sex}`)),
      [identity.PatientID || '–', identity.IssuerOfPatientID].filter(Boolean).join(' @ '),
    ]
      .filter(Boolean)
      .join(' · ')
  return (
    <article className={styles.sheet} aria-label={t('certificate')}>
      <header>
        <h2>{t('certificate')}</h2>
        <StateMark state={state} />
        <span className="push" />
        <span className={styles.screenOnly}>
          <span className="row">
            <ButtonLink
              href={`/api/imports/${disc.id}/certificate.pdf?language=${language}`}
              newTab
              icon={<FileText aria-hidden />}
            >
              {t('cert.pdf')}
            </ButtonLink>
            <Button icon={<Printer aria-hidden />} onPress={() => print()}>
              {t('print')}
            </Button>
          </span>
        </span>
      </header>
      <dl className={styles.facts}>
        <dt>{t('cert.disc')}</dt>
        <dd>
          <b>{disc.label || disc.name}</b> · {t('disc.files', { n: disc.files })} ·{' '}
          {format.bytes(disc.bytes.total)} ·{' '}
          {t('disc.by', { by: disc.by, time: format.dateTime(disc.createdAt) })} · {disc.siteName}
        </dd>
        <dt>{t('cert.mark')}</dt>
        <dd className="code">{disc.fingerprint ?? '–'}</dd>
        <dt>{t('cert.found')}</dt>
        <dd>
          <Verdicts verdicts={verdicts} />
        </dd>
        <dt>{t('cert.study')}</dt>
        <dd>
          {chosen.studies.map(each => (
            <span key={each.StudyInstanceUID} className={styles.line}>
              <Link href={`/studies/${each.StudyInstanceUID}`}>
                {each.Modalities.join(' ')} {each.StudyDescription || t('study.untitled')}
              </Link>{' '}
              {format.day(each.StudyDate)}
            </span>
          ))}
          <span className="second">{t('write.series', { n: chosen.series, of: chosen.ofSeries })}</span>
        </dd>
        <dt>{t('cert.who')}</dt>
        <dd>
          {decision ? (
            <>
              <span className={styles.line}>
                <b>{person(decision.candidate === 'keep' && study ? study.identity : decision.identity)}</b>{' '}
                <span className="second">{t(`cert.from.${decision.candidate}`)}</span>
              </span>
              {study && decision.candidate !== 'keep' ? (
                <span className={`second ${styles.line}`}>
                  {t('cert.was', { who: person(study.identity) })}
                </span>
              ) : null}
              <span className={`second ${styles.line}`} title={format.exact(disc.decidedAt)}>
                {t('cert.by', { by: disc.decidedBy ?? '', time: format.dateTime(disc.decidedAt) })}
              </span>
              {decision.reason ? (
                <span className={styles.line}>
                  {t('cert.reason')} : <q>{decision.reason}</q>
                </span>
              ) : null}
            </>
          ) : null}
        </dd>
        <dt>{t('cert.taken')}</dt>
        <dd aria-live="polite">
          {state === 'taking' ? (
            <>
              {t('cert.going', { n: disc.taken, of: wanted })}
              <Bar value={disc.taken + disc.refused} of={wanted} />
            </>
          ) : (
            <b>{t('cert.taken.sum', { n: disc.taken })}</b>
          )}
          {disc.refused > 0 ? (
            <span className={styles.refused}>{t('row.refused', { n: disc.refused })}</span>
          ) : null}
          {!hasFaults && state !== 'taking' ? (
            <span className={`second ${styles.line}`}>{t('cert.refused.none')}</span>
          ) : null}
        </dd>
        {papers.length > 0 ? (
          <>
            <dt>{say('papers.title')}</dt>
            <dd>
              {papers.map(paper => (
                <span key={paper.number} className={styles.line}>
                  {paper.title}{' '}
                  <span className="second">
                    {say(
                      paper.outcome === 'taken' || paper.outcome === 'duplicate'
                        ? paper.kind === 'pdf'
                          ? 'paper.taken.pdf'
                          : 'paper.taken.jpeg'
                        : paper.outcome === undefined
                          ? 'paper.taking'
                          : 'paper.refused',
                    )}
                  </span>
                </span>
              ))}
              {left > 0 ? (
                <span className={`second ${styles.line}`}>{say('papers.left', { n: left })}</span>
              ) : null}
            </dd>
          </>
        ) : null}
        <dt>{t('cert.to')}</dt>
        <dd>
          {destinations.length === 0
            ? t(state === 'taking' ? 'cert.to.wait' : 'cert.to.none')
            : destinations.map(to => (
                <div key={to.transfer} className={styles.destination}>
                  <span className="row">
                    <b>{to.peer}</b> <TransferMark state={to.state as TransferRow['state']} />
                    <span>{t('cert.confirmed', { n: to.confirmed, of: to.of })}</span>
                  </span>
                  <Bar
                    value={to.confirmed}
                    of={to.of}
                    look={to.state === 'confirmed' ? 'done' : to.state === 'failed' ? 'failed' : 'moving'}
                  />
                </div>
              ))}
          {disc.finishedAt && state === 'done' && destinations.length > 0 ? (
            <span className={`second ${styles.line}`} title={format.exact(disc.finishedAt)}>
              {t(destinations.every(to => to.state === 'confirmed') ? 'cert.finished' : 'cert.ended', {
                time: format.dateTime(disc.finishedAt),
              })}
            </span>
          ) : null}
        </dd>
      </dl>
      {hasFaults && state !== 'taking' ? (
        <section>
          <h2>{t('cert.refused')}</h2>
          <FileTable id={disc.id} only="faults" />
        </section>
      ) : null}
      <footer className="third">
        {disc.certificate ? (
          <p>
            {t('cert.final', {
              n: disc.certificate.version,
              time: format.dateTime(disc.certificate.at),
            })}{' '}
            <span className="code">{disc.certificate.digest.slice(0, 16)}</span>
          </p>
        ) : null}
        <p>{t('cert.limits')}</p>
      </footer>
    </article>
  )
}
