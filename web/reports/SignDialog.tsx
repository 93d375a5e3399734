import { type FormEvent, useEffect, useState } from 'react'
import type {
  Difference as Degree,
  ReportView,
  Sections,
  SignedView,
  SigningCheckView,
} from '../../node/reports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextArea } from '../parts/Field.js'
import { happenedAt, Later, type LaterAt } from '../requests/Later.js'
import { laterWords } from '../words/later.js'
import { linkWords } from '../words/links-to-studies.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { Difference } from './Difference.js'
import { DifferenceChoice } from './DifferenceChoice.js'
import { sameSections } from './draft.js'
import { drawnAt } from './KeyImages.js'
import { ReportText } from './ReportText.js'
import { confirmedOf, SignChecks } from './SignChecks.js'
import styles from './SignDialog.module.css'
import { type Reauthentication, useSignature } from './use-signature.js'

/** Shows exactly what will be signed, as it will be read, and takes the password that signs it. */
export function SignDialog({
  report,
  sections,
  onSigned,
  onClose,
}: {
  report: ReportView
  sections: Sections
  onSigned: (signed: SignedView) => void
  onClose: () => void
}) {
  const t = useWords(reportWords)
  const [as, setAs] = useState<'final' | 'preliminary'>('final')
  const [tried, setTried] = useState(false)
  const [degree, setDegree] = useState<Degree | ''>('')
  const [openedAt] = useState(() => performance.now())
  const [toldAt, setToldAt] = useState<LaterAt>(undefined)
  const [reasons, setReasons] = useState<Record<string, string>>({})
  const asked = useData<ListView<SigningCheckView>>(
    // Of what is saved now: an earlier look at the same text says nothing.
    ['reports', report.id, 'checks', openedAt],
    `/api/reports/${report.id}/checks`,
  )
  const checks = asked.data?.items ?? []
  const before = report.versions.at(-1)?.sections
  const isSame = before !== undefined && sameSections(before, sections)
  const asksDegree = before !== undefined && as === 'final' && !isSame
  const complete = (!asksDegree || degree !== '') && toldAt !== ''
  const ready =
    asked.data !== undefined &&
    complete &&
    !checks.some(({ blocks }) => blocks) &&
    confirmedOf(checks, reasons).every(({ reason }) => reason !== '')
  // Signed before the checks had come: it waits for them, and for nothing else.
  const [held, setHeld] = useState<Reauthentication | null>(null)
  const [confirm, setConfirm] = useState('')
  const links = useWords(linkWords)
  const later = useWords(laterWords)

  const sign = useAct<SignedView, Reauthentication>(
    reauthentication => ({
      method: 'POST',
      path: `/api/reports/${report.id}/sign`,
      body: {
        reauthentication,
        as,
        confirmed: confirmedOf(checks, reasons),
        ...happenedAt(toldAt),
        ...(confirm.trim() ? { confirm: confirm.trim() } : {}),
        ...(as === 'final' && before !== undefined ? { difference: isSame ? 'same' : degree } : {}),
      },
    }),
    {
      // What the next signature asks for follows from this one.
      refresh: [['reports'], ['requests'], ['session']],
      onDone: onSigned,
      onProblem: () => signature.clear(),
    },
  )
  const { mutate } = sign
  const give = (given: Reauthentication | null) => {
    setTried(true)
    if (given === null || sign.isPending) return
    if (asked.isPending && complete) setHeld(given)
    else if (ready) mutate(given)
  }
  const signature = useSignature(sign.error, tried, give)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    give(signature.given)
  }
  useEffect(() => {
    if (held === null || asked.isPending) return
    setHeld(null)
    if (ready) mutate(held)
  }, [held, asked.isPending, ready, mutate])

  return (
    <Dialog title={t('sign.title')} open onClose={onClose} size="xl" grave>
      <div className={styles.columns}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section className={styles.paper} aria-label={t('sign.title')} tabIndex={0}>
          {asksDegree && before ? (
            <div className={styles.differs}>
              <strong>{t('difference.since')}</strong>
              <Difference before={before} after={sections} />
            </div>
          ) : null}
          <ReportText
            report={{ ...report, state: as }}
            sections={sections}
            order="signed"
            keyImages={{ images: report.keyImages, src: drawnAt }}
          />
        </section>
        <form className={styles.form} onSubmit={submit}>
          <p className="second">{t('sign.lead')}</p>
          <Choices
            label={t('sign.as')}
            value={as}
            onChange={setAs}
            choices={[
              { id: 'final', label: t('sign.final') },
              // What was preliminary once becomes final and nothing else.
              ...(before === undefined
                ? [
                    {
                      id: 'preliminary' as const,
                      label: t('sign.preliminary'),
                      hint: t('sign.preliminary.hint'),
                    },
                  ]
                : []),
            ]}
          />
          {asksDegree ? (
            <DifferenceChoice
              value={degree}
              onChange={setDegree}
              problem={tried && degree === '' ? t('difference.missing') : undefined}
            />
          ) : null}
          <SignChecks checks={checks} reasons={reasons} onChange={setReasons} tried={tried} />
          {asked.error ? <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} /> : null}
          {sign.error && !signature.isAbout(sign.error) ? <ErrorBox trouble={sign.error} /> : null}
          {sign.error?.code === 'mismatch' ? (
            <>
              <ul>
                {sign.error.fields.map(({ path, message }) => (
                  <li key={path}>{message}</li>
                ))}
              </ul>
              <TextArea
                label={links('mismatch.reason')}
                required
                lines={2}
                value={confirm}
                onChange={setConfirm}
                maxLength={4000}
              />
            </>
          ) : null}
          <Later
            label={later('told')}
            value={toldAt}
            onChange={setToldAt}
            problem={tried && toldAt === '' ? later('at.missing') : sign.error?.field('happenedAt')}
          />
          {signature.fields}
          <div className={styles.buttons}>
            <Button look="quiet" onPress={onClose}>
              {t('cancel')}
            </Button>
            {signature.passkeyButton}
            <Button type="submit" look="go" busy={sign.isPending || held !== null} keys="Enter">
              {t(as === 'final' ? 'sign.submit' : 'sign.submit.preliminary')}
            </Button>
          </div>
        </form>
      </div>
    </Dialog>
  )
}
