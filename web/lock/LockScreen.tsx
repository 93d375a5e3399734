import { useQuery, useQueryClient } from '@tanstack/react-query'
import { BellRing, KeyRound, LockKeyhole } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import type { LockView, SessionView } from '../../node/accounts/view.js'
import type { AlarmView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import alarmStyles from '../alarm/Alarm.module.css'
import { AlarmCard, OverLine, ringingWords } from '../alarm/AlarmCard.js'
import { play, soundsHere } from '../alarm/sounds.js'
import { useAlarms, useEnded, useRinging } from '../alarm/use-alarms.js'
import { call } from '../api/call.js'
import { passkeysHere, showPasskey } from '../api/passkey.js'
import { ApiProblem } from '../api/problem.js'
import { eraseDrafts } from '../drafts/drafts.js'
import { openLine } from '../live/line.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { alarmWords } from '../words/alarm.js'
import { securityWords } from '../words/security.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import styles from './Lock.module.css'

/** All there is in the document while the session is locked: whose it is, the way in, the way out, and the bell. */
export function LockScreen({
  onOpen,
  onEnded,
}: {
  onOpen: (session: SessionView) => void
  onEnded: () => void
}) {
  const t = useWords(securityWords)
  const of = useWords(signInWords)
  const alarmText = useWords(alarmWords)
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [unshown, setUnshown] = useState(false)
  const [news, setNews] = useState(0)
  const [ended, setEnded] = useState<AlarmView | null>(null)
  const client = useQueryClient()
  const alarms = useAlarms(true)
  const heard = useRinging(alarms)
  useEnded(alarms, setEnded)
  const asked = useQuery<LockView, ApiProblem>({
    queryKey: ['lock'],
    queryFn: () => call<LockView>({ method: 'GET', path: '/api/session/lock', ungated: true }),
    gcTime: 0,
    staleTime: 0,
  })
  const who = asked.data
  const over = asked.error?.code === 'unauthenticated' || problem?.code === 'unauthenticated'
  useEffect(() => {
    if (over) onEnded()
  }, [over, onEnded])

  useEffect(() => {
    const protocol = location.protocol === 'https:' ? 'wss' : 'ws'
    return openLine({
      url: `${protocol}://${location.host}/ws`,
      onMessage: message => {
        if (message.kind !== 'ring' && message.kind !== 'still') return
        void client.invalidateQueries({ queryKey: ['alarms'] }).then(() => {
          const rings = client.getQueryData<ListView<AlarmView>>(['alarms', 'ringing'])
          // News of an emergency that nobody has to answer: said once.
          if (message.kind !== 'ring' || (rings?.items.length ?? 0) > 0) return
          setNews(before => before + 1)
          play(soundsHere().alarm)
        })
      },
      onState: () => undefined,
    })
  }, [client])
  const waiting = alarms.length + news
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) Relais` : 'Relais'
  }, [waiting])

  const unlock = async (shown: object) => {
    setBusy(true)
    setProblem(null)
    setUnshown(false)
    try {
      onOpen(
        await call<SessionView>({ method: 'POST', path: '/api/session/unlock', body: shown, ungated: true }),
      )
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setProblem(thrown)
      setPassword('')
    } finally {
      setBusy(false)
    }
  }
  const byPasskey = async () => {
    const passkey = await showPasskey()
    if (passkey === null) setUnshown(true)
    else await unlock({ passkey })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (password && !busy) void unlock({ password })
  }
  const leave = async () => {
    try {
      await call({ method: 'DELETE', path: '/api/session', ungated: true })
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      if (thrown.code !== 'unauthenticated') return setProblem(thrown)
    }
    if (who) await eraseDrafts(who.id)
    onEnded()
  }
  const wrong = problem?.field('password') !== undefined
  return (
    <main className={styles.lock} aria-label={t('lock.title')}>
      {alarms.length > 0 || ended !== null ? (
        <section className={alarmStyles.locked} aria-label={ringingWords(alarmText, alarms)}>
          {alarms.map(alarm => (
            <AlarmCard key={alarm.alert} alarm={alarm} heard={heard} onClaimed={setEnded}>
              <small className="second">{alarmText('patient.after')}</small>
            </AlarmCard>
          ))}
          {ended && !alarms.some(({ alert }) => alert === ended.alert) ? (
            <OverLine alarm={ended}>
              <small className="second">{alarmText(ended.mine ? 'over.unlock' : 'over.still')}</small>
            </OverLine>
          ) : null}
          {alarms.length > 0 ? (
            <p className="unseen" role="alert">
              {ringingWords(alarmText, alarms)}
            </p>
          ) : null}
        </section>
      ) : news > 0 ? (
        <div className={styles.ring} role="alert">
          <BellRing aria-hidden="true" />
          <strong>{t('lock.rings', { n: news })}</strong>
          <span>{t('lock.rings.text')}</span>
        </div>
      ) : null}
      <form className={styles.box} onSubmit={submit} noValidate>
        <LockKeyhole aria-hidden="true" className={styles.sign} />
        <h1>{t('lock.title')}</h1>
        <p className="second">{t('lock.text')}</p>
        {who ? (
          <p className={styles.who}>
            <strong>{who.name}</strong>
            <small>{who.email}</small>
          </p>
        ) : null}
        {asked.error && !over ? (
          <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
        ) : null}
        {problem && !wrong && !over ? <ErrorBox trouble={problem} /> : null}
        {unshown ? <p role="status">{of('passkey.none')}</p> : null}
        <TextField
          label={t('lock.password')}
          type="password"
          name="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={setPassword}
          problem={wrong && !password ? t('lock.wrong', { name: who?.name ?? '' }) : undefined}
        />
        <Button type="submit" look="go" size="l" busy={busy}>
          {t('lock.submit')}
        </Button>
        {who?.passkeys && passkeysHere(who.passkeyHost) ? (
          <Button size="l" icon={<KeyRound aria-hidden="true" />} onPress={() => void byPasskey()}>
            {t('lock.passkey')}
          </Button>
        ) : null}
        <div className={styles.other}>
          <Button look="quiet" onPress={() => void leave()}>
            {t('lock.other')}
          </Button>
          <small>{t('lock.other.hint', { name: who?.name ?? '' })}</small>
        </div>
      </form>
    </main>
  )
}
