import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/browser'
import { useQueryClient } from '@tanstack/react-query'
import { KeyRound, Smartphone } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import type { NewAuthenticatorView, RecoveryView } from '../../node/accounts/view.js'
import { call } from '../api/call.js'
import { orNull, passkeysHere } from '../api/passkey.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { securityWords } from '../words/security.js'
import { useWords } from '../words/words.js'
import styles from './Account.module.css'
import { RecoveryCodes } from './RecoveryCodes.js'

export type Kind = 'authenticator' | 'passkey'

/** Sets up a second factor; the recovery codes of a first one are shown before anything goes on. */
export default function SetUp({
  kind,
  required = false,
  onDone,
  onClose,
}: {
  /** Not told: the person chooses. */
  kind?: Kind
  /** A call waits for it. */
  required?: boolean
  onDone: () => void
  onClose: () => void
}) {
  const t = useWords(securityWords)
  const client = useQueryClient()
  const toasts = useToasts()
  const { session } = useSession()
  const [chosen, setChosen] = useState(kind)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const finish = () => {
    void client.invalidateQueries({ queryKey: ['session'] })
    void client.invalidateQueries({ queryKey: ['factors'] })
    toasts.say({ text: t('setUp.done'), tone: 'ok' })
    onDone()
  }
  const made = (answer: RecoveryView) => (answer.codes ? setCodes(answer.codes) : finish())
  if (codes)
    return (
      <Dialog
        title={t('codes.title')}
        open
        grave
        foot={
          <Button look="go" onPress={finish}>
            {t('codes.done')}
          </Button>
        }
      >
        <RecoveryCodes codes={codes} />
      </Dialog>
    )
  if (chosen === 'authenticator') return <NewAuthenticator onMade={made} onClose={onClose} />
  if (chosen === 'passkey') return <NewPasskey onMade={made} onClose={onClose} />
  return (
    <Dialog title={t(required ? 'proof.setUp.title' : 'factors.title')} open onClose={onClose} grave>
      <p>{t(required ? 'proof.setUp.text' : 'setUp.choose')}</p>
      <div className={styles.ways}>
        <Button size="l" icon={<Smartphone aria-hidden="true" />} onPress={() => setChosen('authenticator')}>
          {t('factors.authenticator')}
        </Button>
        <small>{t('factors.authenticator.text')}</small>
        {passkeysHere(session.passkeyHost) ? (
          <>
            <Button size="l" icon={<KeyRound aria-hidden="true" />} onPress={() => setChosen('passkey')}>
              {t('factors.passkeys')}
            </Button>
            <small>{t('factors.passkeys.text')}</small>
          </>
        ) : null}
      </div>
    </Dialog>
  )
}

interface StepProps {
  onMade: (answer: RecoveryView) => void
  onClose: () => void
}

function NewAuthenticator({ onMade, onClose }: StepProps) {
  const t = useWords(securityWords)
  const [proposed, setProposed] = useState<NewAuthenticatorView | null>(null)
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  useEffect(() => {
    let left = false
    call<NewAuthenticatorView>({ method: 'POST', path: '/api/session/authenticator' }).then(
      view => {
        if (!left) setProposed(view)
      },
      (thrown: unknown) => {
        if (!(thrown instanceof ApiProblem)) throw thrown
        if (!left) setProblem(thrown)
      },
    )
    return () => {
      left = true
    }
  }, [])
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!code || busy) return
    setBusy(true)
    setProblem(null)
    try {
      onMade(await call<RecoveryView>({ method: 'PUT', path: '/api/session/authenticator', body: { code } }))
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setProblem(thrown)
      setCode('')
    }
    setBusy(false)
  }
  const wrong = problem?.field('code') !== undefined
  return (
    <Dialog title={t('setUp.title')} open onClose={onClose} grave>
      {problem && !wrong ? <ErrorBox trouble={problem} /> : null}
      <form onSubmit={event => void submit(event)} noValidate className={styles.setUp}>
        <p>{t('setUp.scan')}</p>
        {proposed ? (
          <img
            className={styles.qr}
            src={`data:image/svg+xml,${encodeURIComponent(proposed.qr)}`}
            alt={t('setUp.scan')}
            width={200}
            height={200}
          />
        ) : problem ? null : (
          <Skeleton lines={1} height={200} />
        )}
        <p>
          {t('setUp.secret')}
          <br />
          <code className={styles.secret}>{proposed?.secret.match(/.{1,4}/g)?.join(' ') ?? '…'}</code>
        </p>
        <TextField
          label={t('setUp.code')}
          inputMode="numeric"
          autoComplete="one-time-code"
          name="code"
          maxLength={7}
          autoFocus
          value={code}
          onChange={setCode}
          problem={wrong && !code ? t('setUp.wrong') : undefined}
        />
        <Button type="submit" look="go" busy={busy} isDisabled={!proposed}>
          {t('setUp.submit')}
        </Button>
      </form>
    </Dialog>
  )
}

function NewPasskey({ onMade, onClose }: StepProps) {
  const t = useWords(securityWords)
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [unmade, setUnmade] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const make = async () => {
    const { startRegistration } = await import('@simplewebauthn/browser')
    const optionsJSON = await call<PublicKeyCredentialCreationOptionsJSON>({
      method: 'POST',
      path: '/api/session/passkeys/offer',
    })
    const answer = await orNull(startRegistration({ optionsJSON }))
    if (answer === null) return setUnmade(true)
    onMade(
      await call<RecoveryView>({
        method: 'POST',
        path: '/api/session/passkeys',
        body: { name: name.trim(), answer },
      }),
    )
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!name.trim() || busy) return
    setBusy(true)
    setUnmade(false)
    setProblem(null)
    try {
      await make()
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setProblem(thrown)
    }
    setBusy(false)
  }
  return (
    <Dialog title={t('key.title')} open onClose={onClose} size="s" grave>
      {problem ? <ErrorBox trouble={problem} /> : null}
      {unmade ? <p role="status">{t('key.none')}</p> : null}
      <form onSubmit={event => void submit(event)} noValidate className={styles.setUp}>
        <p>{t('factors.passkeys.text')}</p>
        <TextField
          label={t('key.name')}
          hint={t('key.name.hint')}
          required
          autoFocus
          maxLength={80}
          name="name"
          autoComplete="off"
          value={name}
          onChange={setName}
        />
        <Button type="submit" look="go" busy={busy} icon={<KeyRound aria-hidden="true" />}>
          {t('key.submit')}
        </Button>
      </form>
    </Dialog>
  )
}
