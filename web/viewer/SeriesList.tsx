import { useEffect, useRef, useState } from 'react'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import type { Pictures } from './pictures.js'
import type { Series } from './series.js'
import styles from './Viewer.module.css'

export interface SeriesListProps {
  series: Series[]
  current: string | null
  pictures: Pictures
  /** Small pictures wait until the first large one is on the screen. */
  mayDraw: boolean
  onChoose: (SeriesInstanceUID: string) => void
}

export function SeriesList({ series, current, pictures, mayDraw, onChoose }: SeriesListProps) {
  const t = useWords(words)
  const chosen = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (current) chosen.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
  return (
    <nav className={styles.series} aria-label={t('series')}>
      <ul>
        {series.map(each => {
          const name = each.description ?? t('series.one', { n: each.number ?? '–' })
          return (
            <li key={each.SeriesInstanceUID}>
              <button
                type="button"
                ref={each.SeriesInstanceUID === current ? chosen : undefined}
                className={styles.thumb}
                aria-current={each.SeriesInstanceUID === current ? 'true' : undefined}
                onClick={() => onChoose(each.SeriesInstanceUID)}
              >
                <Thumbnail series={each} pictures={pictures} mayDraw={mayDraw} />
                <span className={styles.thumbName}>{name}</span>
                <span className={styles.thumbCount}>
                  {each.modality}
                  {each.instances !== undefined && ` · ${t('series.images', { n: each.instances })}`}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

/** Drawn when it first comes into sight; one that cannot be drawn stays black, its series says why when opened. */
function Thumbnail({ series, pictures, mayDraw }: { series: Series; pictures: Pictures; mayDraw: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [seen, setSeen] = useState(false)
  const [drawn, setDrawn] = useState(false)

  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const watch = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) setSeen(true)
    })
    watch.observe(element)
    return () => watch.disconnect()
  }, [])

  useEffect(() => {
    if (!seen || !mayDraw || drawn) return
    let gone = false
    const draw = async () => {
      const frames = await pictures.of(series.SeriesInstanceUID, series.instances)
      const middle = frames[Math.floor(frames.length / 2)]
      const { drawThumbnail } = await import('./thumbnail.js')
      if (!middle || gone || !canvas.current) return
      await drawThumbnail(canvas.current, middle)
      setDrawn(true)
    }
    draw().catch(() => setDrawn(true))
    return () => {
      gone = true
    }
  }, [seen, mayDraw, drawn, series.SeriesInstanceUID, series.instances, pictures])

  return <canvas ref={canvas} width={192} height={192} className={styles.thumbPicture} aria-hidden />
}
