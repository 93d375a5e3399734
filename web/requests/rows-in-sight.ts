import { type RefObject, useCallback, useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Rows beyond each edge that are drawn too, and how many come into sight before the next are. */
const beyond = 8
const step = 4

interface Sight {
  from: number
  /** Not itself. */
  to: number
}

/** Rows all of one height in a box that scrolls, under a head that stays: those in sight and some beyond. */
export function sightOf(topPx: number, boxPx: number, rowPx: number, count: number): Sight {
  const from = Math.floor(topPx / rowPx / step) * step - beyond
  const to = Math.ceil((topPx + boxPx) / rowPx / step) * step + beyond
  return { from: Math.max(0, Math.min(from, count)), to: Math.max(0, Math.min(to, count)) }
}

/**
 * Who stands where when the rows from one to the other stand in so many places: each keeps its place while it is in sight,
 * and who comes takes that of one who went. No place is nobody's but at the ends of the list.
 */
export function placesOf({ from, to }: Sight, places: number): (number | undefined)[] {
  return Array.from({ length: places }, (_, place) => {
    const at = from + ((((place - from) % places) + places) % places)
    return at < to ? at : undefined
  })
}

/** How far the box must be scrolled to show a whole row, in pixels; as it is where it shows it already. */
export function topFor(at: number, topPx: number, boxPx: number, rowPx: number): number {
  const [top, bottom] = [at * rowPx, (at + 1) * rowPx]
  return top < topPx ? top : bottom > topPx + boxPx ? bottom - boxPx : topPx
}

/**
 * Which rows to draw. Only scrolling into others draws anything, and nothing is measured but the box: ten thousand rows
 * are as many as fit.
 */
export function useRowsInSight(
  box: RefObject<HTMLElement | null>,
  { count, rowPx, headPx }: { count: number; rowPx: number; headPx: number },
): Sight & { show(at: number): void } {
  const [sight, setSight] = useState<Sight>({ from: 0, to: 2 * beyond })
  useEffect(() => {
    const element = box.current
    if (!element) return
    let height = element.clientHeight
    const look = () => {
      const next = sightOf(element.scrollTop, height - headPx, rowPx, count)
      setSight(before => (before.from === next.from && before.to === next.to ? before : next))
    }
    // Before this frame is painted: no row comes into sight empty.
    const onScroll = () => flushSync(look)
    const sizes = new ResizeObserver(() => {
      height = element.clientHeight
      look()
    })
    look()
    sizes.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      sizes.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [box, count, rowPx, headPx])

  const show = useCallback(
    (at: number) => {
      const element = box.current
      if (!element) return
      const { scrollTop, clientHeight } = element
      const top = topFor(at, scrollTop, clientHeight - headPx, rowPx)
      if (top !== scrollTop) element.scrollTop = top
    },
    [box, rowPx, headPx],
  )
  return { from: Math.min(sight.from, count), to: Math.min(sight.to, count), show }
}
