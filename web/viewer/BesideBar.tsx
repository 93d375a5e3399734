import { Link2, Link2Off, X } from 'lucide-react'
import { Button } from 'react-aria-components'
import { Kbd } from '../parts/Kbd.js'
import { useFormats } from '../words/format.js'
import { viewer as words } from '../words/viewer.js'
import { useLanguage, useWords } from '../words/words.js'
import type { Link } from './linking.js'
import tools from './Toolbar.module.css'
import type { Beside } from './use-beside.js'
import styles from './Viewer.module.css'

/** A study that may be laid beside. */
export interface OtherStudy {
  StudyInstanceUID: string
  /** YYYY-MM-DD or DA */
  date: string
  what: string
}

/** Over two panes: how they scroll, and what lies on the right. */
export function BesideBar({
  beside,
  own,
  others,
  onDone,
}: {
  beside: Beside
  own: string
  others: OtherStudy[]
  onDone: (side: 'main' | 'beside') => void
}) {
  const t = useWords(words)
  const formats = useFormats()
  const said = useLinkWords()(beside.link)
  const { side } = beside
  const Icon = beside.link ? Link2 : Link2Off
  return (
    <div className={styles.besideBar}>
      <Button
        className={tools.tool ?? ''}
        aria-label={t('tool.hint', { tool: `${t('tool.link')} : ${said}`, key: 'X' })}
        aria-keyshortcuts="x"
        onPress={() => {
          beside.toggleLink()
          onDone(beside.active)
        }}
      >
        <Icon size={16} aria-hidden />
        <span data-link={beside.link?.by ?? 'none'}>{said}</span>
        <Kbd keys="x" />
      </Button>
      <span className="push" />
      <select
        className={styles.besideChoice}
        aria-label={t('beside.study')}
        value={beside.uid ?? own}
        onChange={event => beside.lay(event.target.value)}
      >
        {others.map(one => (
          <option key={one.StudyInstanceUID} value={one.StudyInstanceUID}>
            {t('beside.prior', { date: formats.day(one.date), what: one.what })}
          </option>
        ))}
        <option value={own}>{t('beside.this')}</option>
      </select>
      <select
        className={styles.besideChoice}
        aria-label={t('beside.series')}
        value={side.current?.SeriesInstanceUID ?? ''}
        onChange={event => side.choose(event.target.value)}
      >
        {side.series.map(each => (
          <option key={each.SeriesInstanceUID} value={each.SeriesInstanceUID}>
            {each.description ?? t('series.one', { n: each.number ?? '–' })}
          </option>
        ))}
      </select>
      <Button
        className={tools.tool ?? ''}
        aria-label={t('tool.hint', { tool: t('tool.compare'), key: 'C' })}
        onPress={() => {
          beside.lay(null)
          onDone('main')
        }}
      >
        <X size={16} aria-hidden />
      </Button>
    </div>
  )
}

function useLinkWords(): (link: Link | null) => string {
  const t = useWords(words)
  const { locale } = useLanguage()
  const formats = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: 'exceptZero' })
  return link => {
    if (link === null) return t('link.none')
    if (link.by === 'number') return t('link.number', { n: formats.format(link.shift) })
    return Math.abs(link.shiftMm) < 0.5
      ? t('link.position')
      : t('link.shift', { mm: formats.format(link.shiftMm) })
  }
}
