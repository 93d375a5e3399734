import { Check, CheckCheck, CircleDashed, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { CompletenessView } from '../../node/studies/view.js'
import { Bar } from '../parts/Bar.js'
import { useNow } from '../parts/now.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Images.module.css'

/**
 * How many images are there, honestly, and the same wherever a study is shown: proven only by the sender's own word,
 * confirmed only where the destination lists them, and a total that nobody told is called unknown. `full` says where
 * the number comes from.
 */
export function Images({ images, full = false }: { images: CompletenessView | undefined; full?: boolean }) {
  const t = useWords()
  const said = useImagesWords()
  if (!images || (images.received === 0 && images.expected === undefined)) {
    return <span className={`${styles.images} ${styles.none}`}>{t('images.none')}</span>
  }
  const { words, why } = said(images)
  const kind = kindOf(images)
  return (
    <span className={styles.images} title={full ? undefined : why}>
      <span className={styles.line}>
        {icons[kind]}
        <span>
          {words}
          {images.state === 'arriving' ? <Left images={images} /> : null}
        </span>
      </span>
      <Bar
        value={images.received}
        of={images.expected}
        look={kind === 'complete' || kind === 'confirmed' ? 'done' : kind === 'missing' ? 'gap' : 'moving'}
      />
      {full ? <small>{why}</small> : why === '' ? null : <span className="unseen">{why}</span>}
    </span>
  )
}

type Kind = 'confirmed' | 'complete' | 'missing' | 'arriving' | 'quiet'

const icons: Record<Kind, ReactNode> = {
  confirmed: <CheckCheck size={13} aria-hidden className={styles.ok} />,
  complete: <Check size={13} aria-hidden className={styles.ok} />,
  missing: <TriangleAlert size={13} aria-hidden className={styles.gap} />,
  arriving: null,
  quiet: <CircleDashed size={13} aria-hidden className={styles.open} />,
}

export function kindOf({ state, received, confirmed }: CompletenessView): Kind {
  if (state === 'complete') return confirmed !== undefined && confirmed >= received ? 'confirmed' : 'complete'
  return state === 'incomplete' ? 'missing' : state
}

/** The short words, and where the number comes from. */
export function useImagesWords() {
  const t = useWords()
  const formats = useFormats()
  return (images: CompletenessView): { words: string; why: string } => {
    const { received, expected = 0, missing = 0, confirmed = 0, proof, unknown, lastArrivalAt } = images
    const kind = kindOf(images)
    const counts = { received, expected, missing, confirmed }
    const source =
      unknown !== undefined ? t(`images.why.${unknown}`) : t(`images.why.${proof ?? 'count'}`, counts)
    switch (kind) {
      case 'confirmed':
        return { words: t('images.confirmed', counts), why: `${source} ${t('images.why.confirmed')}` }
      case 'complete':
        return {
          words: t(images.confirmed === undefined ? 'images.complete' : 'images.partly', counts),
          why: source,
        }
      case 'missing':
        return { words: t('images.missing', counts), why: source }
      case 'arriving':
        return {
          words: images.expected === undefined ? t('images.received', counts) : t('images.of', counts),
          why: source,
        }
      case 'quiet':
        return {
          words:
            images.expected === undefined
              ? t('images.quiet', { received, time: formats.moment(lastArrivalAt) })
              : t('images.of', counts),
          why: source,
        }
    }
  }
}

/** Counts down while it stands there; without a rate only that more is coming. */
function Left({ images: { doneAt } }: { images: CompletenessView }) {
  const t = useWords()
  const formats = useFormats()
  const now = useNow()
  const leftMs = doneAt === undefined ? 0 : Date.parse(doneAt) - now
  return (
    <>
      {' · '}
      {leftMs > 0 ? t('images.left', { left: formats.span(roughly(leftMs)) }) : t('images.arriving')}
    </>
  )
}

/** Whole minutes from two on, tens of seconds below: a promise no finer than it is. */
function roughly(ms: number): number {
  const step = ms >= 120_000 ? 60_000 : 10_000
  return Math.ceil(ms / step) * step
}
