import { Star, X } from 'lucide-react'
import { Button } from 'react-aria-components'
import type { KeyImageView } from '../../node/reports/view.js'
import { keyImages as words } from '../words/key-images.js'
import { useWords } from '../words/words.js'
import styles from './KeyImages.module.css'

/** Of what is being written: drawn from the images, as the reader saw them. */
export function drawnAt({ StudyInstanceUID, SeriesInstanceUID, ...image }: KeyImageView): string {
  const { SOPInstanceUID, frame = 1, window } = image
  const instance = `/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`
  const asked = new URLSearchParams({
    viewport: '320,320',
    ...(window === undefined ? {} : { window: `${window.center},${window.width},linear` }),
  })
  return `${instance}/frames/${frame}/rendered?${asked}`
}

/** Of a signed version: the picture that was signed. */
export const signedAt = (report: string) => (image: KeyImageView) =>
  image.picture === undefined ? undefined : `/api/reports/${report}/key-images/${image.picture}`

/** The key images of a report, each over its words. `onRemove`: they may be taken away again. */
export function KeyImages({
  images,
  src,
  onRemove,
  size = 'page',
}: {
  images: readonly KeyImageView[]
  /** Undefined where it cannot be drawn. */
  src: (image: KeyImageView) => string | undefined
  onRemove?: (image: KeyImageView) => void
  size?: 'page' | 'strip'
}) {
  const t = useWords(words)
  const sentence = useSentence()
  /** Under a small picture there is room for little more than which one it is. */
  const short = ({ window: _, ...image }: KeyImageView) => sentence({ ...image, seriesDescription: '' })
  if (images.length === 0) return null
  return (
    <section className={styles[size]} aria-label={t('title')}>
      <h2 className={styles.heading}>
        <Star size={13} aria-hidden="true" /> {t('title')}
      </h2>
      <ul className={styles.list}>
        {images.map(image => {
          const said = sentence(image)
          const address = src(image)
          return (
            <li key={`${image.SOPInstanceUID} ${image.frame ?? 0}`} className={styles.image}>
              {address === undefined ? (
                <span className={styles.none}>{t('notDrawn')}</span>
              ) : (
                <img src={address} alt={t('alt', { what: said })} loading="lazy" />
              )}
              <span className={styles.words} title={said}>
                {size === 'strip' ? short(image) : said}
              </span>
              {onRemove ? (
                <Button
                  className={styles.remove ?? ''}
                  aria-label={t('remove', { what: said })}
                  onPress={() => onRemove(image)}
                >
                  <X size={14} aria-hidden="true" />
                </Button>
              ) : null}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function useSentence(): (image: KeyImageView) => string {
  const t = useWords(words)
  return ({ seriesNumber, seriesDescription, instanceNumber, frame, window }) =>
    [
      seriesDescription || (seriesNumber === undefined ? '' : t('series', { n: seriesNumber })),
      instanceNumber === undefined ? '' : t('image', { n: instanceNumber }),
      frame === undefined ? '' : t('frame', { n: frame }),
      window === undefined ? '' : t('window', window),
    ]
      .filter(Boolean)
      .join(', ')
}
