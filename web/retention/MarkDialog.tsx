import { type FormEvent, useState } from 'react'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea, TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { retentionWords } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'
import { useRefusal } from './refusals.js'

const kinds = ['hold', 'claim', 'death'] as const
type Kind = (typeof kinds)[number]

/** A death, a claim or a legal hold, under the name of who is signed in. */
export function MarkDialog({ act: known, onClose }: { act?: string; onClose: () => void }) {
  const t = useWords(retentionWords)
  const toasts = useToasts()
  const [act, setAct] = useState(known ?? '')
  const [kind, setKind] = useState<Kind>('hold')
  const [of, setOf] = useState<'patient' | 'act'>('patient')
  const [day, setDay] = useState('')
  const [reason, setReason] = useState('')
  const refusal = useRefusal()
  const save = useAct<unknown>(
    () => ({
      method: 'POST',
      path: '/api/archive/retention/marks',
      body: {
        act: act.trim(),
        kind,
        of: kind === 'death' ? 'patient' : of,
        ...(kind === 'death' ? { day: day.trim() } : {}),
        reason: reason.trim(),
      },
    }),
    {
      refresh: [['retention']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('mark.done'), tone: 'ok' })
      },
    },
  )
  const ready = act.trim() !== '' && reason.trim() !== '' && (kind !== 'death' || day.trim() !== '')
  const send = () => {
    if (ready && !save.isPending) save.mutate()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  const words = refusal(save.error, 'mark.twice')
  const unknown = save.error?.code === 'missing'
  const wrongDay = save.error?.field('day') !== undefined
  const isField = unknown || wrongDay
  return (
    <Dialog
      title={t('mark.title')}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('mark.save')}
          isDisabled={!ready}
          busy={save.isPending}
          onAct={send}
          onClose={onClose}
        />
      }
    >
      <form className={styles.form} onSubmit={submit} noValidate>
        <TextField
          label={t('mark.act')}
          hint={t('mark.act.hint')}
          value={act}
          onChange={setAct}
          maxLength={64}
          required
          autoComplete="off"
          autoFocus={known === undefined}
          problem={unknown ? t('mark.unknown') : undefined}
        />
        <Select
          label={t('mark.kind')}
          value={kind}
          onChange={chosen => setKind(kinds.find(each => each === chosen) ?? 'hold')}
          options={kinds.map(id => ({ id, label: t(`kind.${id}`) }))}
        />
        {kind === 'death' ? (
          <TextField
            label={t('mark.day')}
            type="date"
            value={day}
            onChange={setDay}
            required
            autoComplete="off"
            problem={wrongDay ? t('mark.day.wrong') : undefined}
          />
        ) : (
          <Select
            label={t('mark.of')}
            value={of}
            onChange={chosen => setOf(chosen === 'act' ? 'act' : 'patient')}
            options={(['patient', 'act'] as const).map(id => ({ id, label: t(`of.${id}`) }))}
          />
        )}
        <TextArea
          label={t('mark.reason')}
          hint={t('mark.reason.hint')}
          required
          lines={3}
          maxLength={1000}
          value={reason}
          onChange={setReason}
          autoFocus={known !== undefined}
        />
        {save.error && !isField ? (
          <ErrorBox trouble={save.error} {...(words === undefined ? {} : { words })} />
        ) : null}
      </form>
    </Dialog>
  )
}
