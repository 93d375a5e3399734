import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { useAct } from '../api/data.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useTitle } from '../shell/title.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { Gate } from './Gate.js'
import styles from './Gate.module.css'

/** /forgotten: asks for a letter. What is said afterwards does not depend on whether the account exists. */
export default function Forgotten() {
  const t = useWords(signInWords)
  const [email, setEmail] = useState('')
  const [tried, setTried] = useState(false)
  useTitle(t('forgotten.title'))
  const ask = useAct<void>(() => ({
    method: 'POST',
    path: '/api/session/forgotten',
    body: { email: email.trim() },
  }))
  if (ask.isSuccess)
    return (
      <Gate title={t('forgotten.done')} lead={t('forgotten.done.text', { email: email.trim() })}>
        <ButtonLink href="/sign-in" look="go">
          {t('forgotten.back')}
        </ButtonLink>
      </Gate>
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (email.trim()) ask.mutate()
  }
  return (
    <Gate title={t('forgotten.title')} lead={t('forgotten.text')}>
      <form className={styles.form} onSubmit={submit} noValidate>
        {ask.error ? <ErrorBox trouble={ask.error} /> : null}
        <TextField
          label={t('email')}
          type="email"
          name="email"
          autoComplete="username"
          autoFocus
          value={email}
          onChange={setEmail}
          problem={tried && !email.trim() ? t('missing') : undefined}
        />
        <Button type="submit" look="go" size="l" busy={ask.isPending}>
          {t('forgotten.submit')}
        </Button>
        <Link href="/sign-in" className={styles.other}>
          {t('forgotten.back')}
        </Link>
      </form>
    </Gate>
  )
}
