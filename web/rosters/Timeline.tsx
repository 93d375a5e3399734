import type { ReactNode } from 'react'
import type { DayView, SpanView } from '../../node/offsite/view.js'
import { useNow } from '../parts/now.js'
import { useLanguage } from '../words/words.js'
import styles from './Timeline.module.css'
import { wallDay } from './wall.js'

export type BarTone = 'on-site' | 'on-call' | 'second-line' | 'hole' | 'absence' | 'open' | 'proposed'

export interface Bar extends SpanView {
  key: string
  tone: BarTone
  /** What stands on it. */
  text: ReactNode
  /** All of it in words, for who hears it and for hovering. */
  label: string
  /** It does not go together with another. */
  wrong?: boolean
  onPress?: () => void
}

export interface TimelineRow {
  key: string
  head: ReactNode
  bars: Bar[]
}

/** Some days from left to right, a row for each person or thing: real time, so that a night of the clocks has its length. */
export function Timeline({
  caption,
  corner,
  span,
  timeZone,
  days,
  rows,
}: {
  caption: string
  corner: ReactNode
  span: SpanView
  timeZone: string
  days: DayView[]
  rows: TimelineRow[]
}) {
  const { locale } = useLanguage()
  const now = useNow()
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)]
  const place = (ms: number) => ((Math.min(Math.max(ms, from), to) - from) / (to - from)) * 100
  const box = (begin: string, end: string) => {
    const left = place(Date.parse(begin))
    return { left: `${left}%`, width: `${place(Date.parse(end)) - left}%` }
  }
  const lines = days
    .slice(1)
    .map(day => (
      <span key={day.date} className={styles.line} style={{ left: `${place(Date.parse(day.from))}%` }} />
    ))
  const isNow = now >= from && now < to
  return (
    <div className={styles.frame}>
      <div className={styles.grid}>
        <div className={styles.corner}>{corner}</div>
        <div className={styles.days}>
          {days.map((day, n) => (
            <span
              key={day.date}
              className={
                now >= Date.parse(day.from) && now < Date.parse(days[n + 1]?.from ?? span.to)
                  ? styles.today
                  : ''
              }
              style={box(day.from, days[n + 1]?.from ?? span.to)}
            >
              {wallDay(day.from, timeZone, locale)}
            </span>
          ))}
        </div>
        <ul className={styles.rows} aria-label={caption}>
          {rows.map(row => (
            <li key={row.key}>
              <div className={styles.head}>{row.head}</div>
              <div className={styles.track}>
                {lines}
                {isNow ? <span className={styles.now} style={{ left: `${place(now)}%` }} /> : null}
                {row.bars.map(bar => {
                  const className = [styles.bar, styles[bar.tone], bar.wrong ? styles.wrong : ''].join(' ')
                  return bar.onPress ? (
                    <button
                      key={bar.key}
                      type="button"
                      className={className}
                      style={box(bar.from, bar.to)}
                      title={bar.label}
                      aria-label={bar.label}
                      onClick={bar.onPress}
                    >
                      {bar.text}
                    </button>
                  ) : (
                    <span key={bar.key} className={className} style={box(bar.from, bar.to)} title={bar.label}>
                      <span aria-hidden="true">{bar.text}</span>
                      <span className="unseen">{bar.label}</span>
                    </span>
                  )
                })}
              </div>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}
