import { ImageOff } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useSession } from '../session.js'
import { LendDialog } from '../studies/LendDialog.js'
import { viewer as words } from '../words/viewer.js'
import { useLanguage, useWords } from '../words/words.js'
import { Bands } from './Bands.js'
import { BesideBar, type OtherStudy } from './BesideBar.js'
import type { Frame } from './frame.js'
import { commandOf } from './keys.js'
import { sayLengths } from './length.js'
import { sayRois } from './roi.js'
import { SeriesList } from './SeriesList.js'
import { StackPane } from './StackPane.js'
import { Toolbar } from './Toolbar.js'
import { useBeside } from './use-beside.js'
import { useMeasures } from './use-measures.js'
import { type StudyPane, useStudy } from './use-study.js'
import styles from './Viewer.module.css'

export interface ViewerProps {
  studyInstanceUID: string
  /** Takes the keyboard when it opens. */
  autoFocus?: boolean
  /** What may be laid beside it, the nearest first. */
  others?: OtherStudy[]
  /** Images that the reader marks for their report; without it nothing is marked here. */
  stars?: Stars
  /** Takes a measure in words, for the report; without it there is none to insert into. */
  onInsert?: (text: string) => void
}

export interface Stars {
  has(frame: Frame): boolean
  /** The picture as it is shown. */
  toggle(frame: Frame, studyInstanceUID: string, window: { center: number; width: number } | null): void
}

const nothing: OtherStudy[] = []

/** The images of one study, or of two side by side: fills the box it is given. Keys work while the focus is inside it. */
export default function Viewer({
  studyInstanceUID,
  autoFocus = false,
  others = nothing,
  stars,
  onInsert,
}: ViewerProps) {
  const t = useWords(words)
  useMeasureWords()
  const main = useStudy(studyInstanceUID)
  const beside = useBeside(main)
  useMeasures(studyInstanceUID, main.pane.drawn)
  useMeasures(beside.uid === studyInstanceUID ? null : beside.uid, beside.side.pane.drawn)
  const frames = { main: useRef<HTMLDivElement>(null), beside: useRef<HTMLDivElement>(null) }
  const at: StudyPane = beside.active === 'main' ? main : beside.side
  const { pane, presets } = at
  const { can } = useSession()
  const [lending, setLending] = useState(false)
  const [done, setDone] = useState({ text: '', n: 0 })
  const say = (text: string) => setDone(({ n }) => ({ text, n: n + 1 }))
  const scrolled = useSaid(pane.shownIndex, at.frames.length, at.name)
  const focus = (side: 'main' | 'beside') => frames[side].current?.focus({ preventScroll: true })

  const choosePreset = (key: string) => {
    if (key === '0') pane.setWindow(null)
    const preset = presets.find(each => each.key === key)
    if (preset) pane.setWindow(preset)
  }

  const star = () => {
    if (!stars || !pane.shown) return
    const uid = beside.active === 'main' ? studyInstanceUID : (beside.uid ?? '')
    say(t(stars.has(pane.shown) ? 'star.off.said' : 'star.said'))
    stars.toggle(pane.shown, uid, pane.window)
  }

  const insert = () => {
    if (!onInsert) return
    const measure = pane.measure()
    if (!measure || measure.lines.length === 0) return say(t('insert.none'))
    const where = t('insert.where', { series: at.name, n: pane.shown?.InstanceNumber ?? pane.shownIndex + 1 })
    onInsert(t(`insert.${measure.kind}`, { text: measure.lines.join(', '), where }))
    say(t('insert.done'))
  }

  const compare = () => {
    beside.lay(beside.uid === null ? (others[0]?.StudyInstanceUID ?? studyInstanceUID) : null)
    focus('main')
  }

  const cross = () => {
    if (beside.uid === null) return
    const next = beside.active === 'main' ? 'beside' : 'main'
    beside.activate(next)
    focus(next)
  }

  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement
    // Menus open outside this element, but React's events come through here.
    if (event.defaultPrevented || !event.currentTarget.contains(target)) return
    const command = commandOf(event)
    if (!command) return
    if (target.closest('[role=toolbar]') && event.key.startsWith('Arrow')) return
    event.preventDefault()
    event.stopPropagation()
    if (command.do === 'step') pane.step(command.by)
    if (command.do === 'end') pane.go(command.last ? at.frames.length - 1 : 0)
    if (command.do === 'series') {
      const next = at.series[(at.current ? at.series.indexOf(at.current) : -1) + command.by]
      if (next) at.choose(next.SeriesInstanceUID)
    }
    if (command.do === 'preset') choosePreset(command.key)
    if (command.do === 'hold') pane.hold(command.hand)
    if (command.do === 'zoom') pane.zoomBy(command.factor)
    if (command.do === 'invert') pane.invert()
    if (command.do === 'reset') pane.reset()
    if (command.do === 'clear') pane.clearMeasures()
    if (command.do === 'star') star()
    if (command.do === 'insert') insert()
    if (command.do === 'compare') compare()
    if (command.do === 'link') beside.toggleLink()
    if (command.do === 'other') cross()
  }

  if (main.problem && !main.missing) {
    return (
      <div className={styles.viewer}>
        <ErrorBox trouble={main.problem} onRetry={main.retry} />
      </div>
    )
  }
  if (main.missing || main.pane.broken) {
    const what = main.pane.broken ? 'failed' : main.problem ? 'missing' : 'empty'
    return (
      <div className={styles.viewer}>
        <Empty icon={<ImageOff aria-hidden />} title={t(`pane.${what}`)}>
          {t(`pane.${what}.text`, { detail: main.pane.broken ?? '' })}
        </Empty>
      </div>
    )
  }
  return (
    <section className={styles.viewer} aria-label={t('title')} onKeyDown={onKeyDown}>
      <SeriesList
        series={main.series}
        current={main.current?.SeriesInstanceUID ?? null}
        pictures={main.pictures}
        mayDraw={main.pane.drawn || main.pane.fault !== null}
        onChoose={main.choose}
      />
      <div className={styles.main}>
        <Toolbar
          pane={pane}
          presets={presets}
          onPreset={choosePreset}
          onDone={() => focus(beside.active)}
          beside={beside.uid !== null}
          onCompare={compare}
          onStar={stars && star}
          starred={stars !== undefined && pane.shown !== null && stars.has(pane.shown)}
          onInsert={onInsert && insert}
          onLend={can('viewer.lend') ? () => setLending(true) : undefined}
        />
        {beside.uid !== null && (
          <BesideBar beside={beside} own={studyInstanceUID} others={others} onDone={focus} />
        )}
        <div className={styles.panes}>
          <Side
            at={main}
            frame={frames.main}
            stars={stars}
            autoFocus={autoFocus}
            active={beside.uid !== null && beside.active === 'main'}
            onActive={() => beside.activate('main')}
          />
          {beside.uid !== null && (
            <Side
              at={beside.side}
              frame={frames.beside}
              stars={stars}
              autoFocus={false}
              active={beside.active === 'beside'}
              onActive={() => beside.activate('beside')}
            />
          )}
        </div>
        <Bands study={main.study} />
      </div>
      {lending ? <LendDialog uid={studyInstanceUID} onClose={() => setLending(false)} /> : null}
      <p className="unseen" role="status" key={`said-${done.n}`}>
        {done.text}
      </p>
      <p className="unseen" role="status">
        {scrolled}
      </p>
    </section>
  )
}

