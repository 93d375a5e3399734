import { ChevronLeft, ChevronRight, Images } from 'lucide-react'
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { AnswerImagesView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import type { JsonDataSet } from '../viewer/dicom-json.js'
import type { Frame } from '../viewer/frame.js'
import { markersOf, written } from '../viewer/orientation.js'
import { openPictures, seriesPath } from '../viewer/pictures.js'
import { presetsFor } from '../viewer/presets.js'
import {
  hasPictures,
  inReadingOrder,
  openingIndex,
  openingSeries,
  type Series,
  seriesOf,
} from '../viewer/series.js'
import { answerImages as words } from '../words/answer-images.js'
import { useFormats } from '../words/format.js'
import { viewer } from '../words/viewer.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './AnswerImages.module.css'

type Lent = AnswerImagesView['studies'][number]
interface Choice {
  study: Lent
  series: Series
}

/** The images behind an answer, for who opened it by link and code: asked for by a press, drawn by the node. */
export default function AnswerImages({ token, code }: { token: string; code: string }) {
  const t = useWords(words)
  const open = useAct<AnswerImagesView>(() => ({
    method: 'POST',
    path: '/api/answer/images',
    body: { token, code },
  }))
  return (
    <section className={styles.images} aria-label={t('title')}>
      {open.data ? (
        <Studies key={open.data.studies[0]?.token} lent={open.data.studies} onAgain={() => open.mutate()} />
      ) : (
        <span>
          <Button
            size="l"
            icon={<Images aria-hidden="true" />}
            busy={open.isPending}
            onPress={() => open.mutate()}
          >
            {t('open')}
          </Button>
        </span>
      )}
      {open.error ? <ErrorBox trouble={open.error} /> : null}
    </section>
  )
}

async function seriesIn(study: Lent): Promise<Choice[]> {
  const answer = await fetch(seriesPath(study.StudyInstanceUID), {
    headers: { accept: 'application/dicom+json', authorization: `Bearer ${study.token}` },
  })
  if (!answer.ok) throw answer
  const sets = (await answer.json()) as JsonDataSet[]
  const found = sets.map(seriesOf).filter(each => each !== null)
  return inReadingOrder(found)
    .filter(hasPictures)
    .map(series => ({ study, series }))
}

function Studies({ lent, onAgain }: { lent: readonly Lent[]; onAgain: () => void }) {
  const t = useWords(words)
  const formats = useFormats()
  const [choices, setChoices] = useState<Choice[]>()
  const [failed, setFailed] = useState(false)
  const [chosen, setChosen] = useState<string>()
  useEffect(() => {
    let gone = false
    Promise.all(lent.map(seriesIn)).then(
      found => {
        if (!gone) setChoices(found.flat())
      },
      () => {
        if (!gone) setFailed(true)
      },
    )
    return () => {
      gone = true
    }
  }, [lent])
  if (failed) return <Failed onAgain={onAgain} />
  if (!choices) return <Skeleton lines={1} height={320} />
  const opening = openingSeries(choices.map(({ series }) => series))
  const at = choices.find(({ series }) => series.SeriesInstanceUID === (chosen ?? opening?.SeriesInstanceUID))
  if (!at) return <p>{t('none')}</p>
  const name = ({ series, study }: Choice) =>
    [
      lent.length > 1 ? t('study', { date: formats.day(study.date) }) : '',
      series.description ?? t('series.one', { n: series.number ?? '–' }),
    ]
      .filter(Boolean)
      .join(' · ')
  return (
    <>
      <p className="second">{t('lead', { time: formats.moment(at.study.expiresAt) })}</p>
      {choices.length > 1 ? (
        <Select
          label={t('series')}
          value={at.series.SeriesInstanceUID}
          onChange={setChosen}
          options={choices.map(choice => ({
            id: choice.series.SeriesInstanceUID,
            label: name(choice),
            ...(choice.series.instances === undefined
              ? {}
              : { hint: t('series.images', { n: choice.series.instances }) }),
          }))}
        />
      ) : null}
      <Stack key={at.series.SeriesInstanceUID} at={at} name={name(at)} onAgain={onAgain} />
    </>
  )
}

function Failed({ onAgain }: { onAgain: () => void }) {
  const t = useWords(words)
  return (
    <div role="alert">
      <p>{t('failed')}</p>
      <Button onPress={onAgain}>{t('again')}</Button>
    </div>
  )
}

/** Pixels of a finger's way from one image to the next. */
const STEP_PX = 14
/** A telephone's screen at its full resolution, and no more than that over the line. */
const SIDE_PX = 720

function Stack({ at, name, onAgain }: { at: Choice; name: string; onAgain: () => void }) {
  const t = useWords(words)
  const v = useWords(viewer)
  const [frames, setFrames] = useState<Frame[]>()
  const [failed, setFailed] = useState(false)
  const [index, setIndex] = useState(0)
  const [window, setWindow] = useState(OWN)
  const { study, series } = at
  useEffect(() => {
    let gone = false
    openPictures(study.StudyInstanceUID, study.token)
      .of(series.SeriesInstanceUID, series.instances)
      .then(
        read => {
          if (gone) return
          setFrames(read)
          setIndex(openingIndex(read))
        },
        () => {
          if (!gone) setFailed(true)
        },
      )
    return () => {
      gone = true
    }
  }, [study, series])
  const presets = presetsFor(frames?.[0])
  const preset = presets.find(({ key }) => key === window)
  const picture = usePictures(frames ?? NO_FRAMES, index, study.token, preset)
  const finger = useRef<{ x: number; index: number } | null>(null)
  if (failed) return <Failed onAgain={onAgain} />
  if (!frames) return <Skeleton lines={1} height={320} />
  const frame = frames[index]
  if (!frame) return <p>{t('none')}</p>
  const go = (to: number) => setIndex(Math.min(frames.length - 1, Math.max(0, to)))
  const move = (event: PointerEvent) => {
    const from = finger.current
    if (from) go(from.index + Math.round((event.clientX - from.x) / STEP_PX))
  }
  const letGo = () => {
    finger.current = null
  }
  const said = t('alt', { n: index + 1, of: frames.length, series: name })
  return (
    <>
      <figure
        className={styles.stage}
        onPointerDown={event => {
          finger.current = { x: event.clientX, index }
        }}
        onPointerMove={move}
        onPointerUp={letGo}
        onPointerCancel={letGo}
        onPointerLeave={letGo}
      >
        {picture === null ? (
          <p role="alert">{t('image.none')}</p>
        ) : picture === undefined ? null : (
          <img src={picture} alt={said} draggable={false} />
        )}
        <b className={`${styles.mark} ${styles.n}`}>{t('n-of', { n: index + 1, of: frames.length })}</b>
        <Sides frame={frame} />
      </figure>
      <div className={styles.walk}>
        <Button
          size="l"
          icon={<ChevronLeft aria-hidden />}
          aria-label={t('before')}
          isDisabled={index === 0}
          onPress={() => go(index - 1)}
        />
        <input
          type="range"
          min={1}
          max={frames.length}
          value={index + 1}
          aria-label={t('slider')}
          aria-valuetext={said}
          onChange={event => go(Number(event.currentTarget.value) - 1)}
        />
        <Button
          size="l"
          icon={<ChevronRight aria-hidden />}
          aria-label={t('after')}
          isDisabled={index === frames.length - 1}
          onPress={() => go(index + 1)}
        />
      </div>
      {presets.length > 0 ? (
        <Select
          label={t('window')}
          value={window}
          onChange={setWindow}
          options={[
            { id: OWN, label: t('window.own') },
            ...presets.map(each => ({
              id: each.key,
              label: each.preset
                ? v(`preset.${each.preset}`)
                : (each.name ?? v('preset.dicom', { n: each.key })),
            })),
          ]}
        />
      ) : null}
    </>
  )
}

const OWN = 'own'
const NO_FRAMES: Frame[] = []

/** Which side of the patient lies where: of the picture that is shown, and only what it says itself. */
function Sides({ frame }: { frame: Frame }) {
  const t = useWords(words)
  const { language } = useLanguage()
  const sides = markersOf(frame)
  const { laterality } = frame
  return (
    <>
      {sides ? (
        (['left', 'right', 'top', 'bottom'] as const).map(edge => (
          <b key={edge} className={`${styles.mark} ${styles[edge]}`}>
            {written(sides[edge], language)}
          </b>
        ))
      ) : (
        <span className={`${styles.mark} ${styles.bottom}`}>{t('sides.unknown')}</span>
      )}
      {laterality === 'R' || laterality === 'L' || laterality === 'B' ? (
        <b className={`${styles.mark} ${styles.side}`}>{t(`side.${laterality}`)}</b>
      ) : null}
    </>
  )
}

/** Pictures kept beside the one that is shown, and how far ahead they are asked for. */
const AHEAD = 2
const REST_MS = 80

/** The picture to show: undefined while it is on its way, null where it cannot be drawn. */
function usePictures(
  frames: readonly Frame[],
  index: number,
  token: string,
  window: { center: number; width: number } | undefined,
): string | null | undefined {
  const drawn = useMemo(() => new Map<string, Promise<string | null>>(), [])
  const [shown, setShown] = useState<{ of: string; src: string | null }>()
  useEffect(
    () => () => {
      for (const each of drawn.values()) void each.then(src => src && URL.revokeObjectURL(src))
    },
    [drawn],
  )
  const address = (at: number) => {
    const frame = frames[at]
    if (!frame) return undefined
    const asked = new URLSearchParams({
      viewport: `${SIDE_PX},${SIDE_PX}`,
      ...(window === undefined ? {} : { window: `${window.center},${window.width},linear` }),
    })
    return `${frame.imageId.slice('wadors:'.length)}/rendered?${asked}`
  }
  const wanted = address(index)
  const beside = Array.from({ length: 2 * AHEAD }, (_, n) =>
    address(index + (n < AHEAD ? n + 1 : AHEAD - n - 1)),
  )
  const next = beside.filter(each => each !== undefined).join(' ')
  useEffect(() => {
    if (wanted === undefined) return
    let gone = false
    const draw = (path: string) => {
      const known = drawn.get(path) ?? pictureAt(path, token)
      drawn.set(path, known)
      return known
    }
    // While somebody scrolls, what passes by is not asked for.
    const timer = setTimeout(async () => {
      const src = await draw(wanted)
      if (gone) return
      setShown({ of: wanted, src })
      for (const path of next.split(' ').filter(Boolean)) void draw(path)
    }, REST_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [wanted, next, token, drawn])
  // The number and the sides beside it are of the picture asked for: another one is never shown under them.
  return shown?.of === wanted ? shown?.src : undefined
}

async function pictureAt(path: string, token: string): Promise<string | null> {
  try {
    const answer = await fetch(path, {
      headers: { accept: 'image/jpeg', authorization: `Bearer ${token}` },
    })
    return answer.ok ? URL.createObjectURL(await answer.blob()) : null
  } catch {
    // The line broke: it is said where the picture would be.
    return null
  }
}
