import { type FormEvent, useState } from 'react'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea, TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'

const kinds = ['hold', 'claim', 'death'] as const
type Kind = (typeof kinds)[number]

/** A death, a claim or a legal hold, under the name of who is signed in. */
export function MarkDialog({ act: known, onClose }: { act?: string; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [act, setAct] = useState(known ?? '')
  const [kind, setKind] = useState<Kind>('hold')
  const [of, setOf] = useState<'patient' | 'act'>('patient')
  const [day, setDay] = useState('')
  const [reason, setReason] = useState('')
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready && !save.isPending) save.mutate()
  }
  return (
    <Dialog title={t('mark.title')} open onClose={onClose}>
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
            hint={t('mark.day.hint')}
            value={day}
            onChange={setDay}
            maxLength={10}
            required
            autoComplete="off"
            problem={save.error?.field('day') ? t('mark.day.hint') : undefined}
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
        {save.error ? <ErrorBox trouble={save.error} /> : null}
        <div className={styles.buttons}>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit" look="go" isDisabled={!ready} busy={save.isPending}>
            {t('mark.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
