import { ImageOff } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { StudyView } from '../../node/studies/view.js'
import { useData } from '../api/data.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { viewer as words } from '../words/viewer.js'
import { useLanguage, useWords } from '../words/words.js'
import { Bands } from './Bands.js'
import type { JsonDataSet } from './dicom-json.js'
import { type FirstLook, firstLook } from './first-look.js'
import type { Frame } from './frame.js'
import { commandOf } from './keys.js'
import { sayLengths } from './length.js'
import { openPictures, seriesPath } from './pictures.js'
import { presetsFor } from './presets.js'
import { SeriesList } from './SeriesList.js'
import { StackPane } from './StackPane.js'
import type { Series } from './series.js'
import { hasPictures, inReadingOrder, openingIndex, openingSeries, seriesOf, seriesOfView } from './series.js'
import { Toolbar } from './Toolbar.js'
import { usePane } from './use-pane.js'
import styles from './Viewer.module.css'

export interface ViewerProps {
  studyInstanceUID: string
  /** Takes the keyboard when it opens. */
  autoFocus?: boolean
}

/** The images of one study: fills the box it is given. Keys work while the focus is inside it. */
export default function Viewer({ studyInstanceUID, autoFocus = false }: ViewerProps) {
  const t = useWords(words)
  useLengthWords()
  const listed = useData<JsonDataSet[]>(['studies'], seriesPath(studyInstanceUID))
  const study = useData<StudyView>(['studies'], `/api/studies/${studyInstanceUID}`)
  // Whichever is here first: a study page has read the same list already.
  const series = useMemo(() => {
    const known =
      listed.data?.map(seriesOf).filter(each => each !== null) ?? study.data?.seriesList.map(seriesOfView)
    return inReadingOrder(known ?? []).filter(hasPictures)
  }, [listed.data, study.data])
  const pictures = useMemo(() => openPictures(studyInstanceUID), [studyInstanceUID])
  const [chosen, setChosen] = useState<string | null>(null)
  const current = series.find(each => each.SeriesInstanceUID === chosen) ?? openingSeries(series)
  const { frames, trouble, look } = useFrames(pictures, current)
  const pane = usePane(current?.SeriesInstanceUID ?? '', frames, look)
  const frame = useRef<HTMLDivElement>(null)
  const presets = presetsFor(pane.shown ?? undefined)
  const name = current?.description ?? t('series.one', { n: current?.number ?? '–' })
  const said = useSaid(pane.shownIndex, frames.length, name)

  const choosePreset = (key: string) => {
    if (key === '0') pane.setWindow(null)
    const preset = presets.find(each => each.key === key)
    if (preset) pane.setWindow(preset)
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
    if (command.do === 'end') pane.go(command.last ? frames.length - 1 : 0)
    if (command.do === 'series') {
      const next = series[(current ? series.indexOf(current) : -1) + command.by]
      if (next) setChosen(next.SeriesInstanceUID)
    }
    if (command.do === 'preset') choosePreset(command.key)
    if (command.do === 'hold') pane.hold(command.hand)
    if (command.do === 'zoom') pane.zoomBy(command.factor)
    if (command.do === 'invert') pane.invert()
    if (command.do === 'reset') pane.reset()
    if (command.do === 'clear') pane.clearMeasures()
  }

  const missing = listed.error?.code === 'missing' || (listed.data && series.length === 0)
  if (listed.error && !missing) {
    return (
      <div className={styles.viewer}>
        <ErrorBox trouble={listed.error} onRetry={() => listed.refetch()} />
      </div>
    )
  }
  if (missing || pane.broken) {
    const what = pane.broken ? 'failed' : listed.error ? 'missing' : 'empty'
    return (
      <div className={styles.viewer}>
        <Empty icon={<ImageOff aria-hidden />} title={t(`pane.${what}`)}>
          {t(`pane.${what}.text`, { detail: pane.broken ?? '' })}
        </Empty>
      </div>
    )
  }
  return (
    <section className={styles.viewer} aria-label={t('title')} onKeyDown={onKeyDown}>
      <SeriesList
        series={series}
        current={current?.SeriesInstanceUID ?? null}
        pictures={pictures}
        mayDraw={pane.drawn || pane.fault !== null}
        onChoose={setChosen}
      />
      <div className={styles.main}>
        <Toolbar
          pane={pane}
          presets={presets}
          onPreset={choosePreset}
          onDone={() => frame.current?.focus({ preventScroll: true })}
        />
        {trouble ? (
          <div className={styles.pane}>
            <Empty icon={<ImageOff aria-hidden />} title={t('pane.missing')}>
              {trouble}
            </Empty>
          </div>
        ) : (
          <StackPane
            pane={pane}
            look={look}
            frame={frame}
            count={frames.length}
            series={name}
            autoFocus={autoFocus}
          />
        )}
        <Bands study={study.data} />
      </div>
      <p className="unseen" role="status">
        {said}
      </p>
    </section>
  )
}

const noFrames: Frame[] = []

function useFrames(pictures: ReturnType<typeof openPictures>, series: Series | undefined) {
  const t = useWords(words)
  const [read, setRead] = useState<{ of: string; frames: Frame[]; trouble?: string }>({ of: '', frames: [] })
  const first = useRef(true)
  /** Undefined until it is known whether there is one. */
  const [look, setLook] = useState<FirstLook | null>()
  const uid = series?.SeriesInstanceUID
  const instances = series?.instances
  useEffect(() => {
    if (!uid) return
    let gone = false
    pictures.of(uid, instances).then(
      frames => {
        if (gone) return
        const opening = frames[openingIndex(frames)]
        if (first.current) {
          first.current = false
          if (opening) firstLook(opening).then(setLook)
          else setLook(null)
        }
        setRead({ of: uid, frames })
      },
      () => {
        if (gone) return
        setLook(null)
        setRead({ of: uid, frames: noFrames, trouble: t('fault.unreachable') })
      },
    )
    return () => {
      gone = true
    }
  }, [pictures, uid, instances, t])
  return read.of === uid
    ? { frames: read.frames, trouble: read.trouble, look }
    : { frames: noFrames, trouble: undefined, look }
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

function useLengthWords() {
  const t = useWords(words)
  const { locale } = useLanguage()
  useEffect(() => {
    const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 })
    sayLengths({
      millimetres: (n, at) => t(at === 'patient' ? 'length.mm' : 'length.detector', { n: fine.format(n) }),
      pixels: n => t('length.pixels', { n: Math.round(n) }),
    })
  }, [t, locale])
}
