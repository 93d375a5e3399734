import { KeyRound } from 'lucide-react'
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from 'react'
import { keepGate } from '../api/gate.js'
import { passkeysHere, showPasskey } from '../api/passkey.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useSessionState } from '../session.js'
import { securityWords } from '../words/security.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { prove, type Shown } from './prove.js'

const SetUp = lazy(() => import('./SetUp.js'))

interface Asked {
  /** `setUp`: there is none yet. Decided when it is asked: while its recovery codes are shown, there is one. */
  what: 'confirmation' | 'factor' | 'setUp'
  answer: (open: boolean) => void
}

/** After a "no" the same question is not put again at once: pages refresh by themselves. */
const quietMs = 20_000

/** Asks for the password, the second factor, or to set one up, where a call waits for it; the call then goes on. */
export function Proving() {
  const { session, resume } = useSessionState()
  const [asked, setAsked] = useState<Asked | null>(null)
  const enrolled = useRef(false)
  enrolled.current = session?.secondFactor.enrolled === true
  useEffect(() => {
    let quietUntil = 0
    const ask = (what: 'confirmation' | 'factor') => () =>
      Date.now() < quietUntil
        ? Promise.resolve(false)
        : new Promise<boolean>(resolve => {
            setAsked({
              what: what === 'factor' && !enrolled.current ? 'setUp' : what,
              answer: open => {
                if (!open) quietUntil = Date.now() + quietMs
                setAsked(null)
                resolve(open)
              },
            })
          })
    const stops = [
      keepGate('confirmation-required', ask('confirmation')),
      keepGate('second-factor-required', ask('factor')),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  if (!asked || !session) return null
  if (asked.what === 'setUp')
    return (
      <Suspense fallback={null}>
        <SetUp required onDone={() => asked.answer(true)} onClose={() => asked.answer(false)} />
      </Suspense>
    )
  return (
    <Question
      what={asked.what}
      passkeyHost={session.passkeyHost}
      onProve={async shown => {
        resume(await prove(shown))
        asked.answer(true)
      }}
      onClose={() => asked.answer(false)}
    />
  )
}

function Question({
  what,
  passkeyHost,
  onProve,
  onClose,
}: {
  what: 'confirmation' | 'factor'
  passkeyHost: string | undefined
  onProve: (shown: Shown) => Promise<void>
  onClose: () => void
}) {
  const t = useWords(securityWords)
  const of = useWords(signInWords)
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [unshown, setUnshown] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const field = what === 'confirmation' ? 'password' : 'code'
  const show = async (shown: Shown) => {
    setBusy(true)
    setProblem(null)
    setUnshown(false)
    try {
      await onProve(shown)
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setProblem(thrown)
      setTyped('')
      setBusy(false)
    }
  }
  const byPasskey = async () => {
    const passkey = await showPasskey()
    if (passkey === null) setUnshown(true)
    else await show({ passkey })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed && !busy) void show({ [field]: typed })
  }
  const wrong = problem?.field(field) !== undefined
  return (
    <Dialog
      title={t(what === 'confirmation' ? 'proof.title' : 'proof.factor.title')}
      open
      onClose={onClose}
      size="s"
      grave
    >
      <form onSubmit={submit} noValidate style={{ display: 'contents' }}>
        <p>{t(what === 'confirmation' ? 'proof.text' : 'proof.factor.text')}</p>
        {problem && !wrong ? <ErrorBox trouble={problem} /> : null}
        {unshown ? <p role="status">{of('passkey.none')}</p> : null}
        <TextField
          label={t(what === 'confirmation' ? 'proof.password' : 'proof.code')}
          type={what === 'confirmation' ? 'password' : 'text'}
          autoComplete={what === 'confirmation' ? 'current-password' : 'one-time-code'}
          name={field}
          autoFocus
          value={typed}
          onChange={setTyped}
          problem={wrong && !typed ? t('proof.wrong') : undefined}
        />
        <Button type="submit" look="go" busy={busy}>
          {t('proof.submit')}
        </Button>
        {passkeysHere(passkeyHost) ? (
          <Button icon={<KeyRound aria-hidden="true" />} onPress={() => void byPasskey()}>
            {t('proof.passkey')}
          </Button>
        ) : null}
      </form>
    </Dialog>
  )
}
