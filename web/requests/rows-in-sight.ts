import { type RefObject, useCallback, useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Rows beyond each edge that are drawn too, and how many come into sight before the next are. */
const beyond = 8
const step = 4
/** After a leap the rows beyond are drawn once the box has stood still so long. */
const restMs = 200

interface Sight {
  from: number
  /** Not itself. */
  to: number
  /** After a leap: those in sight alone. */
  leapt: boolean
}

/**
 * Rows all of one height in a box that scrolls, under a head that stays: those in sight and some beyond, so that what comes
 * next is there before it is seen. After a leap, when none of those in sight stood among the rows `before`, these alone:
 * what lies beyond would be passed over by the next one.
 */
export function sightOf(
  topPx: number,
  boxPx: number,
  rowPx: number,
  before?: Pick<Sight, 'from' | 'to'>,
): Sight {
  const [first, end] = [Math.max(0, Math.floor(topPx / rowPx)), Math.ceil((topPx + boxPx) / rowPx)]
  const leapt = before !== undefined && (first >= before.to || end <= before.from)
  if (leapt) return { from: first, to: end, leapt }
  return {
    from: Math.max(0, Math.floor(topPx / rowPx / step) * step - beyond),
    to: Math.ceil((topPx + boxPx) / rowPx / step) * step + beyond,
    leapt,
  }
}

/** As far as there are rows. */
export function cutTo(count: number, sight: Sight): Sight {
  return { ...sight, from: Math.min(sight.from, count), to: Math.min(sight.to, count) }
}

/**
 * Who stands where when the rows from one to the other stand in so many places: each keeps its place while it is in sight,
 * and who comes takes that of one who went. After a leap whoever nobody needs the place of stays, out of sight, as `before`;
 * otherwise no place is nobody's but at the ends of the list.
 */
export function placesOf(
  { from, to, leapt }: Sight,
  places: number,
  before: readonly (number | undefined)[] = [],
): (number | undefined)[] {
  return Array.from({ length: places }, (_, place) => {
    const at = from + ((((place - from) % places) + places) % places)
    if (at < to) return at
    return leapt ? before[place] : undefined
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
  const [sight, setSight] = useState<Sight>({ from: 0, to: 2 * beyond, leapt: false })
  useEffect(() => {
    const element = box.current
    if (!element) return
    let height = element.clientHeight
    let now: Sight | undefined
    let rest: ReturnType<typeof setTimeout> | undefined
    const look = (before?: Sight) => {
      const next = sightOf(element.scrollTop, height - headPx, rowPx, before)
      if (now && now.from === next.from && now.to === next.to) return
      now = next
      setSight(next)
    }
    const onScroll = () => {
      // Before this frame is painted: no row comes into sight empty.
      flushSync(() => look(now))
      clearTimeout(rest)
      if (now?.leapt) rest = setTimeout(look, restMs)
    }
    const sizes = new ResizeObserver(() => {
      height = element.clientHeight
      look()
    })
    look()
    sizes.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      clearTimeout(rest)
      sizes.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [box, rowPx, headPx])

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
  return { ...cutTo(count, sight), show }
}
