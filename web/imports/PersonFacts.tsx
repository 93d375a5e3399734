import { Link } from 'wouter'
import type { ImportIdentity, ImportPerson, ImportView } from '../../node/imports/view.js'
import type { TransferRow } from '../../node/studies/view.js'
import { Bar } from '../parts/Bar.js'
import { Tag } from '../parts/Tag.js'
import { birthOf, nameOf } from '../studies/patient.js'
import { StateMark as TransferMark } from '../transfers/StateMark.js'
import { discContent } from '../words/disc-content.js'
import { useFormats } from '../words/format.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { keeping } from '../words/keeping.js'
import { useWords } from '../words/words.js'
import { chosenOf } from './choice.js'
import styles from './Imports.module.css'
import { useWhy } from './why.js'

/** What became of one person of the disc: who said whose images these are, what was taken, where it went. */
export function PersonFacts({ disc, person }: { disc: ImportView; person: ImportPerson }) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const say = useWords(discContent)
  const k = useWords(keeping)
  const why = useWhy()
  const format = useFormats()
  const { decision, destinations, state } = person
  const chosen = chosenOf(
    disc.studies.filter(({ StudyInstanceUID }) => person.studies.includes(StudyInstanceUID)),
    new Set(decision?.series),
  )
  const asked = new Set(decision?.papers?.map(({ number }) => number))
  const papers = disc.papers.filter(({ number }) => asked.has(number))
  const wanted = chosen.images + papers.length
  const takenPapers = papers.filter(({ outcome }) => outcome === 'taken' || outcome === 'duplicate').length
  const said = (identity: ImportIdentity) =>
    [
      nameOf(identity) || t('unknown'),
      birthOf(identity, format, sex => t(`sex.${sex}`)),
      [identity.PatientID || '–', identity.IssuerOfPatientID].filter(Boolean).join(' @ '),
    ]
      .filter(Boolean)
      .join(' · ')
  if (!decision)
    return (
      <dl className={styles.facts}>
        <dt>{t('cert.who')}</dt>
        <dd>
          <span className={styles.line}>{said(person.identity)}</span>
          {state === 'not-taken'
            ? p('left.text', {
                by: person.decidedBy ?? '',
                time: format.dateTime(person.decidedAt),
                reason: why(person.why, person.reason),
              })
            : p(`person.state.${state}`)}
        </dd>
      </dl>
    )
  return (
    <dl className={styles.facts}>
      <dt>{t('cert.study')}</dt>
      <dd>
        {chosen.studies.map(each => (
          <span key={each.StudyInstanceUID} className={styles.line}>
            <Link href={`/studies/${each.hereAs}`}>
              {each.Modalities.join(' ')} {each.StudyDescription || t('study.untitled')}
            </Link>{' '}
            {format.day(each.StudyDate)}{' '}
            {decision.today === each.StudyInstanceUID ? (
              <Tag tone="accent">{p('today.is')}</Tag>
            ) : decision.request ? (
              <Tag>{p('today.prior')}</Tag>
            ) : null}
          </span>
        ))}
        <span className="second">{t('write.series', { n: chosen.series, of: chosen.ofSeries })}</span>
      </dd>
      <dt>{t('cert.who')}</dt>
      <dd>
        <span className={styles.line}>
          <b>{said(decision.candidate === 'keep' ? person.identity : decision.identity)}</b>{' '}
          <span className="second">{t(`cert.from.${decision.candidate}`)}</span>
        </span>
        {decision.candidate !== 'keep' ? (
          <span className={`second ${styles.line}`}>{t('cert.was', { who: said(person.identity) })}</span>
        ) : null}
        <span className={`second ${styles.line}`} title={format.exact(person.decidedAt)}>
          {t('cert.by', { by: person.decidedBy ?? '', time: format.dateTime(person.decidedAt) })}
        </span>
        {decision.reason ? (
          <span className={styles.line}>
            {t('cert.reason')} : <q>{decision.reason}</q>
          </span>
        ) : null}
      </dd>
      <dt>{t('cert.taken')}</dt>
      <dd aria-live="polite">
        {state === 'taking' ? (
          <>
            {t('cert.going', { n: person.taken, of: wanted })}
            <Bar value={person.taken + person.refused} of={wanted} />
          </>
        ) : (
          <b>{k('taken.sum', { n: person.taken - takenPapers, papers: takenPapers })}</b>
        )}
        {state === 'failed' ? <span className={styles.refused}>{why(person.why, person.reason)}</span> : null}
        {person.refused > 0 ? (
          <span className={styles.refused}>{t('row.refused', { n: person.refused })}</span>
        ) : state !== 'taking' && state !== 'failed' ? (
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
                {to.state === 'failed' ? (
                  <span className={styles.refused}>
                    {k('sending.failed.text')} <Link href="/transfers">{k('sending.failed.see')}</Link>
                  </span>
                ) : null}
              </div>
            ))}
        {person.finishedAt && state === 'done' && destinations.length > 0 ? (
          <span className={`second ${styles.line}`} title={format.exact(person.finishedAt)}>
            {t(destinations.every(to => to.state === 'confirmed') ? 'cert.finished' : 'cert.ended', {
              time: format.dateTime(person.finishedAt),
            })}
          </span>
        ) : null}
      </dd>
    </dl>
  )
}
