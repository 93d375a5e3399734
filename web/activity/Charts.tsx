import { useFormats } from '../words/format.js'
import styles from './Activity.module.css'

const WIDTH = 720
const HEIGHT = 132
const LEFT = 48
const BOTTOM = 18
const TOP = 8
const BAR_MAX = 44

/** A round number at or above it, whose half is one too: 2, 4, 6, 8, 10, 20 … */
function above(value: number): number {
  if (value <= 2) return 2
  const power = 10 ** Math.floor(Math.log10(value))
  const fits = (step: number) => step * power >= value && (step * power) % 2 === 0
  return ([1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find(fits) ?? 10) * power
}

const minuteMs = 60_000
/** Lengths of time people count in. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 5760, 10_080].map(
  minutes => minutes * minuteMs,
)
const aboveTime = (ms: number) => steps.find(step => step >= ms) ?? Math.ceil(ms / 604_800_000) * 604_800_000

export interface Point {
  label: string
  /** What is said of it on hovering. */
  title: string
}

function Frame({
  label,
  points,
  top,
  half,
  children,
}: {
  label: string
  points: readonly Point[]
  top: string
  half: string
  children: (x: (at: number) => number, width: number) => React.ReactNode
}) {
  const width = (WIDTH - LEFT) / points.length
  const x = (at: number) => LEFT + at * width
  const every = Math.ceil(points.length / 12)
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.chart} role="img" aria-label={label}>
      {[top, half, '0'].map((mark, at) => {
        const y = TOP + ((HEIGHT - TOP - BOTTOM) * at) / 2
        return (
          <g key={at === 2 ? 'zero' : at}>
            <line x1={LEFT} x2={WIDTH} y1={y} y2={y} className={styles.grid} />
            <text x={LEFT - 8} y={y + 4} textAnchor="end">
              {mark}
            </text>
          </g>
        )
      })}
      {children(x, width)}
      {points.map((point, at) =>
        at % every === 0 ? (
          <text key={point.label} x={x(at) + width / 2} y={HEIGHT - 4} textAnchor="middle">
            {point.label}
          </text>
        ) : null,
      )}
      {points.map((point, at) => (
        <rect key={point.label} x={x(at)} y={0} width={width} height={HEIGHT} fill="transparent">
          <title>{point.title}</title>
        </rect>
      ))}
    </svg>
  )
}

const inside = HEIGHT - TOP - BOTTOM

/** How many there were; the darker part is what was answered. */
export function Bars({
  label,
  points,
}: {
  label: string
  points: readonly (Point & { all: number; done?: number })[]
}) {
  const formats = useFormats()
  const top = above(Math.max(...points.map(({ all }) => all)))
  return (
    <Frame label={label} points={points} top={formats.number(top)} half={formats.number(top / 2)}>
      {(x, width) =>
        points.map((point, at) => {
          const tall = (value: number) => (value / top) * inside
          const wide = Math.min(width * 0.7, BAR_MAX)
          const bar = (value: number, look: string | undefined) => (
            <rect
              x={x(at) + (width - wide) / 2}
              y={HEIGHT - BOTTOM - tall(value)}
              width={wide}
              height={tall(value)}
              rx={1}
              className={look}
            />
          )
          return (
            <g key={point.label}>
              {bar(point.all, point.done === undefined ? styles.bar : styles.pale)}
              {point.done === undefined ? null : bar(point.done, styles.bar)}
            </g>
          )
        })
      }
    </Frame>
  )
}

/** How long it took: the middle one as a dot, and a line up to nine of ten. */
export function Delays({
  label,
  points,
}: {
  label: string
  points: readonly (Point & { medianMs?: number; p90Ms?: number })[]
}) {
  const formats = useFormats()
  const top = aboveTime(Math.max(minuteMs, ...points.map(({ p90Ms }) => p90Ms ?? 0)))
  return (
    <Frame label={label} points={points} top={formats.span(top)} half={formats.span(top / 2)}>
      {(x, width) =>
        points.map((point, at) => {
          if (point.medianMs === undefined || point.p90Ms === undefined) return null
          const y = (ms: number) => HEIGHT - BOTTOM - (ms / top) * inside
          const middle = x(at) + width / 2
          return (
            <g key={point.label}>
              <line
                x1={middle}
                x2={middle}
                y1={y(point.medianMs)}
                y2={y(point.p90Ms)}
                className={styles.range}
              />
              <circle cx={middle} cy={y(point.medianMs)} r={3.5} className={styles.dot} />
            </g>
          )
        })
      }
    </Frame>
  )
}
