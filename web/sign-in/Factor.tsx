import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser'
import { KeyRound } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { SessionView } from '../../node/accounts/view.js'
import { call } from '../api/call.js'
import { mayHavePasskeys, showPasskey } from '../api/passkey.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import styles from './Gate.module.css'

/** What the node answers a right password with, where the account has a second factor. */
export interface Challenge {
  challenge: string
  factors: string[]
  passkey?: PublicKeyCredentialRequestOptionsJSON
}

/** The second step of signing in. */
export function Factor({
  asked,
  onIn,
  onBack,
}: {
  asked: Challenge
  onIn: (session: SessionView) => void
  /** Back to the password; `over`: the node asks for it again. */
  onBack: (over: boolean) => void
}) {
  const t = useWords(signInWords)
  const has = (factor: string) => asked.factors.includes(factor)
  const [recovering, setRecovering] = useState(!has('authenticator') && !has('passkey'))
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [unshown, setUnshown] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [tries, setTries] = useState(0)
  const typing = recovering || has('authenticator')
  const { challenge } = asked

  const show = async (shown: object) => {
    setBusy(true)
    setProblem(null)
    setUnshown(false)
    try {
      const path = '/api/session/factor'
      onIn(await call<SessionView>({ method: 'POST', path, body: { challenge, ...shown }, ungated: true }))
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setProblem(thrown)
      setCode('')
      setBusy(false)
      if (thrown.code === 'unauthenticated') {
        setTries(tries + 1)
        // The node looks at five answers.
        if (tries >= 4) onBack(true)
      }
    }
  }
  const byPasskey = async () => {
    const passkey = await showPasskey(asked.passkey)
    if (passkey === null) setUnshown(true)
    else await show({ passkey })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (code && !busy) void show({ code })
  }
  const wrong = problem?.code === 'unauthenticated'
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {problem && !wrong ? <ErrorBox trouble={problem} /> : null}
      {wrong && !typing ? <ErrorBox trouble={{ message: '' }} words={t('passkey.wrong')} /> : null}
      {unshown ? <p role="status">{t('passkey.none')}</p> : null}
      {has('passkey') && mayHavePasskeys() && !recovering ? (
        <Button
          size="l"
          look={typing ? 'plain' : 'go'}
          icon={<KeyRound aria-hidden="true" />}
          onPress={() => void byPasskey()}
        >
          {t('factor.passkey')}
        </Button>
      ) : null}
      {typing ? (
        <>
          <TextField
            key={recovering ? 'recovery' : 'code'}
            label={t(recovering ? 'factor.recovery' : 'factor.code')}
            {...(recovering ? { hint: t('factor.recovery.hint') } : { inputMode: 'numeric' as const })}
            name="code"
            autoComplete="one-time-code"
            autoFocus
            maxLength={20}
            value={code}
            onChange={setCode}
            problem={wrong && !code ? t('factor.wrong') : undefined}
          />
          <Button type="submit" look="go" size="l" busy={busy}>
            {t('factor.submit')}
          </Button>
        </>
      ) : null}
      <Button look="quiet" onPress={() => setRecovering(!recovering)}>
        {t(recovering ? 'factor.useCode' : 'factor.useRecovery')}
      </Button>
      <Button look="quiet" onPress={() => onBack(false)}>
        {t('factor.back')}
      </Button>
    </form>
  )
}
