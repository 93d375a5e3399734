import type { RequestView } from '../../node/requests/view.js'
import { Bar } from '../parts/Bar.js'
import { useNow } from '../parts/now.js'
import { askItemWords } from '../words/ask-items.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { requestHistoryWords } from '../words/request-history.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Legs.module.css'

/** Where the time went: total and by cause, from the journal alone. `readAt`: when these figures were true (ms). */
export function Legs({
  request,
  readAt,
}: {
  request: Pick<RequestView, 'clock' | 'asks' | 'siteName'>
  readAt: number
}) {
  const t = useWords(requestWords)
  const h = useWords(requestHistoryWords)
  const formats = useFormats()
  const now = useNow()
  const { clock } = request
  const since = clock.running ? Math.max(0, now - readAt) : 0
  const total = clock.totalMs + since
  const legs = [
    ['site', clock.siteMs],
    ['transfer', clock.transferMs],
    ['reader', clock.readerMs],
    ['paused', clock.pausedMs],
  ] as const
  const endedBy = clock.ended && knownKey(requestHistoryWords, 'fact.', clock.ended.fact)
  return (
    <section className={styles.legs}>
      <h2>
        {t('legs.total', { time: formats.span(total) })}{' '}
        <small>{t(clock.running ? 'legs.running' : 'legs.stopped')}</small>
      </h2>
      {clock.ended && endedBy ? (
        <p className={styles.ended} title={formats.exact(clock.ended.at)}>
          {h(endedBy)} · {formats.moment(clock.ended.at)}
        </p>
      ) : null}
      <dl className={styles.list}>
        {legs.map(([cause, known]) => {
          const runs = clock.runs === cause
          const ms = known + (runs ? since : 0)
          return ms === 0 && cause === 'paused' && !runs ? null : (
            <div key={cause} className={styles.leg} data-runs={runs || undefined}>
              <dt>{t(`legs.${cause}`)}</dt>
              <dd>
                <Bar value={ms} of={Math.max(total, 1)} />
                <span>{formats.span(ms)}</span>
                {cause === 'paused' ? <Why request={request} /> : null}
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}

/** What the pause waits for, and from whom; afterwards what it was for. */
function Why({
  request: { clock, asks, siteName },
}: {
  request: Pick<RequestView, 'clock' | 'asks' | 'siteName'>
}) {
  const t = useWords(askItemWords)
  const items = asks.flatMap(ask => ask.items)
  const open = clock.runs === 'paused' ? items.filter(({ state }) => state === 'open') : []
  const said = ({ kind, text }: (typeof items)[number]) =>
    kind === 'other' ? text : t('paused.item', { kind: t(`kind.${kind}`), text })
  if (open.length === 0)
    return items.length === 0 ? null : (
      <small className={styles.why}>{t('paused.past', { items: items.map(said).join(', ') })}</small>
    )
  const priors = open.filter(({ kind }) => kind === 'prior')
  const others = open.filter(({ kind }) => kind !== 'prior')
  return (
    <small className={styles.why}>
      {others.length > 0 ? (
        <span>{t('paused', { who: siteName, items: others.map(said).join(', ') })}</span>
      ) : null}
      {priors.length > 0 ? (
        <span>
          {t('paused', { who: t('paused.pacs', { site: siteName }), items: priors.map(said).join(', ') })}
        </span>
      ) : null}
    </small>
  )
}
