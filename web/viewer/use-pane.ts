import { useCallback, useEffect, useRef, useState } from 'react'
import type { Fault } from './fault.js'
import { faultOf } from './fault.js'
import type { FirstLook } from './first-look.js'
import type { Frame, Window } from './frame.js'
import type { Hand, Measure, Pane } from './pane.js'
import type { Prefetch } from './prefetch.js'
import { prefetch } from './prefetch.js'
import { openingIndex } from './series.js'

export interface PaneState {
  /** The picture whose pixels are on the screen; everything written around it is about this one. */
  shown: Frame | null
  /** The picture asked for; another one than `shown` while it is on its way. */
  wanted: Frame | null
  /** Positions in the stack, 0-based; -1 when there is none. */
  index: number
  shownIndex: number
  fault: Fault | null
  window: { center: number; width: number } | null
  /** 1 = fitted to the pane. */
  zoom: number
  inverted: boolean
  hand: Hand
  /** The viewport has drawn at least one picture: the first look is over. */
  drawn: boolean
  /** The viewer itself could not start. */
  broken: string | null
}

export interface PaneHandle extends PaneState {
  ref: (element: HTMLDivElement | null) => void
  go(index: number): void
  /** From where the stack is now, which may be ahead of what is drawn. */
  step(by: number): void
  /** Asks once more for the picture that failed. */
  retry(): void
  hold(hand: Hand): void
  setWindow(window: Window | null): void
  invert(): void
  zoomBy(factor: number): void
  reset(): void
  clearMeasures(): void
  /** The chosen measure on the picture that is shown. */
  measure(): Measure | null
}

/** Where the reader is in which series, and which way they last scrolled. */
interface Place {
  series: string
  index: number
  direction: 1 | -1
}

const moved = (from: Place, index: number): Place => ({
  ...from,
  index,
  direction: index > from.index ? 1 : -1,
})

const initial: PaneState = {
  shown: null,
  wanted: null,
  index: -1,
  shownIndex: -1,
  fault: null,
  window: null,
  zoom: 1,
  inverted: false,
  hand: 'window',
  drawn: false,
  broken: null,
}

/** Prefetched pixels of one series, bytes; below the page's cache, so that nothing on screen is evicted. */
const prefetchBytes = 600_000_000

