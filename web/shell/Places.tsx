import { ChevronDown } from 'lucide-react'
import { useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { Flyout } from '../parts/Flyout.js'
import { shellWords } from '../words/shell.js'
import { useWords } from '../words/words.js'
import type { Place } from './navigation.js'
import styles from './TopBar.module.css'

/**
 * The parts of Relais in one line; those that find no room in it stand under a button at its end, so that none is
 * cut off or only reached by knowing that it is there.
 */
export function Places({ places, current }: { places: Place[]; current: Place | undefined }) {
  const t = useWords(shellWords)
  const line = useRef<HTMLElement>(null)
  const [fitting, setFitting] = useState(places.length)
  const names = places.join()

  // The line wraps and shows its first row only: a link that has no room begins on another row.
  useLayoutEffect(() => {
    const nav = line.current
    if (!nav) return
    const measure = () => {
      const links = [...nav.querySelectorAll('a')]
      const top = links[0]?.offsetTop
      setFitting(links.filter(link => link.offsetTop === top).length)
    }
    measure()
    const watch = new ResizeObserver(measure)
    watch.observe(nav)
    return () => watch.disconnect()
  }, [names, t])

  const linkTo = (place: Place, hidden: boolean, close?: () => void) => (
    <Link
      key={place}
      href={`/${place}`}
      aria-current={place === current ? 'page' : undefined}
      className={hidden ? styles.noRoom : undefined}
      onClick={close}
    >
      {t(`nav.${place}`)}
    </Link>
  )
  const more = places.slice(fitting)
  const inMore = more.find(place => place === current)
  return (
    <div className={styles.places}>
      <nav ref={line} aria-label={t('nav.label')} className={styles.nav}>
        {places.map((place, at) => linkTo(place, at >= fitting))}
      </nav>
      {more.length > 0 ? (
        <Flyout
          label={t('nav.more')}
          buttonClass={inMore ? `${styles.more} ${styles.moreOn}` : styles.more}
          button={
            <>
              {inMore ? t(`nav.${inMore}`) : t('nav.more')}
              <ChevronDown aria-hidden="true" />
            </>
          }
        >
          {close => (
            <nav aria-label={t('nav.more')} className={styles.others}>
              {more.map(place => linkTo(place, false, close))}
            </nav>
          )}
        </Flyout>
      ) : null}
    </div>
  )
}
