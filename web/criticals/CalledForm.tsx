import type { ReactNode } from 'react'
import { Checkbox, Choices, TextField } from '../parts/Field.js'
import { criticalWords } from '../words/criticals.js'
import { localNow } from '../words/time.js'
import { useWords } from '../words/words.js'
import styles from './Criticals.module.css'

export interface CalledFields {
  receiver: string
  role: string
  /** Local, `YYYY-MM-DDTHH:MM`. */
  at: string
  method: 'phone' | 'person' | 'video'
  readBack: boolean
}

/** Six fields that are mostly filled in already: who received it, when, how, and that they read it back. */
export function CalledForm({
  value,
  onChange,
  tried,
  autoFocus = false,
}: {
  value: CalledFields
  onChange: (value: CalledFields) => void
  tried: boolean
  autoFocus?: boolean
}): ReactNode {
  const t = useWords(criticalWords)
  const set = <K extends keyof CalledFields>(key: K, next: CalledFields[K]) =>
    onChange({ ...value, [key]: next })
  return (
    <div className={styles.called}>
      <TextField
        label={t('receiver')}
        name="receiver"
        required
        autoFocus={autoFocus}
        autoComplete="off"
        value={value.receiver}
        onChange={next => set('receiver', next)}
        problem={tried && !value.receiver.trim() ? t('called.missing') : undefined}
      />
      <TextField
        label={t('role')}
        name="role"
        required
        autoComplete="off"
        value={value.role}
        onChange={next => set('role', next)}
        problem={tried && !value.role.trim() ? t('called.missing') : undefined}
      />
      <label className={styles.time}>
        <span>{t('at')}</span>
        <input
          type="datetime-local"
          value={value.at}
          max={localNow()}
          onChange={event => set('at', event.target.value)}
        />
      </label>
      <Choices
        label={t('method')}
        value={value.method}
        onChange={next => set('method', next)}
        choices={(['phone', 'person', 'video'] as const).map(id => ({ id, label: t(`method.${id}`) }))}
      />
      <div className={styles.readBack}>
        <Checkbox value={value.readBack} onChange={next => set('readBack', next)}>
          <strong>{t('readBack')}</strong>
        </Checkbox>
        <small className="second">{t('readBack.hint')}</small>
      </div>
    </div>
  )
}
