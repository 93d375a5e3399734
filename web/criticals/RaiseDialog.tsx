import { type FormEvent, useState } from 'react'
import type { CriticalView } from '../../node/criticals/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { criticalWords } from '../words/criticals.js'
import { isoOf, localNow } from '../words/time.js'
import { useWords } from '../words/words.js'
import { type CalledFields, CalledForm } from './CalledForm.js'
import styles from './Criticals.module.css'

/** A critical finding is raised: gravity and finding, and where somebody was told already, who, when and how. */
export default function RaiseDialog({
  request,
  requester,
  onClose,
}: {
  request: string
  requester: { name: string; phone: string; service?: string }
  onClose: () => void
}) {
  const t = useWords(criticalWords)
  const toasts = useToasts()
  const [tried, setTried] = useState(false)
  const [grade, setGrade] = useState<'1' | '2' | '3'>('1')
  const [finding, setFinding] = useState('')
  const [foundAt, setFoundAt] = useState(localNow)
  const [isCalled, setIsCalled] = useState(false)
  const [called, setCalled] = useState<CalledFields>(() => ({
    receiver: requester.name,
    role: requester.service ?? '',
    at: localNow(),
    method: 'phone',
    readBack: false,
  }))
  const act = useAct<CriticalView>(
    () => ({
      method: 'POST',
      path: `/api/requests/${request}/critical`,
      body: {
        class: Number(grade),
        finding: finding.trim(),
        foundAt: isoOf(foundAt),
        ...(isCalled
          ? { called: { ...called, method: t(`method.${called.method}`), at: isoOf(called.at) } }
          : {}),
      },
    }),
    {
      refresh: [['criticals'], ['alerts'], ['requests']],
      onDone: answer => {
        toasts.say({
          text: t(answer.state === 'notifying' ? 'raise.done' : 'raise.done.called'),
          detail: answer.reference,
          tone: 'ok',
        })
        onClose()
      },
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    const told = !isCalled || (called.receiver.trim() !== '' && called.role.trim() !== '' && called.at !== '')
    if (finding.trim() && foundAt && told && !act.isPending) act.mutate()
  }
  return (
    <Dialog title={t('raise')} open onClose={onClose} grave size="l">
      <form className={styles.form} onSubmit={submit} noValidate>
        <p className="second">{t('raise.lead')}</p>
        <a className={styles.number} href={`tel:${requester.phone.replace(/[^\d+]/g, '')}`}>
          <b>{requester.phone}</b>
          <small>{[requester.name, requester.service].filter(Boolean).join(' · ')}</small>
        </a>
        <Choices
          label={t('class')}
          value={grade}
          onChange={setGrade}
          choices={(['1', '2', '3'] as const).map(id => ({
            id,
            label: t(`class.${id}`),
            hint: t(`class.${id}.hint`),
          }))}
        />
        <TextArea
          label={t('finding')}
          hint={t('finding.hint')}
          required
          autoFocus
          lines={2}
          value={finding}
          onChange={setFinding}
          problem={tried && !finding.trim() ? t('finding.missing') : undefined}
        />
        <label className={styles.time}>
          <span>{t('foundAt')}</span>
          <input
            type="datetime-local"
            value={foundAt}
            max={localNow()}
            onChange={event => setFoundAt(event.target.value)}
          />
        </label>
        <Checkbox value={isCalled} onChange={setIsCalled}>
          {t('called')}
        </Checkbox>
        {isCalled ? <CalledForm value={called} onChange={setCalled} tried={tried} /> : null}
        {act.error ? <ErrorBox trouble={act.error} /> : null}
        <div>
          <Button type="submit" look="grave" size="l" busy={act.isPending}>
            {t(isCalled && called.readBack ? 'raise.submit.called' : 'raise.submit')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
