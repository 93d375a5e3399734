import { BellRing } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ReachView } from '../../node/notifications/view.js'
import styles from '../account/Account.module.css'
import { useAct } from '../api/data.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { reachWords } from '../words/reach.js'
import { useWords } from '../words/words.js'
import { letThisBrowserSleep, pushLack, subscriptionHere, wakeThisBrowser } from './push.js'

/** Whether this browser wakes its person when closed, the others that do, and the desktop's own messages. */
export function Here({ reach }: { reach: ReachView }) {
  const t = useWords(reachWords)
  const formats = useFormats()
  const toasts = useToasts()
  const [isOn, setOn] = useState<boolean | null>(null)
  const [busy, setBusy] = useState(false)
  const [allowed, setAllowed] = useState(() => 'Notification' in globalThis && Notification.permission)
  const lack = pushLack(reach.pushKey)
  const remove = useAct<undefined, string>(id => ({ method: 'DELETE', path: `/api/reach/devices/${id}` }), {
    refresh: [['notices']],
    onProblem: toasts.trouble,
  })
  useEffect(() => {
    void subscriptionHere().then(found => setOn(found !== null))
  }, [])

  const turn = async () => {
    setBusy(true)
    try {
      if (isOn) {
        await letThisBrowserSleep()
        setOn(false)
        toasts.say({ text: t('push.gone') })
      } else {
        const woken = await wakeThisBrowser(reach.pushKey ?? '')
        setOn(woken === 'on')
        toasts.say(
          woken === 'on' ? { text: t('push.done'), tone: 'ok' } : { text: t(`push.${woken}`), tone: 'late' },
        )
      }
    } catch (problem) {
      if (!(problem instanceof ApiProblem)) throw problem
      toasts.trouble(problem)
    } finally {
      setBusy(false)
    }
  }

  return (
    <>
      <ul className={styles.rows}>
        <li>
          <div>
            <strong>{t('push.on')}</strong>
            <small>{lack ? t(`push.lack.${lack}`) : t(isOn ? 'push.active' : 'push.inactive')}</small>
          </div>
          {lack && !isOn ? null : (
            <Button
              look={isOn ? 'plain' : 'go'}
              size="s"
              busy={busy}
              isDisabled={isOn === null}
              onPress={() => void turn()}
            >
              {t(isOn ? 'push.turnOff' : 'push.turnOn')}
            </Button>
          )}
        </li>
        {allowed === false ? null : (
          <li>
            <div>
              <strong>{t('desktop')}</strong>
              <small>{allowed === 'denied' ? t('push.lack.denied') : t('desktop.text')}</small>
            </div>
            {allowed === 'granted' ? (
              <small>{t('desktop.on')}</small>
            ) : allowed === 'default' ? (
              <Button
                size="s"
                onPress={() => void Notification.requestPermission().then(answer => setAllowed(answer))}
              >
                {t('desktop.ask')}
              </Button>
            ) : null}
          </li>
        )}
      </ul>
      <h3>{t('devices')}</h3>
      {reach.devices.length === 0 ? <p className="second">{t('devices.none')}</p> : null}
      <ul className={styles.rows}>
        {reach.devices.map(({ id, name, since, lastUse }) => (
          <li key={id}>
            <BellRing aria-hidden="true" size={18} className={styles.icon} />
            <div>
              <strong>{name}</strong>
              <small>
                {t('device.since', {
                  since: formats.moment(since),
                  last: lastUse ? formats.moment(lastUse) : t('device.never'),
                })}
              </small>
            </div>
            <Button
              size="s"
              look="quiet"
              aria-label={t('device.remove.of', { name })}
              onPress={() => remove.mutate(id)}
            >
              {t('device.remove')}
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}
