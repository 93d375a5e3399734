import type { PeerView } from '../../node/peers/view.js'
import { Tag } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Network.module.css'

type HealthOf = Pick<PeerView, 'health'>['health']

/** A filled disc with a tick, a triangle, a ring: told apart without colour. Drawn in a box of 14 × 14. */
export function HealthSign({ health }: { health: HealthOf }) {
  return (
    <g className={styles[health]}>
      {health === 'up' ? (
        <>
          <circle cx="7" cy="7" r="6" />
          <path d="m4.2 7.2 2 2 3.6-4" className={styles.tick} />
        </>
      ) : null}
      {health === 'down' ? <path d="M7 1 13.5 13H.5z" /> : null}
      {health === 'unknown' ? <circle cx="7" cy="7" r="5" className={styles.ring} /> : null}
    </g>
  )
}

/** The sign, the word, and since when. */
export function Health({ peer }: { peer: PeerView }) {
  const t = useWords(words)
  const format = useFormats()
  if (peer.stopped) return <Tag>{t('stopped')}</Tag>
  return (
    <span className={styles.health}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <HealthSign health={peer.health} />
      </svg>
      <span>
        {t(`health.${peer.health}`)}
        <span className={styles.under} title={format.exact(peer.lastSeenAt)}>
          {peer.lastSeenAt ? t('health.seen', { time: format.moment(peer.lastSeenAt) }) : t('health.never')}
          {peer.queued > 0 ? ` · ${t('health.queued', { n: peer.queued })}` : ''}
        </span>
      </span>
    </span>
  )
}
