import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { SessionView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useSessionState } from '../session.js'
import { useTitle } from '../shell/title.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { Gate } from './Gate.js'
import styles from './Gate.module.css'

const passwordCharactersMin = 12

/** The token is after the `#`: it goes into no log on its way. */
const tokenOf = (hash: string) => new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? ''

export default function First() {
  const t = useWords(signInWords)
  const { begin } = useSessionState()
  const [, go] = useLocation()
  const [token] = useState(() => tokenOf(location.hash))
  const [form, setForm] = useState({ name: '', email: '', password: '', again: '' })
  const [tried, setTried] = useState(false)
  useTitle(t('first.title'))

  const create = useAct<SessionView>(
    () => ({
      method: 'POST',
      path: '/api/session/first',
      body: { token, name: form.name.trim(), email: form.email.trim(), password: form.password },
    }),
    {
      onDone: session => {
        begin(session)
        go('/', { replace: true })
      },
    },
  )

  if (!token) {
    return (
      <Gate title={t('first.noToken')} lead={t('first.noToken.text')}>
        <ButtonLink href="/sign-in" look="go">
          {t('first.toSignIn')}
        </ButtonLink>
      </Gate>
    )
  }

  const own = {
    name: form.name.trim() ? undefined : t('missing'),
    email: form.email.trim() ? undefined : t('missing'),
    password: form.password.length < passwordCharactersMin ? t('first.short') : undefined,
    again: form.again !== form.password ? t('first.different') : undefined,
  }
  const problemOf = (field: keyof typeof own) =>
    (tried ? own[field] : undefined) ?? create.error?.fields.find(one => one.path === field)?.message
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!Object.values(own).some(Boolean)) create.mutate()
  }
  const bind = (field: keyof typeof form) => ({
    value: form[field],
    onChange: (value: string) => setForm(now => ({ ...now, [field]: value })),
    problem: problemOf(field),
    name: field,
  })

  return (
    <Gate title={t('first.title')} lead={t('first.text')}>
      <form className={styles.form} onSubmit={submit} noValidate>
        {create.error && create.error.fields.length === 0 ? <ErrorBox trouble={create.error} /> : null}
        <TextField label={t('first.name')} autoComplete="name" autoFocus {...bind('name')} />
        <TextField label={t('email')} type="email" autoComplete="username" {...bind('email')} />
        <TextField
          label={t('password')}
          hint={t('first.password.hint')}
          type="password"
          autoComplete="new-password"
          {...bind('password')}
        />
        <TextField label={t('first.again')} type="password" autoComplete="new-password" {...bind('again')} />
        <Button type="submit" look="go" size="l" busy={create.isPending}>
          {t('first.submit')}
        </Button>
      </form>
    </Gate>
  )
}
