import { type FormEvent, useState } from 'react'
import type { ReportView, Sections, SignedView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices } from '../parts/Field.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { ReportText } from './ReportText.js'
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

  const sign = useAct<SignedView, Reauthentication>(
    reauthentication => ({
      method: 'POST',
      path: `/api/reports/${report.id}/sign`,
      body: { reauthentication, as },
    }),
    {
      // What the next signature asks for follows from this one.
      refresh: [['reports'], ['requests'], ['session']],
      onDone: onSigned,
      onProblem: () => signature.clear(),
    },
  )
  const signature = useSignature(sign.error, tried, given => sign.mutate(given))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (signature.given && !sign.isPending) sign.mutate(signature.given)
  }

  return (
    <Dialog title={t('sign.title')} open onClose={onClose} size="xl" grave>
      <div className={styles.columns}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section className={styles.paper} aria-label={t('sign.title')} tabIndex={0}>
          <ReportText report={{ ...report, state: as }} sections={sections} order="signed" />
        </section>
        <form className={styles.form} onSubmit={submit}>
          <p className="second">{t('sign.lead')}</p>
          <Choices
            label={t('sign.as')}
            value={as}
            onChange={setAs}
            choices={[
              { id: 'final', label: t('sign.final') },
              { id: 'preliminary', label: t('sign.preliminary'), hint: t('sign.preliminary.hint') },
            ]}
          />
          {sign.error && !signature.isAbout(sign.error) ? <ErrorBox trouble={sign.error} /> : null}
          {signature.fields}
          <div className={styles.buttons}>
            <Button look="quiet" onPress={onClose}>
              {t('cancel')}
            </Button>
            {signature.passkeyButton}
            <Button type="submit" look="go" busy={sign.isPending} keys="Enter">
              {t(as === 'final' ? 'sign.submit' : 'sign.submit.preliminary')}
            </Button>
          </div>
        </form>
      </div>
    </Dialog>
  )
}
