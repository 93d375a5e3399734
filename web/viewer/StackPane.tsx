import { TriangleAlert } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { Button } from '../parts/Button.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import type { FirstLook } from './first-look.js'
import { Overlay } from './Overlay.js'
import type { PaneHandle } from './use-pane.js'
import styles from './Viewer.module.css'

export interface StackPaneProps {
  pane: PaneHandle
  /** Drawn by hand until the viewport has drawn the same picture itself. */
  look: FirstLook | null | undefined
  count: number
  series: string
  /** Takes the focus when it opens: on a page of its own, the keys should work at once. */
  autoFocus: boolean
  /** It is a key image. */
  starred: boolean
  frame: RefObject<HTMLDivElement | null>
}

export function StackPane({ pane, look, count, series, autoFocus, starred, frame }: StackPaneProps) {
  const t = useWords(words)
  useWheel(frame, pane)
  useEffect(() => {
    if (autoFocus) frame.current?.focus({ preventScroll: true })
  }, [autoFocus, frame])
  const within = (target: Element) => target.classList.contains(styles.canvas ?? '')
  return (
    <div
      ref={frame}
      className={styles.pane}
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is scrolled with the keyboard
      tabIndex={0}
      aria-label={pane.index < 0 ? t('title') : t('pane.label', { n: pane.index + 1, of: count, series })}
      // The tools prevent what keys do on their own element, Tab as well: the focus never stays there.
      onFocus={event => within(event.target) && frame.current?.focus()}
      onContextMenu={event => event.preventDefault()}
    >
      <div ref={pane.ref} className={styles.canvas} />
      {look && !pane.drawn && pane.shown === look.frame ? <Look look={look} /> : null}
      <Overlay pane={pane} count={count} starred={starred} />
      {!pane.shown && !pane.fault && <p className={styles.waiting}>{t('pane.waiting')}</p>}
      {pane.fault && (
        <div className={styles.fault} role="alert">
          <TriangleAlert size={28} aria-hidden />
          <b>{t('fault.image', { n: pane.index + 1, of: count })}</b>
          <p>{t(`fault.${pane.fault.kind}`)}</p>
          {count > 1 && <p className={styles.faint}>{t('fault.others')}</p>}
          <Button
            onPress={() => {
              pane.retry()
              // The button goes away with the sentence: the keyboard stays with the picture.
              frame.current?.focus({ preventScroll: true })
            }}
          >
            {t('retry')}
          </Button>
          <small>{t('fault.detail', { detail: pane.fault.detail })}</small>
        </div>
      )}
    </div>
  )
}

function Look({ look: { picture } }: { look: FirstLook }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => canvas.current?.getContext('2d')?.putImageData(picture, 0, 0), [picture])
  return (
    <canvas ref={canvas} width={picture.width} height={picture.height} className={styles.look} aria-hidden />
  )
}

/** One notch of a wheel is one image; a touchpad's small steps add up to one. */
const notchPx = 60
const glidePx = 28

function useWheel(frame: RefObject<HTMLDivElement | null>, pane: PaneHandle) {
  const latest = useRef(pane)
  latest.current = pane
  useEffect(() => {
    const element = frame.current
    if (!element) return
    let gathered = 0
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      if (event.ctrlKey) {
        latest.current.zoomBy(event.deltaY < 0 ? 1.1 : 1 / 1.1)
        return
      }
      const notch = event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL || Math.abs(event.deltaY) >= notchPx
      gathered = notch ? Math.sign(event.deltaY) * glidePx : gathered + event.deltaY
      const steps = Math.trunc(gathered / glidePx)
      gathered -= steps * glidePx
      if (steps !== 0) latest.current.step(steps)
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [frame])
}
