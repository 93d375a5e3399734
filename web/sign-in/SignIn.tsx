import { KeyRound } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Link, Redirect, useLocation } from 'wouter'
import type { SessionView } from '../../node/accounts/view.js'
import { call } from '../api/call.js'
import { mayHavePasskeys, showPasskey } from '../api/passkey.js'
import { ApiProblem } from '../api/problem.js'
import { useAddress } from '../api/url.js'
import { actNow } from '../lock/activity.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useSessionState } from '../session.js'
import { useTitle } from '../shell/title.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { type Challenge, Factor } from './Factor.js'
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

  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [notice, setNotice] = useState<'passkey.none' | 'passkey.wrong' | 'factor.over' | null>(null)
  const [challenge, setChallenge] = useState<Challenge | null>(null)

  const enter = (answer: SessionView) => {
    actNow()
    begin(answer)
    go(back, { replace: true })
  }
  const signIn = async () => {
    setBusy(true)
    setProblem(null)
    setNotice(null)
    try {
      const body = { email, password }
      enter(await call<SessionView>({ method: 'POST', path: '/api/session', body, ungated: true }))
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      if (thrown.code === 'second-factor-required') setChallenge(thrown.more as unknown as Challenge)
      else setProblem(thrown)
      setPassword('')
      setBusy(false)
    }
  }
  const byPasskey = async () => {
    setProblem(null)
    setNotice(null)
    try {
      const passkey = await showPasskey()
      if (passkey === null) return setNotice('passkey.none')
      const path = '/api/session/passkey/sign-in'
      enter(await call<SessionView>({ method: 'POST', path, body: { passkey }, ungated: true }))
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      if (thrown.code === 'unauthenticated') setNotice('passkey.wrong')
      else setProblem(thrown)
    }
  }
  if (session) return <Redirect to={back} replace />

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (email.trim() && password && !busy) void signIn()
  }
  if (challenge) {
    return (
      <Gate title={t('factor.title')} lead={t('factor.text')}>
        <Factor
          asked={challenge}
          onIn={enter}
          onBack={over => {
            setChallenge(null)
            if (over) setNotice('factor.over')
          }}
        />
      </Gate>
    )
  }

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
        {notice ? <p role="alert">{t(notice)}</p> : null}
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
        <Button type="submit" look="go" size="l" busy={busy}>
          {t('submit')}
        </Button>
        {mayHavePasskeys() ? (
          <Button size="l" icon={<KeyRound aria-hidden="true" />} onPress={() => void byPasskey()}>
            {t('passkey')}
          </Button>
        ) : null}
        <Link href="/forgotten" className={styles.other}>
          {t('forgotten')}
        </Link>
      </form>
    </Gate>
  )
}
