import { type FormEvent, useState } from 'react'
import type { Difference as Degree, ReportView, SigningCheckView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { useKept } from '../drafts/kept.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { Difference } from './Difference.js'
import { DifferenceChoice } from './DifferenceChoice.js'
import { sectionNames } from './draft.js'
import { confirmedOf, SignChecks } from './SignChecks.js'
import styles from './SignDialog.module.css'
import { type Reauthentication, useSignature } from './use-signature.js'

/** A new text in the place of what was signed: what changes is shown as it is typed. Kept in the tab until it is signed. */
export default function CorrectDialog({ report, onClose }: { report: ReportView; onClose: () => void }) {
  const t = useWords(reportWords)
  const toasts = useToasts()
  const before = report.versions.at(-1)?.sections ?? report.sections
  const [sections, setSections, forget] = useKept(`relais.correction.${report.id}`, () => before)
  const [reason, setReason] = useState('')
  const [degree, setDegree] = useState<Degree | ''>('')
  const [tried, setTried] = useState(false)
  const [reasons, setReasons] = useState<Record<string, string>>({})
  const [asked, setAsked] = useState<SigningCheckView[]>([])
  const sign = useAct<ReportView, Reauthentication>(
    reauthentication => ({
      method: 'POST',
      path: `/api/reports/${report.id}/correction`,
      body: {
        reauthentication,
        sections,
        reason: reason.trim(),
        difference: degree,
        confirmed: confirmedOf(asked, reasons),
      },
    }),
    {
      refresh: [['reports'], ['requests'], ['session']],
      onDone: () => {
        forget()
        onClose()
        toasts.say({ text: t('correct.done'), tone: 'ok' })
      },
      onProblem: problem => {
        signature.clear()
        setAsked(
          problem.fields.flatMap(({ path, message }) =>
            path.startsWith('confirmed.')
              ? [{ code: path.slice('confirmed.'.length) as never, blocks: false, sentence: message }]
              : [],
          ),
        )
      },
    },
  )
  const ready =
    reason.trim() !== '' &&
    degree !== '' &&
    sections.conclusion.trim() !== '' &&
    confirmedOf(asked, reasons).every(one => one.reason !== '')
  const signature = useSignature(sign.error, tried, given => {
    setTried(true)
    if (ready) sign.mutate(given)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (ready && signature.given && !sign.isPending) sign.mutate(signature.given)
  }
  return (
    <Dialog title={t('correct.title')} open onClose={onClose} size="xl" grave>
      <form className={styles.columns} onSubmit={submit} noValidate>
        <div className={styles.form}>
          {sectionNames.map(name => (
            <TextArea
              key={name}
              label={t(`section.${name}`)}
              value={sections[name]}
              onChange={text => setSections(now => ({ ...now, [name]: text }))}
              problem={
                tried && name === 'conclusion' && !sections.conclusion.trim()
                  ? t('sign.noConclusion')
                  : undefined
              }
            />
          ))}
        </div>
        <div className={styles.form}>
          <p className="second">{t('correct.lead')}</p>
          <Difference before={before} after={sections} />
          <DifferenceChoice
            value={degree}
            onChange={setDegree}
            problem={tried && degree === '' ? t('difference.missing') : undefined}
          />
          <TextField
            label={t('correct.reason')}
            required
            value={reason}
            onChange={setReason}
            problem={tried && !reason.trim() ? t('checks.missing') : undefined}
          />
          <SignChecks checks={asked} reasons={reasons} onChange={setReasons} tried={tried} />
          {sign.error && asked.length === 0 && !signature.isAbout(sign.error) ? (
            <ErrorBox trouble={sign.error} />
          ) : null}
          {signature.fields}
          <div className={styles.buttons}>
            <Button look="quiet" onPress={onClose}>
              {t('cancel')}
            </Button>
            {signature.passkeyButton}
            <Button type="submit" look="go" busy={sign.isPending}>
              {t('correct.submit')}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  )
}
