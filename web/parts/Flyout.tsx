import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'
import styles from './Flyout.module.css'

/** Between a panel and the edge of the screen; as in the style sheet. */
const EDGE_PX = 8

/**
 * A button and the small panel it opens under itself. The browser's own popover: over everything, closed by Escape or
 * a click beside it, with the focus given back, and without a line of script to load.
 */
export function Flyout({
  label,
  button,
  buttonClass,
  panelClass,
  children,
}: {
  /** Says what the button opens; also names the panel. */
  label: string
  button: ReactNode
  buttonClass?: string | undefined
  panelClass?: string | undefined
  /** Drawn only while it is open. */
  children: (close: () => void) => ReactNode
}) {
  const id = useId()
  const opener = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const close = () => panel.current?.hidePopover()
  const place = () => {
    const box = opener.current?.getBoundingClientRect()
    if (!box || !panel.current) return
    panel.current.style.top = `${box.bottom + 4}px`
    panel.current.style.right = `${Math.max(EDGE_PX, document.documentElement.clientWidth - box.right)}px`
  }
  // Wider than the room beside its button, on a telephone: it moves until all of it is seen.
  useLayoutEffect(() => {
    if (!open || !panel.current) return
    const hidden = EDGE_PX - panel.current.getBoundingClientRect().left
    if (hidden <= 0) return
    const right = Number.parseFloat(panel.current.style.right)
    panel.current.style.right = `${Math.max(EDGE_PX, right - hidden)}px`
  }, [open])
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={buttonClass}
        popoverTarget={id}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={open}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className={`${styles.panel} ${panelClass ?? ''}`}
        onBeforeToggle={place}
        onToggle={event => setOpen(event.newState === 'open')}
      >
        {open ? children(close) : null}
      </div>
    </>
  )
}
