import { type FormEvent, useState } from 'react'
import type { ReachView } from '../../node/notifications/view.js'
import styles from '../account/Account.module.css'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Checkbox } from '../parts/Checkbox.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { reachWords } from '../words/reach.js'
import { useWords } from '../words/words.js'
import reachStyles from './Reach.module.css'

/** Telephone, letters about what can wait, and the hours in which it waits. */
export function Wishes({ reach }: { reach: ReachView }) {
  const t = useWords(reachWords)
  const toasts = useToasts()
  const [telephone, setTelephone] = useState(reach.telephone ?? '')
  const [routineLetters, setLetters] = useState(reach.routineLetters)
  const [urgentRings, setRings] = useState(reach.urgentRings)
  const [isQuiet, setQuiet] = useState(reach.quiet !== undefined)
  const [from, setFrom] = useState(reach.quiet?.from ?? '22:00')
  const [to, setTo] = useState(reach.quiet?.to ?? '07:00')
  const timeZone = reach.quiet?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const save = useAct<ReachView>(
    () => ({
      method: 'PUT',
      path: '/api/reach',
      body: {
        telephone: telephone.trim() || null,
        routineLetters,
        urgentRings,
        ...(isQuiet ? { quiet: { from, to, timeZone } } : {}),
      },
    }),
    { refresh: [['notices']], onDone: () => toasts.say({ text: t('saved'), tone: 'ok' }) },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {save.error && save.error.fields.length === 0 ? <ErrorBox trouble={save.error} /> : null}
      <TextField
        label={t('telephone')}
        hint={t('telephone.hint')}
        type="tel"
        name="telephone"
        autoComplete="tel"
        inputMode="tel"
        value={telephone}
        onChange={setTelephone}
        problem={save.error?.field('telephone')}
      />
      <Checkbox value={routineLetters} onChange={setLetters}>
        {t('letters')}
      </Checkbox>
      <Checkbox value={urgentRings} onChange={setRings}>
        {t('urgent.rings')}
      </Checkbox>
      <Checkbox value={isQuiet} onChange={setQuiet}>
        {t('quiet.on')}
      </Checkbox>
      {isQuiet ? (
        <fieldset className={reachStyles.hours}>
          <legend className="unseen">{t('quiet')}</legend>
          <label>
            {t('quiet.from')}
            <input type="time" required value={from} onChange={event => setFrom(event.target.value)} />
          </label>
          <label>
            {t('quiet.to')}
            <input type="time" required value={to} onChange={event => setTo(event.target.value)} />
          </label>
          <small className="second">{t('quiet.zone', { zone: timeZone })}</small>
        </fieldset>
      ) : null}
      <small className="second">{t('quiet.text')}</small>
      <div>
        <Button type="submit" look="go" busy={save.isPending}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}
