import { ChevronLeft, ChevronRight, ImageOff } from 'lucide-react'
import { useState } from 'react'
import type { ConflictView } from '../../node/studies/view.js'
import { Button } from '../parts/Button.js'
import { conflicts as words } from '../words/conflicts.js'
import { useWords } from '../words/words.js'
import styles from './Conflicts.module.css'

/** The two pictures side by side, image by image. */
export function Pictures({
  conflict,
  member,
  at,
  of,
  onTurn,
}: {
  conflict: string
  member: ConflictView['members'][number]
  at: number
  of: number
  onTurn: (by: number) => void
}) {
  const t = useWords(words)
  const name = t('member.name', {
    series: member.SeriesNumber || '–',
    number: member.InstanceNumber || '–',
  })
  const address = (side: 'kept' | 'beside') =>
    `/api/conflicts/${conflict}/picture?uid=${member.SOPInstanceUID}&side=${side}`
  return (
    <section className={styles.pictures} aria-label={name}>
      <div className={styles.turn}>
        <span>
          <b>{name}</b> <small>{t(`pixels.${member.pixels}`)}</small>
        </span>
        {of > 1 ? (
          <span className={styles.steps}>
            <Button
              size="s"
              look="quiet"
              icon={<ChevronLeft aria-hidden />}
              aria-label={t('member.previous')}
              isDisabled={at === 0}
              onPress={() => onTurn(-1)}
            />
            {t('member.of', { at: at + 1, n: of })}
            <Button
              size="s"
              look="quiet"
              icon={<ChevronRight aria-hidden />}
              aria-label={t('member.next')}
              isDisabled={at === of - 1}
              onPress={() => onTurn(1)}
            />
          </span>
        ) : null}
      </div>
      <div className={styles.pair}>
        {(['kept', 'beside'] as const).map(side => (
          <figure key={`${side} ${member.SOPInstanceUID}`}>
            <Picture src={address(side)} alt={`${t(`picture.${side}`)} · ${name}`} />
            <figcaption>{t(`column.${side}`)}</figcaption>
          </figure>
        ))}
      </div>
    </section>
  )
}

function Picture({ src, alt }: { src: string; alt: string }) {
  const t = useWords(words)
  const [failed, setFailed] = useState(false)
  if (failed)
    return (
      <span className={styles.nothing}>
        <ImageOff size={20} aria-hidden /> {t('picture.none')}
      </span>
    )
  return <img src={src} alt={alt} onError={() => setFailed(true)} />
}
