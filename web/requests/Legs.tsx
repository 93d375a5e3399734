import type { RequestView } from '../../node/requests/view.js'
import { Bar } from '../parts/Bar.js'
import { useNow } from '../parts/now.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Legs.module.css'

/** Where the time went: total and by cause, from the journal alone. `readAt`: when these figures were true (ms). */
export function Legs({ clock, readAt }: { clock: RequestView['clock']; readAt: number }) {
  const t = useWords(requestWords)
  const formats = useFormats()
  const now = useNow()
  const since = clock.running ? Math.max(0, now - readAt) : 0
  const total = clock.totalMs + since
  const legs = [
    ['site', clock.siteMs],
    ['transfer', clock.transferMs],
    ['reader', clock.readerMs],
    ['paused', clock.pausedMs],
  ] as const
  return (
    <section className={styles.legs}>
      <h2>
        {t('legs.total', { time: formats.span(total) })}{' '}
        <small>{t(clock.running ? 'legs.running' : 'legs.stopped')}</small>
      </h2>
      <dl className={styles.list}>
        {legs.map(([cause, ms]) =>
          ms === 0 && cause === 'paused' ? null : (
            <div key={cause} className={styles.leg}>
              <dt>{t(`legs.${cause}`)}</dt>
              <dd>
                <Bar value={ms} of={Math.max(total, 1)} />
                <span>{formats.span(ms)}</span>
              </dd>
            </div>
          ),
        )}
      </dl>
    </section>
  )
}
