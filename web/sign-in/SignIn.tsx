import { type FormEvent, useState } from 'react'
import { Link, Redirect, useLocation } from 'wouter'
import type { SessionView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useSessionState } from '../session.js'
import { useTitle } from '../shell/title.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { Gate } from './Gate.js'
import styles from './Gate.module.css'

/** Only a path of our own: a link to the sign-in page must not lead elsewhere afterwards. */
export function safeBack(back: string): string {
  return /^\/(?![/\\])/.test(back) ? back : '/'
}

export default function SignIn() {
  const t = useWords(signInWords)
  const { session, begin } = useSessionState()
  const back = safeBack(useAddress().get('back'))
  const [, go] = useLocation()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  useTitle(t('title'))

  const signIn = useAct<SessionView>(
    () => ({ method: 'POST', path: '/api/session', body: { email, password } }),
    {
      onDone: answer => {
        begin(answer)
        go(back, { replace: true })
      },
      onProblem: () => setPassword(''),
    },
  )
  if (session) return <Redirect to={back} replace />

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (email.trim() && password) signIn.mutate()
  }
  const problem = signIn.error

  return (
    <Gate
      title={back === '/' || back === '/open' ? t('title') : t('over.title')}
      lead={back === '/' ? undefined : back === '/open' ? t('open.lead') : t('over.text')}
    >
      <form className={styles.form} onSubmit={submit} noValidate>
        {problem ? (
          problem.code === 'unauthenticated' || problem.code === 'invalid' ? (
            <ErrorBox trouble={{ message: '' }} title={t('wrong')} words={t('wrong.detail')} />
          ) : (
            <ErrorBox trouble={problem} />
          )
        ) : null}
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
        <TextField
          label={t('password')}
          type="password"
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          problem={tried && !password && !problem ? t('missing') : undefined}
        />
        <Button type="submit" look="go" size="l" busy={signIn.isPending}>
          {t('submit')}
        </Button>
        <Link href="/forgotten" className={styles.other}>
          {t('forgotten')}
        </Link>
      </form>
    </Gate>
  )
}
