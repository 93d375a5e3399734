import type { ChannelName, ReachView } from '../../node/notifications/view.js'
import styles from '../account/Account.module.css'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { reachWords } from '../words/reach.js'
import { useWords } from '../words/words.js'

const all: readonly ChannelName[] = ['screen', 'push', 'telephone', 'email']

/** Each channel tried by the real way, and what its person said of it. */
export function Trials({ reach }: { reach: ReachView }) {
  const t = useWords(reachWords)
  const formats = useFormats()
  const toasts = useToasts()
  const refresh = { refresh: [['notices']], onProblem: toasts.trouble }
  const ring = useAct<ReachView, ChannelName>(
    channel => ({ method: 'POST', path: '/api/reach/tests', body: { channel } }),
    refresh,
  )
  const heard = useAct<ReachView, string>(
    notice => ({ method: 'POST', path: `/api/reach/tests/${notice}/heard` }),
    refresh,
  )
  const lackOf = (channel: ChannelName) =>
    !reach.channels.includes(channel)
      ? t('channel.off')
      : channel === 'telephone' && !reach.telephone
        ? t('channel.noPhone')
        : channel === 'push' && reach.devices.length === 0
          ? t('channel.noDevice')
          : undefined
  return (
    <>
      <p className="second">{t('channels.text')}</p>
      <ul className={styles.rows}>
        {all.map(channel => {
          const lack = lackOf(channel)
          const last = reach.tests.find(test => test.channel === channel)
          const name = t(`channel.${channel}`)
          return (
            <li key={channel}>
              <div>
                <span className={styles.device}>
                  <strong>{name}</strong>
                  {last?.heardAt ? (
                    <Tag tone="ok" title={formats.exact(last.heardAt)}>
                      {t('test.heard', { at: formats.moment(last.heardAt) })}
                    </Tag>
                  ) : last ? (
                    <Tag tone={last.state === 'failed' ? 'late' : 'near'}>{t(`state.${last.state}`)}</Tag>
                  ) : null}
                </span>
                <small>
                  {lack ??
                    (last ? t('test.at', { at: formats.moment(last.at) }) : t('test.never')) +
                      (last?.reason ? ` · ${last.reason}` : '')}
                </small>
              </div>
              {last && !last.heardAt && last.state !== 'failed' ? (
                <Button look="go" size="s" busy={heard.isPending} onPress={() => heard.mutate(last.notice)}>
                  {t('heard')}
                </Button>
              ) : null}
              <Button
                size="s"
                aria-label={t('test.of', { channel: name })}
                isDisabled={lack !== undefined}
                busy={ring.isPending && ring.variables === channel}
                onPress={() => ring.mutate(channel)}
              >
                {t('test')}
              </Button>
            </li>
          )
        })}
      </ul>
    </>
  )
}
