import { Activity, Check, Copy, Mail, Minus, TriangleAlert } from 'lucide-react'
import { Fragment, useState } from 'react'
import type { PeerTestView, PeerView } from '../../node/peers/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Peer.module.css'

const signs = { passed: Check, failed: TriangleAlert, skipped: Minus }

/** Why a PACS does not answer, step by step, and what to write to its people. */
export function PeerTest({ peer }: { peer: PeerView }) {
  const t = useWords(words)
  const [object, setObject] = useState(false)
  const test = useAct<PeerTestView>(
    () => ({ method: 'POST', path: `/api/peers/${encodeURIComponent(peer.id)}/test`, body: { object } }),
    { refresh: [['peers']] },
  )
  const result = test.data
  // Its words stand above the list already.
  const first = result?.steps.find(step => step.outcome === 'failed')
  return (
    <section className={`card ${styles.test}`} aria-labelledby="peer-test">
      <div className="row">
        <h2 id="peer-test">{t('test.title')}</h2>
        <span className="push">
          <Button
            look={result ? 'plain' : 'go'}
            icon={<Activity aria-hidden />}
            busy={test.isPending}
            onPress={() => test.mutate()}
          >
            {t(result ? 'test.again' : 'test.run')}
          </Button>
        </span>
      </div>
      <div className={styles.object}>
        <Checkbox value={object} onChange={setObject}>
          {t('test.object')}
        </Checkbox>
        <p className="second">{t('test.object.hint')}</p>
      </div>
      <div role="status" className={styles.verdict}>
        {test.isPending ? <p className="second">{t('test.running')}</p> : null}
        {!test.isPending && !result && !test.error ? <p className="second">{t('test.intro')}</p> : null}
        {result && !test.isPending ? (
          <div className={result.passed ? styles.good : styles.bad}>
            {result.passed ? <Check aria-hidden /> : <TriangleAlert aria-hidden />}
            <div>
              {result.passed ? null : <b>{t('test.failed')}</b>}
              <p>{result.advice}</p>
            </div>
          </div>
        ) : null}
      </div>
      {test.error ? <ErrorBox trouble={test.error} onRetry={() => test.mutate()} /> : null}
      {result ? (
        <ol className={styles.steps} aria-label={t('test.steps')}>
          {result.steps.map(step => {
            const Sign = signs[step.outcome]
            return (
              <li key={step.step} className={styles[step.outcome]}>
                <Sign size={16} aria-hidden />
                <span>
                  {t(`step.${step.step}`)} <span className="unseen">: {t(`outcome.${step.outcome}`)}</span>
                  {step.cause && step !== first ? (
                    <span className={styles.cause}>
                      {step.cause} {step.remedy}
                    </span>
                  ) : null}
                  {step.outcome !== 'passed' && step.detail ? (
                    <span className={`code ${styles.detail}`}>{step.detail}</span>
                  ) : null}
                </span>
                <span className={styles.ms}>
                  {step.outcome === 'skipped' ? t('outcome.skipped') : t('step.ms', { n: step.ms })}
                </span>
              </li>
            )
          })}
        </ol>
      ) : null}
      {result?.left ? (
        <p className={styles.left}>
          {t('test.left', { patient: result.left.patientId })}{' '}
          <span className="code">{result.left.sopInstanceUID}</span>
        </p>
      ) : null}
      {result ? <Ours ours={result.ours} /> : null}
      {result?.letter ? <Letter letter={result.letter} peer={peer} /> : null}
    </section>
  )
}

/** What the people of the other side have to enter. */
function Ours({ ours }: { ours: PeerTestView['ours'] }) {
  const t = useWords(words)
  const rows: [name: string, value: string][] = [
    ['AE title', ours.aeTitle],
    [t('ours.address'), ours.address ?? t('ours.unknown')],
    [t('ours.port'), String(ours.port)],
    [t('field.tls'), t(`tls.${ours.tls}`)],
    ...(ours.fingerprint === undefined
      ? []
      : [[t('column.fingerprint'), ours.fingerprint] satisfies [string, string]]),
  ]
  return (
    <section className={styles.ours} aria-labelledby="peer-ours">
      <h3 id="peer-ours">{t('ours.title')}</h3>
      <dl>
        {rows.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd className="code">{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  )
}

function Letter({ letter, peer }: { letter: string; peer: PeerView }) {
  const t = useWords(words)
  const toasts = useToasts()
  const subject = t('test.subject', { us: peer.callUs, them: peer.aeTitles[0] })
  const copy = async () => {
    await navigator.clipboard.writeText(letter)
    toasts.say({ text: t('test.copied') })
  }
  return (
    <div className={styles.letter}>
      <TextArea label={t('test.letter')} value={letter} onChange={() => undefined} readOnly lines={6} />
      <div className="row">
        {navigator.clipboard ? (
          <Button icon={<Copy aria-hidden />} onPress={() => void copy()}>
            {t('test.copy')}
          </Button>
        ) : null}
        <a
          className={styles.mailto}
          href={`mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(letter)}`}
        >
          <Mail size={16} aria-hidden />
          {t('test.mail')}
        </a>
      </div>
    </div>
  )
}
