import { type FormEvent, useState } from 'react'
import type { SessionView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { securityWords } from '../words/security.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import styles from './Account.module.css'

const passwordCharactersMin = 12
const empty = { now: '', next: '', again: '' }

/** The old password and, twice, the new one. */
export function Password({ onChanged }: { onChanged: (session: SessionView) => void }) {
  const t = useWords(securityWords)
  const of = useWords(signInWords)
  const [form, setForm] = useState(empty)
  const [tried, setTried] = useState(false)
  const change = useAct<SessionView>(
    () => ({ method: 'PUT', path: '/api/session/password', body: { now: form.now, password: form.next } }),
    {
      onDone: session => {
        setForm(empty)
        setTried(false)
        onChanged(session)
      },
      onProblem: problem => {
        // The one that was wrong is typed anew; the two others were not at fault.
        if (problem.field('password') === 'not right') setForm(now => ({ ...now, now: '' }))
      },
    },
  )
  const said = change.error?.field('password')
  const wrong = said === 'not right'
  const own = {
    now: form.now ? undefined : wrong ? t('proof.wrong') : of('missing'),
    next: form.next.length < passwordCharactersMin ? t('password.short') : undefined,
    again: form.again !== form.next ? t('password.different') : undefined,
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!Object.values(own).some(Boolean) && !change.isPending) change.mutate()
  }
  const bind = (field: keyof typeof form, problem: string | undefined) => ({
    type: 'password' as const,
    name: field,
    autoComplete: field === 'now' ? 'current-password' : 'new-password',
    value: form[field],
    onChange: (value: string) => setForm(before => ({ ...before, [field]: value })),
    problem,
  })
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <p className="second">{t('password.text')}</p>
      {change.error && !said ? <ErrorBox trouble={change.error} /> : null}
      <TextField label={t('password.now')} {...bind('now', tried ? own.now : undefined)} />
      <TextField
        label={t('password.next')}
        {...bind('next', (tried ? own.next : undefined) ?? (wrong ? undefined : said))}
      />
      <TextField label={t('password.again')} {...bind('again', tried ? own.again : undefined)} />
      <div>
        <Button type="submit" busy={change.isPending}>
          {t('password.submit')}
        </Button>
      </div>
    </form>
  )
}
