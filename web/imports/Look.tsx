import { Clock3, FileText, ImageOff, RotateCw } from 'lucide-react'
import { useEffect, useRef, useState, type WheelEvent } from 'react'
import type { ImportPicture, ImportSeries } from '../../node/imports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { pathOf, problemAt } from '../api/call.js'
import { useData } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { discContent } from '../words/disc-content.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Look.module.css'

/** Series of these are documents, measures or marks: nothing is drawn of them. */
const NO_IMAGES = new Set([
  'SR',
  'KO',
  'PR',
  'DOC',
  'SEG',
  'REG',
  'RTSTRUCT',
  'RTPLAN',
  'RTRECORD',
  'AU',
  'ECG',
])
/** A picture that may come yet is asked for again, so often and after so long. */
const TRIES_MAX = 3
const TRY_AGAIN_MS = 2_000
/** While somebody scrolls, what passes by is not asked for. */
const REST_MS = 60
/** One notch of a wheel is one image, as viewers do it. */
const NOTCH_PIXELS = 40
const passing = new Set<ApiProblem['code']>(['too-many', 'unavailable', 'network'])

const pictureOf = (disc: string, number: number, size: 'small' | 'large', frame?: number) =>
  pathOf(`/api/imports/${disc}/files/${number}/picture`, { size, frame })

/** The picture that stands for a series; pressed, the series opens to be scrolled through. */
export function SeriesPicture({
  disc,
  series,
  arriving,
}: {
  disc: string
  series: ImportSeries
  arriving: boolean
}) {
  const t = useWords(words)
  const say = useWords(discContent)
  const [open, setOpen] = useState(false)
  const name = `${series.Modality} ${series.SeriesDescription || t('series.untitled')}`
  if (NO_IMAGES.has(series.Modality))
    return (
      <span className={styles.tile} title={say('look.document')}>
        <FileText size={20} aria-hidden />
        <span className="unseen">{say('look.document')}</span>
      </span>
    )
  return (
    <>
      <button
        type="button"
        className={styles.tile}
        aria-label={say('look.open', { name })}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <Picture path={pictureOf(disc, series.sample, 'small')} alt="" small />
      </button>
      <Dialog title={name} open={open} onClose={() => setOpen(false)} size="xl">
        <Scroll disc={disc} series={series} arriving={arriving} />
      </Dialog>
    </>
  )
}

/** One image after the other, by wheel, arrows or the slider. */
function Scroll({ disc, series, arriving }: { disc: string; series: ImportSeries; arriving: boolean }) {
  const found = useData<Pick<ListView<ImportPicture>, 'items'>>(
    ['import-pictures', disc],
    `/api/imports/${disc}/series/${series.SeriesInstanceUID}/pictures`,
    { repeat: () => (arriving ? TRY_AGAIN_MS : false) },
  )
  if (found.error) return <ErrorBox trouble={found.error} onRetry={() => found.refetch()} />
  const all = (found.data?.items ?? []).flatMap(framesOf)
  return all.length === 0 ? (
    <Skeleton lines={1} height={420} />
  ) : (
    <Stage disc={disc} all={all} first={series.sample} />
  )
}

interface Shown {
  number: number
  frame?: number
}

function framesOf({ number, frames }: ImportPicture): Shown[] {
  if (frames === 1) return [{ number }]
  return Array.from({ length: frames }, (_, at) => ({ number, frame: at + 1 }))
}

function Stage({ disc, all, first }: { disc: string; all: readonly Shown[]; first: number }) {
  const say = useWords(discContent)
  const start = Math.max(
    0,
    all.findIndex(({ number }) => number === first),
  )
  const [chosen, setChosen] = useState<number | null>(null)
  const turned = useRef(0)
  const at = Math.min(chosen ?? start, all.length - 1)
  const shown = all[useRested(at, REST_MS)] ?? all[at]
  const go = (by: number) => setChosen(Math.max(0, Math.min(all.length - 1, at + by)))
  const wheel = ({ deltaY }: WheelEvent) => {
    turned.current += deltaY
    const notches = Math.trunc(turned.current / NOTCH_PIXELS)
    turned.current -= notches * NOTCH_PIXELS
    if (notches !== 0) go(notches)
  }
  if (shown === undefined) return null
  return (
    <div className={styles.scroll}>
      <div className={styles.stage} onWheel={wheel}>
        <Picture
          path={pictureOf(disc, shown.number, 'large', shown.frame)}
          alt={say('look.at', { n: at + 1, of: all.length })}
        />
      </div>
      <div className={styles.slide}>
        <input
          type="range"
          min={1}
          max={all.length}
          value={at + 1}
          // The arrows turn the pages at once.
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to scroll
          autoFocus
          aria-label={say('look.slide')}
          aria-valuetext={say('look.at', { n: at + 1, of: all.length })}
          onChange={event => setChosen(Number(event.target.value) - 1)}
        />
        <span className={styles.place}>{say('look.at', { n: at + 1, of: all.length })}</span>
      </div>
      <p className="third">{say('look.hint')}</p>
    </div>
  )
}

/** A picture of the node, or why there is none. */
function Picture({ path, alt, small = false }: { path: string; alt: string; small?: boolean }) {
  const t = useWords(words)
  const say = useWords(discContent)
  const [failed, setFailed] = useState<{ path: string; problem: ApiProblem | undefined } | null>(null)
  const [tries, setTries] = useState(0)
  const mine = failed?.path === path ? failed : null
  const mayCome = mine !== null && (mine.problem === undefined || passing.has(mine.problem.code))
  useEffect(() => {
    if (!mayCome || tries >= TRIES_MAX) return
    const timer = setTimeout(() => {
      setTries(tries + 1)
      setFailed(null)
    }, TRY_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [mayCome, tries])
  if (mine === null)
    return (
      <img
        key={tries}
        src={path}
        alt={alt}
        loading="lazy"
        decoding="async"
        draggable={false}
        onError={() => void problemAt(path).then(problem => setFailed({ path, problem }))}
      />
    )
  const waits = mayCome && tries < TRIES_MAX
  const code = mine.problem?.code ?? 'unavailable'
  const why = say(waits ? 'unseen.wait' : (unseen[code] ?? 'unseen.trouble'))
  const Icon = waits ? Clock3 : ImageOff
  return (
    <span className={styles.unseen} title={mine.problem?.detail ?? why}>
      <Icon size={small ? 18 : 32} aria-hidden />
      <span className={small ? 'unseen' : undefined}>{why}</span>
      {small || waits || !mayCome ? null : (
        <Button
          size="s"
          icon={<RotateCw aria-hidden />}
          onPress={() => {
            setTries(0)
            setFailed(null)
          }}
        >
          {t('retry')}
        </Button>
      )}
    </span>
  )
}

const unseen = {
  unsupported: 'unseen.unsupported',
  invalid: 'unseen.unsupported',
  'too-large': 'unseen.too-large',
  timeout: 'unseen.timeout',
  conflict: 'unseen.conflict',
  missing: 'unseen.missing',
} as Partial<
  Record<
    ApiProblem['code'],
    'unseen.unsupported' | 'unseen.too-large' | 'unseen.timeout' | 'unseen.conflict' | 'unseen.missing'
  >
>

/** The value when it has not changed for so long; the first one at once. */
function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return rested
}