/** A viewport on `frames`. Cornerstone is loaded when the first one opens; a changed `seriesKey` is another stack. */
export function usePane(seriesKey: string, frames: Frame[], look: FirstLook | null | undefined): PaneHandle {
  const [state, setState] = useState(initial)
  const [pane, setPane] = useState<Pane | null>(null)
  const [element, setElement] = useState<HTMLDivElement | null>(null)
  const stack = useRef<Frame[]>(frames)
  const ahead = useRef<Prefetch | null>(null)
  const asked = useRef<((live: Pane) => void)[]>([])
  const place = useRef<Place>({ series: '', index: -1, direction: 1 })

  const change = useCallback((part: Partial<PaneState>) => setState(before => ({ ...before, ...part })), [])

  // Loaded at once, opened when the first look is on the screen: opening keeps the browser busy for a while.
  const mayOpen = look !== undefined
  useEffect(() => {
    import('./pane.js').catch(error => change({ broken: faultOf(error).detail }))
  }, [change])

  useEffect(() => {
    if (!element || !mayOpen) return
    let live: Pane | null = null
    let gone = false
    const named = (imageId: string) => stack.current.find(frame => frame.imageId === imageId)
    import('./pane.js')
      .then(({ openPane }) => {
        if (gone) return
        live = openPane(
          element,
          {
            wanted(imageId) {
              const index = stack.current.findIndex(frame => frame.imageId === imageId)
              if (index < 0) return
              if (index !== place.current.index) place.current = moved(place.current, index)
              change({ index, wanted: stack.current[index] ?? null, fault: null })
              ahead.current?.around(index, place.current.direction)
            },
            shown(imageId) {
              const shownIndex = stack.current.findIndex(frame => frame.imageId === imageId)
              const shown = stack.current[shownIndex] ?? null
              // A picture drawn late, after the one wanted has failed, does not come back under its sentence.
              setState(before =>
                before.fault && before.wanted?.imageId !== imageId
                  ? { ...before, drawn: true }
                  : { ...before, shownIndex, shown, drawn: true },
              )
            },
            failed: (imageId, fault) =>
              setState(before =>
                before.wanted?.imageId === imageId ? { ...before, fault, shown: null } : before,
              ),
            window: (window, inverted) =>
              setState(before =>
                before.window?.center === window.center &&
                before.window.width === window.width &&
                before.inverted === inverted
                  ? before
                  : { ...before, window, inverted },
              ),
            zoom: zoom => setState(before => (before.zoom === zoom ? before : { ...before, zoom })),
          },
          named,
        )
        setPane(live)
      })
      .catch(error => change({ broken: faultOf(error).detail }))
    const resized = new ResizeObserver(() => live?.fit())
    resized.observe(element)
    return () => {
      gone = true
      resized.disconnect()
      ahead.current?.stop()
      live?.close()
      setPane(null)
    }
  }, [element, mayOpen, change])

  useEffect(() => {
    if (!pane || frames.length === 0) return
    const same = place.current.series === seriesKey
    const kept = same
      ? frames.findIndex(frame => frame.imageId === stack.current[place.current.index]?.imageId)
      : -1
    stack.current = frames
    const index = kept >= 0 ? kept : openingIndex(frames)
    place.current = { series: seriesKey, index, direction: 1 }
    ahead.current?.stop()
    ahead.current = prefetch(
      frames.map(frame => frame.bytes),
      at => pane.load(frames[at]?.imageId ?? ''),
      { parallel: 4, budgetBytes: prefetchBytes },
    )
    if (!same) change({ shown: null, window: null, inverted: false, zoom: 1 })
    change({ index, wanted: frames[index] ?? null, fault: null })
    pane.show(frames, index, same && kept >= 0)
    for (const run of asked.current.splice(0)) run(pane)
    // The first picture has the line for itself; the others follow.
    const after = setTimeout(() => ahead.current?.around(index, 1), 250)
    return () => clearTimeout(after)
  }, [pane, frames, seriesKey, change])

  /** What is asked while the viewer still loads is done as soon as it can be. */
  const act = (run: (live: Pane) => void) => {
    if (pane && frames.length > 0) run(pane)
    else asked.current.push(run)
  }

  const move = (live: Pane, index: number) => {
    const to = Math.min(Math.max(0, index), stack.current.length - 1)
    if (to !== place.current.index) place.current = moved(place.current, to)
    live.go(to)
  }

  return {
    ...state,
    ...(early(state, frames, look) ?? {}),
    ref: setElement,
    go: index => act(live => move(live, index)),
    step: by => act(live => move(live, place.current.index + by)),
    retry: () => act(live => live.retry()),
    hold(hand) {
      act(live => live.hold(hand))
      change({ hand })
    },
    setWindow: window => act(live => live.setWindow(window)),
    invert: () => act(live => live.invert()),
    zoomBy: factor => act(live => live.zoomBy(factor)),
    reset: () => act(live => live.reset()),
    clearMeasures: () => act(live => live.clearMeasures()),
    measure: () => pane?.measure() ?? null,
  }
}

/** The first look counts as shown until the viewport has drawn for itself, or said why it cannot. */
function early(
  state: PaneState,
  frames: Frame[],
  look: FirstLook | null | undefined,
): Partial<PaneState> | null {
  if (!look || state.drawn || state.fault) return null
  const shownIndex = frames.indexOf(look.frame)
  if (shownIndex < 0) return null
  const { center = 0, width = 1 } = look.frame.windows[0] ?? {}
  return { shown: look.frame, shownIndex, index: shownIndex, window: { center, width } }
}
