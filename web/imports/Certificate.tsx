import { FileText, Printer } from 'lucide-react'
import type { ImportView } from '../../node/imports/view.js'
import { useActions } from '../parts/Actions.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { nameOf } from '../studies/patient.js'
import { discContent } from '../words/disc-content.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { keeping } from '../words/keeping.js'
import { useLanguage, useWords } from '../words/words.js'
import { FileTable, Verdicts } from './Files.js'
import styles from './Imports.module.css'
import { PersonFacts } from './PersonFacts.js'
import { PersonMark, StateMark } from './StateMark.js'
import { Undo } from './Undo.js'
import { Withdrawn } from './Withdrawn.js'

const FAULTS = ['unreadable', 'missing', 'other-patient', 'rejected', 'conflict'] as const

/** What became of the disc, as it prints: what was on it, what was taken, who said whose it is, where it went. */
export function Certificate({ disc }: { disc: ImportView }) {
  const t = useWords(words)
  const say = useWords(discContent)
  const k = useWords(keeping)
  const format = useFormats()
  const { language } = useLanguage()
  const { verdicts, state } = disc
  const asked = new Set(
    disc.people.flatMap(({ decision }) => decision?.papers?.map(each => each.number) ?? []),
  )
  const left = disc.papers.filter(({ number }) => !asked.has(number)).length
  const hasFaults = disc.refused > 0 || FAULTS.some(verdict => (verdicts[verdict] ?? 0) > 0)
  useActions([{ id: 'import-print', group: t('group'), label: t('print'), run: () => print() }])
  return (
    <article className={styles.sheet} aria-label={t('certificate')}>
      <header>
        <h2>{t('certificate')}</h2>
        <StateMark disc={disc} />
        <span className="push" />
        <span className={styles.screenOnly}>
          <span className="row">
            <ButtonLink
              href={`/api/imports/${disc.id}/certificate.pdf?language=${language}`}
              newTab
              icon={<FileText aria-hidden />}
            >
              {k('cert.pdf')}
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
        {left > 0 ? (
          <>
            <dt>{say('papers.title')}</dt>
            <dd className="second">{say('papers.left', { n: left })}</dd>
          </>
        ) : null}
      </dl>
      {disc.people.map(person => (
        <section key={person.id} id={`person-${person.id}`} className={styles.person}>
          <header>
            <h3>{nameOf(person.identity) || t('unknown')}</h3>
            <PersonMark state={person.state} />
            <span className="push" />
            {person.may.includes('withdraw') ? (
              <span className={styles.screenOnly}>
                <Undo disc={disc} person={person} />
              </span>
            ) : null}
          </header>
          <PersonFacts disc={disc} person={person} />
          {person.withdrawals.length > 0 ? (
            <div className={person.may.includes('decide') ? styles.printOnly : undefined}>
              <Withdrawn person={person} />
            </div>
          ) : null}
        </section>
      ))}
      {hasFaults && state !== 'taking' ? (
        <section>
          <h2>{t('cert.refused')}</h2>
          <FileTable id={disc.id} only="faults" />
        </section>
      ) : null}
      <footer className="third">
        {disc.certificate ? (
          <p>
            {k('cert.final', {
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
