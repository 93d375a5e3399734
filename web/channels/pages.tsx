import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, TriangleAlert } from 'lucide-react'
import type { ChannelHealthView, ChannelsView } from '../../node/notifications/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { channelWords as words } from '../words/channels.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Channels.module.css'

const tones: Record<ChannelHealthView['state'], Tone> = {
  off: 'plain',
  well: 'ok',
  down: 'late',
  unknown: 'near',
}
const icons = { off: CircleDashed, well: CircleCheck, down: CircleAlert, unknown: CircleHelp }
/** Only a message says whether they carry. */
const SILENT: readonly ChannelHealthView['channel'][] = ['push', 'telephone']
const CHECKED: readonly ChannelHealthView['channel'][] = ['email', 'push', 'telephone']

/** /channels: whether people can be reached. */
export default function Channels() {
  const t = useWords(words)
  const formats = useFormats()
  const { can } = useSession()
  const asked = useData<ChannelsView>(['channels'], '/api/channels', { repeat: () => 30_000 })
  const check = useAct<ChannelsView, string>(
    name => ({ method: 'POST', path: `/api/channels/${name}/check` }),
    {
      refresh: [['channels']],
    },
  )
  const view = asked.data
  return (
    <Page title={t('title')}>
      <p className={`second ${styles.intro}`}>{t('intro')}</p>
      {asked.error ? (
        <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : null}
      {check.error ? <ErrorBox trouble={check.error} /> : null}
      {view?.escalation.state === 'stopped' ? (
        <div className={styles.stopped} role="alert">
          <TriangleAlert aria-hidden />
          <p>
            <strong>{t('escalation.stopped')}</strong>{' '}
            {t('escalation.text', {
              n: view.escalation.overdue,
              at: formats.moment(view.escalation.since),
            })}
          </p>
        </div>
      ) : null}
      {!view ? (
        asked.error ? null : (
          <Skeleton lines={5} height={48} />
        )
      ) : (
        <>
          <Table caption={t('title')}>
            <Head
              columns={[
                t('column.channel'),
                t('column.state'),
                t('column.success'),
                t('column.failure'),
                t('column.queue'),
                { label: t('column.check'), hidden: true },
              ]}
            />
            <tbody>
              {view.items.map(one => {
                const Icon = icons[one.state]
                return (
                  <tr key={one.channel}>
                    <th scope="row" className={styles.channel}>
                      {t(`channel.${one.channel}`)}
                    </th>
                    <td>
                      <Tag tone={tones[one.state]} icon={<Icon size={14} aria-hidden />}>
                        {t(`state.${one.state}`)}
                      </Tag>
                      <span className={styles.under}>
                        {[
                          one.state === 'off' && one.channel !== 'screen'
                            ? t(`off.${one.channel}`)
                            : one.state === 'unknown' && SILENT.includes(one.channel)
                              ? t('unknown.silent')
                              : (one.reason ?? ''),
                          one.downSince ? t('since', { at: formats.moment(one.downSince) }) : '',
                          one.checkedAt ? t('checked', { at: formats.moment(one.checkedAt) }) : '',
                        ]
                          .filter(Boolean)
                          .join(' · ')}
                      </span>
                    </td>
                    <td title={formats.exact(one.lastSuccessAt)}>
                      {formats.moment(one.lastSuccessAt) || '–'}
                    </td>
                    <td title={formats.exact(one.lastFailure?.at)}>
                      {formats.moment(one.lastFailure?.at) || '–'}
                      {one.lastFailure ? (
                        <span className={styles.under}>{one.lastFailure.reason}</span>
                      ) : null}
                    </td>
                    <td>
                      {one.waiting === 0 ? t('queue.none') : formats.number(one.waiting)}
                      {one.oldestAt ? (
                        <span className={styles.under}>
                          {t('queue.oldest', { at: formats.moment(one.oldestAt) })}
                        </span>
                      ) : null}
                    </td>
                    <td>
                      {can('channel.check') && CHECKED.includes(one.channel) && one.state !== 'off' ? (
                        <Button
                          size="s"
                          busy={check.isPending && check.variables === one.channel}
                          aria-label={t('check.of', { channel: t(`channel.${one.channel}`) })}
                          onPress={() => check.mutate(one.channel)}
                        >
                          {t('check')}
                        </Button>
                      ) : null}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </Table>
          {view.dkim ? <Published record={view.dkim} /> : null}
          {view.escalation.state === 'running' ? (
            <p className={`third ${styles.intro}`}>{t('escalation.running')}</p>
          ) : null}
        </>
      )}
    </Page>
  )
}

/** What the domain publishes so that our letters are known as its own. */
function Published({ record }: { record: { name: string; value: string } }) {
  const t = useWords(words)
  const toasts = useToasts()
  const copy = (text: string) =>
    void navigator.clipboard.writeText(text).then(() => toasts.say({ text: t('dkim.copied'), tone: 'ok' }))
  return (
    <section className={`card ${styles.record}`} aria-label={t('dkim')}>
      <h2>{t('dkim')}</h2>
      <p className="second">{t('dkim.text')}</p>
      <dl>
        {(['name', 'value'] as const).map(part => (
          <div key={part}>
            <dt>{t(`dkim.${part}`)}</dt>
            <dd>
              <code>{record[part]}</code>
            </dd>
            {'clipboard' in navigator ? (
              <Button
                size="s"
                look="quiet"
                aria-label={t('dkim.copy.of', { what: t(`dkim.${part}`) })}
                onPress={() => copy(record[part])}
              >
                {t('dkim.copy')}
              </Button>
            ) : null}
          </div>
        ))}
      </dl>
    </section>
  )
}
