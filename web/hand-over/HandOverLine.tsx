import { Link } from 'wouter'
import type { HandOverView } from '../../node/program/view.js'
import { useData } from '../api/data.js'
import { useNow } from '../parts/now.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { handOverWords as words } from '../words/hand-over.js'
import { useWords } from '../words/words.js'
import styles from './HandOver.module.css'

const SOON_MS = 30 * 60_000

/** Above the worklist of a reader whose shift ends soon, or ended, with something open that nobody is to take, or to whom something is handed over. */
export function HandOverLine() {
  const t = useWords(words)
  const formats = useFormats()
  const { can } = useSession()
  const now = useNow()
  const view = useData<HandOverView>(['hand-over'], can('request.hand-over') ? '/api/hand-over' : null, {
    staleTimeMs: 120_000,
    repeat: () => 300_000,
  }).data
  if (!view) return null
  const ends = view.endsAt && Date.parse(view.endsAt) - now < SOON_MS ? view.endsAt : undefined
  const open = view.items.filter(({ to }) => to === undefined).length
  const leaving = ends && open > 0
  if (!leaving && view.forMe.length === 0) return null
  return (
    <div className={styles.line} role="status">
      {leaving ? (
        <span>
          {t(Date.parse(ends) > now ? 'line.ends' : 'line.ended', { time: formats.moment(ends), n: open })}
        </span>
      ) : null}
      {view.forMe.length > 0 ? <span>{t('line.for-me', { n: view.forMe.length })}</span> : null}
      <Link href="/hand-over">{t('open')}</Link>
    </div>
  )
}
