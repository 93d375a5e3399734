import { Laptop } from 'lucide-react'
import type { OwnSessionView } from '../../node/accounts/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { securityWords } from '../words/security.js'
import { useWords } from '../words/words.js'
import styles from './Account.module.css'

/** Where the person's account is open. */
export function OwnSessions() {
  const t = useWords(securityWords)
  const role = useWords(common)
  const format = useFormats()
  const toasts = useToasts()
  const list = useData<ListView<OwnSessionView>>(['sessions'], '/api/sessions')
  const end = useAct<undefined, OwnSessionView | null>(
    session => ({ method: 'DELETE', path: session ? `/api/sessions/${session.id}` : '/api/sessions' }),
    {
      refresh: [['sessions']],
      onDone: (_, session) => toasts.say({ text: t(session ? 'sessions.ended' : 'sessions.endedOthers') }),
      onProblem: problem => toasts.trouble(problem),
    },
  )
  const items = list.data?.items
  if (list.error) return <ErrorBox trouble={list.error} onRetry={() => void list.refetch()} />
  if (!items) return <Skeleton lines={2} height={40} />
  const deviceOf = ({ browser, system }: OwnSessionView) =>
    browser && system
      ? t('sessions.device', { browser, system })
      : (browser ?? system ?? t('sessions.device.unknown'))
  return (
    <>
      <p className="second">{t('sessions.text')}</p>
      <ul className={styles.rows}>
        {items.map(session => (
          <li key={session.id}>
            <Laptop aria-hidden="true" size={18} className={styles.icon} />
            <div>
              <span className={styles.device}>
                <strong>{deviceOf(session)}</strong>
                {session.current ? <Tag tone="ok">{t('sessions.current')}</Tag> : null}
                {session.locked ? <Tag tone="plain">{t('sessions.locked')}</Tag> : null}
              </span>
              <small>
                {role(`role.${session.role}`)} · {session.siteName}
              </small>
              <small>
                {t('sessions.from', {
                  address: session.address ?? '–',
                  since: format.moment(session.since),
                  last: format.moment(session.lastUsedAt),
                })}
              </small>
            </div>
            {session.current ? null : (
              <Button
                size="s"
                look="quiet"
                aria-label={t('sessions.end.of', { device: deviceOf(session) })}
                onPress={() => end.mutate(session)}
              >
                {t('sessions.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {items.length > 1 ? (
        <div>
          <Button busy={end.isPending} onPress={() => end.mutate(null)}>
            {t('sessions.endOthers')}
          </Button>
        </div>
      ) : null}
    </>
  )
}
