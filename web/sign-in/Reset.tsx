import { type FormEvent, useState } from 'react'
import { useAct } from '../api/data.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useTitle } from '../shell/title.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { Gate } from './Gate.js'
import styles from './Gate.module.css'
import { useLinkToken } from './link-token.js'

const PASSWORD_MIN_CHARACTERS = 12

/** /reset: a new password by the link of a letter. Signing in stays to be done, with whatever else it asks for. */
export default function Reset() {
  const t = useWords(signInWords)
  const [token, forget] = useLinkToken('reset')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  useTitle(t('reset.title'))
  const set = useAct<void>(
    () => ({ method: 'POST', path: '/api/session/reset', body: { token, password } }),
    { onDone: forget },
  )
  if (set.isSuccess)
    return (
      <Gate title={t('reset.done')} lead={t('reset.done.text')}>
        <ButtonLink href="/sign-in" look="go">
          {t('submit')}
        </ButtonLink>
      </Gate>
    )
  if (!token || set.error?.code === 'unauthenticated')
    return (
      <Gate title={t('reset.dead')} lead={t('reset.dead.text')}>
        <ButtonLink href="/forgotten" look="go">
          {t('reset.again')}
        </ButtonLink>
      </Gate>
    )
  const own = {
    password: password.length < PASSWORD_MIN_CHARACTERS ? t('reset.short') : undefined,
    again: again !== password ? t('first.different') : undefined,
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (own.password === undefined && own.again === undefined) set.mutate()
  }
  return (
    <Gate title={t('reset.title')} lead={t('reset.text')}>
      <form className={styles.form} onSubmit={submit} noValidate>
        {set.error && set.error.fields.length === 0 ? <ErrorBox trouble={set.error} /> : null}
        <TextField
          label={t('reset.password')}
          hint={t('reset.hint')}
          type="password"
          name="password"
          autoComplete="new-password"
          autoFocus
          value={password}
          onChange={setPassword}
          problem={(tried ? own.password : undefined) ?? set.error?.field('password')}
        />
        <TextField
          label={t('first.again')}
          type="password"
          name="again"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          problem={tried ? own.again : undefined}
        />
        <Button type="submit" look="go" size="l" busy={set.isPending}>
          {t('reset.submit')}
        </Button>
      </form>
    </Gate>
  )
}
