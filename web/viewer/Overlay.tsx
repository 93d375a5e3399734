import { Star } from 'lucide-react'
import { useFormats } from '../words/format.js'
import { viewer as words } from '../words/viewer.js'
import { useLanguage, useWords } from '../words/words.js'
import type { Frame } from './frame.js'
import { markersOf, written } from './orientation.js'
import type { PaneHandle } from './use-pane.js'
import styles from './Viewer.module.css'

/**
 * What never leaves the picture: who it is, when, which side, which image, how it is shown. All of it is read from
 * the picture whose pixels are on the screen, never from the one being waited for.
 */
export function Overlay({ pane, count, starred }: { pane: PaneHandle; count: number; starred: boolean }) {
  const t = useWords(words)
  const { language, locale } = useLanguage()
  const format = useFormats()
  const { shown, wanted } = pane
  if (!shown) return pane.fault && wanted ? <Identity frame={wanted} /> : null
  const late = wanted !== null && wanted.imageId !== shown.imageId
  const side = shown.laterality === 'R' || shown.laterality === 'L' || shown.laterality === 'B'
  const ratio = shown.lossy?.ratio
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  return (
    <div className={styles.overlay}>
      <div className={`${styles.corner} ${styles.tl}`}>
        <span>{shown.description ?? t('series.one', { n: shown.seriesNumber ?? '–' })}</span>
        <ShownNumber pane={pane} count={count} />
        {starred && (
          <span className={styles.star}>
            <Star size={13} aria-hidden /> {t('star.on')}
          </span>
        )}
        {late && <span className={styles.late}>{t('image.loading', { n: pane.index + 1 })}</span>}
      </div>
      <Identity frame={shown} />
      <div className={`${styles.corner} ${styles.bl}`}>
        {shown.lossy && (
          <span className={styles.mark} title={t('mark.lossy.title')}>
            ⚠ {t('mark.lossy', { ratio: ratio ? `${decimal.format(ratio)}:1` : '' }).trim()}
          </span>
        )}
        {shown.synthetic && (
          <span className={styles.mark} title={t('mark.synthetic.title')}>
            ◇ {t('mark.synthetic')}
          </span>
        )}
        {pane.window && (
          <span>
            {t('window.values', { width: pane.window.width, center: pane.window.center })}
            {pane.inverted && ` · ${t('window.inverted')}`}
          </span>
        )}
      </div>
      <div className={`${styles.corner} ${styles.br}`}>
        {side && <b>{t(`side.${shown.laterality as 'R' | 'L' | 'B'}`)}</b>}
        <span>{[format.day(shown.date), clock(shown.time)].filter(Boolean).join(' ')}</span>
        <span className={styles.faint}>{t('zoom.factor', { factor: decimal.format(pane.zoom) })}</span>
      </div>
      <Markers pane={pane} language={language} />
    </div>
  )
}

function Identity({ frame: { patient } }: { frame: Frame }) {
  const t = useWords(words)
  const format = useFormats()
  const sex = patient.sex === 'F' || patient.sex === 'M' || patient.sex === 'O' ? t(`sex.${patient.sex}`) : ''
  return (
    <div className={`${styles.corner} ${styles.tr}`}>
      <b>{patient.name?.replace(/\^+/g, ' ').trim() || t('unknown')}</b>
      <span>{[format.day(patient.birthDate), sex].filter(Boolean).join(' · ')}</span>
      <span className={styles.faint}>{[patient.id, patient.issuer].filter(Boolean).join(' · ')}</span>
    </div>
  )
}

function ShownNumber({ pane, count }: { pane: PaneHandle; count: number }) {
  const t = useWords(words)
  const at = pane.shownIndex
  return <b className={styles.number}>{t('image.n-of', { n: at + 1, of: count })}</b>
}

function Markers({ pane, language }: { pane: PaneHandle; language: 'fr' | 'en' }) {
  const t = useWords(words)
  const sides = pane.shown ? markersOf(pane.shown) : null
  if (!sides) return <span className={styles.sidesUnknown}>{t('sides.unknown')}</span>
  return (
    <>
      {(['left', 'right', 'top', 'bottom'] as const).map(edge => (
        <b key={edge} className={`${styles.side} ${styles[edge]}`}>
          {written(sides[edge], language)}
        </b>
      ))}
    </>
  )
}

/** DICOM TM, e.g. 025812.500 → 02:58 */
function clock(time: string | undefined): string {
  const found = /^(\d{2}):?(\d{2})/.exec(time ?? '')
  return found ? `${found[1]}:${found[2]}` : ''
}