function Side({
  at,
  frame,
  stars,
  autoFocus,
  active,
  onActive,
}: {
  at: StudyPane
  frame: React.RefObject<HTMLDivElement | null>
  stars: Stars | undefined
  autoFocus: boolean
  active: boolean
  onActive: () => void
}) {
  const t = useWords(words)
  const why = at.trouble ?? (at.missing ? t('beside.none') : undefined)
  if (why)
    return (
      <div className={styles.pane}>
        <Empty icon={<ImageOff aria-hidden />} title={t('pane.missing')}>
          {why}
        </Empty>
      </div>
    )
  return (
    <div
      className={styles.half}
      data-active={active || undefined}
      onPointerDownCapture={onActive}
      onWheelCapture={onActive}
      onFocusCapture={onActive}
    >
      <StackPane
        pane={at.pane}
        look={at.look}
        frame={frame}
        count={at.frames.length}
        series={at.name}
        autoFocus={autoFocus}
        starred={stars !== undefined && at.pane.shown !== null && stars.has(at.pane.shown)}
      />
    </div>
  )
}

/** Said when the scrolling has stopped, not at every image it passes. */
const pauseMs = 450

function useSaid(shownIndex: number, of: number, series: string): string {
  const t = useWords(words)
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (shownIndex < 0) return
    const timer = setTimeout(() => setSaid(t('image.said', { n: shownIndex + 1, of, series })), pauseMs)
    return () => clearTimeout(timer)
  }, [shownIndex, of, series, t])
  return said
}

const MM2_PER_CM2 = 100

function useMeasureWords() {
  const t = useWords(words)
  const { locale } = useLanguage()
  useEffect(() => {
    const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 })
    const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
    const value = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    sayLengths({
      millimetres: (n, at) => t(at === 'patient' ? 'length.mm' : 'length.detector', { n: fine.format(n) }),
      pixels: n => t('length.pixels', { n: Math.round(n) }),
    })
    sayRois({
      values: ({ mean, sd, min, max }, unit) =>
        t('roi.values', {
          mean: value.format(mean),
          sd: value.format(sd),
          min: value.format(min),
          max: value.format(max),
          unit,
        })
          .replace(/ +([,;(])/g, ' $1')
          .replace(/ ,/g, ','),
      area: mm2 =>
        mm2 < MM2_PER_CM2
          ? t('roi.area', { n: whole.format(mm2) })
          : t('roi.area.cm', { n: fine.format(mm2 / MM2_PER_CM2) }),
    })
  }, [t, locale])
}
