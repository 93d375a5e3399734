import { KeyRound } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { passkeysHere, showPasskey } from '../api/passkey.js'
import type { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { TextField } from '../parts/TextField.js'
import { useSession } from '../session.js'
import { reportWords } from '../words/reports.js'
import { securityWords } from '../words/security.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'

/** What the node is given with a signature. */
export interface Reauthentication {
  password?: string
  code?: string
  passkey?: object
}

/** Where something else is signed for than a report. */
export interface SignatureOf {
  wrong: string
  wrongCode: string
  missing: string
  passkey: string
  /** The call itself waits at the gate for a second factor: the code is asked for there, and once. */
  gated: boolean
}

export interface Signature {
  /** Null while something is still to be typed. */
  given: Reauthentication | null
  fields: ReactNode
  /** Signs by passkey alone; absent where the person has none, or this page cannot use it. */
  passkeyButton: ReactNode
  /** The refusal is about what was given here: the fields say so, and nothing was signed. */
  isAbout(problem: ApiProblem | null): boolean
  clear(): void
}

/** As much as the node asks for now: the password, the second factor of who has one, or a passkey for both. */
export function useSignature(
  problem: ApiProblem | null,
  tried: boolean,
  onPasskey: (given: Reauthentication) => void,
  other?: SignatureOf,
): Signature {
  const t = useWords(reportWords)
  const of = useWords(securityWords)
  const at = useWords(signInWords)
  const { session } = useSession()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [unshown, setUnshown] = useState(false)
  const { confirmation, factor } = session.signature
  const wrong = problem?.field('reauthentication.password')
  const wrongCode = problem?.field('reauthentication.code')
  const wrongKey = problem?.field('reauthentication.passkey')
  // What counted as fresh when the page was read may be too old by now.
  const withPassword = confirmation || wrong !== undefined
  const withCode = (factor && other?.gated !== true) || wrongCode !== undefined
  const ready = (!withPassword || password !== '') && (!withCode || code !== '')
  const byPasskey = async () => {
    setUnshown(false)
    const passkey = await showPasskey()
    if (passkey === null) setUnshown(true)
    else onPasskey({ passkey })
  }
  return {
    given: ready ? { ...(withPassword ? { password } : {}), ...(withCode ? { code } : {}) } : null,
    isAbout: about =>
      [wrong, wrongCode, wrongKey].some(field => field !== undefined) || about?.code === 'unauthenticated',
    clear: () => {
      setPassword('')
      setCode('')
    },
    fields: (
      <>
        {withPassword ? (
          <TextField
            label={t('sign.password')}
            type="password"
            name="password"
            autoComplete="current-password"
            autoFocus
            value={password}
            onChange={setPassword}
            problem={
              wrong && !password
                ? (other?.wrong ?? t('sign.wrong'))
                : tried && !password
                  ? (other?.missing ?? t('sign.missing'))
                  : undefined
            }
          />
        ) : (
          <p className="second">{of('sign.fresh')}</p>
        )}
        {withCode ? (
          <TextField
            label={of('sign.code')}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={setCode}
            problem={
              wrongCode === 'not right' && !code
                ? (other?.wrongCode ?? of('sign.code.wrong'))
                : tried && !code
                  ? at('missing')
                  : undefined
            }
          />
        ) : null}
        {unshown ? <p role="status">{at('passkey.none')}</p> : null}
        {wrongKey ? <p role="alert">{at('passkey.wrong')}</p> : null}
      </>
    ),
    passkeyButton:
      session.secondFactor.enrolled && passkeysHere(session.passkeyHost) ? (
        <Button icon={<KeyRound aria-hidden="true" />} onPress={() => void byPasskey()}>
          {other?.passkey ?? of('sign.passkey')}
        </Button>
      ) : null,
  }
}
