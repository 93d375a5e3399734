/**
 * One viewport and its hand: what React never touches. It says which picture is *shown* and which is *wanted*
 * apart, because the pixels on the screen and the words around them must always be of the same picture.
 */
import type { Types } from '@cornerstonejs/core'
import { Enums, eventTarget, imageLoader, RenderingEngine } from '@cornerstonejs/core'
import {
  annotation,
  EllipticalROITool,
  LengthTool,
  PanTool,
  StackScrollTool,
  Enums as ToolEnums,
  ToolGroupManager,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools'
import { registerMetadata, startCornerstone } from './cornerstone.js'
import type { Fault } from './fault.js'
import { faultOf } from './fault.js'
import type { Frame, Window } from './frame.js'
import { lengthText } from './length.js'
import { range, windowOf } from './presets.js'
import { roiText } from './roi.js'

export type Hand = 'window' | 'scroll' | 'pan' | 'zoom' | 'length' | 'ellipse'

export interface PaneEvents {
  wanted(imageId: string): void
  shown(imageId: string): void
  failed(imageId: string, fault: Fault): void
  /** `inverted`: shown the other way round than the data set asks. */
  window(window: { center: number; width: number }, inverted: boolean): void
  zoom(factor: number): void
}

export interface Pane {
  /** Replaces the stack; `keepView` leaves window, zoom and place as they are (more pictures arrived). */
  show(frames: Frame[], index: number, keepView: boolean): void
  go(index: number): void
  /** Asks again for the picture wanted, which failed. */
  retry(): void
  hold(hand: Hand): void
  setWindow(window: Window | null): void
  invert(): void
  zoomBy(factor: number): void
  reset(): void
  clearMeasures(): void
  /** The measure on the picture shown that is chosen, else the one drawn or changed last. */
  measure(): Measure | null
  fit(): void
  load(imageId: string): Promise<unknown>
  close(): void
}

const toolOf: Record<Hand, string> = {
  window: WindowLevelTool.toolName,
  scroll: StackScrollTool.toolName,
  pan: PanTool.toolName,
  zoom: ZoomTool.toolName,
  length: LengthTool.toolName,
  ellipse: EllipticalROITool.toolName,
}
const MEASURES = ['length', 'ellipse'] as const

/** What is written beside a measure, and what kind it is. */
export interface Measure {
  kind: (typeof MEASURES)[number]
  lines: string[]
}

let opened = 0

export function openPane(
  element: HTMLDivElement,
  events: PaneEvents,
  frameNamed: (imageId: string) => Frame | undefined,
): Pane {
  const { gpu } = startCornerstone()
  const name = `pane-${++opened}`
  const engine = new RenderingEngine(name)
  engine.enableElement({ viewportId: name, type: Enums.ViewportType.STACK, element })
  element.tabIndex = -1
  const viewport = engine.getViewport(name) as Types.IStackViewport
  const tools = equip(name, engine.id, frameNamed)
  let hand: Hand = 'window'
  let stack: string[] = []
  let baseZoom = 1
  let fitting = 0
  /** The greys are shown the other way round than the data set asks (MONOCHROME1 asks for white on black itself). */
  let turned = false
  const turn = (on: boolean) => {
    turned = on
    viewport.setProperties({ invert: (viewport.getCornerstoneImage()?.invert ?? false) !== on })
  }
  // A rejected promise is the same failure onFailed reports.
  const asked = (work: Promise<unknown>) => work.catch(() => undefined)
  let toShow: string | null = null
  /** Where to go once the stack has opened: going on earlier would race with its first picture. */
  let opening = false
  let aim: number | null = null
  const follow = () => {
    opening = false
    const to = aim
    aim = null
    if (to !== null) asked(viewport.setImageIdIndex(to))
  }
  /** A new stack's first picture has come; what is left to do once it is drawn. Whichever picture that is. */
  let arrived = false
  let settle: (() => void) | null = null
  /** What is asked before the stack's first picture is there waits for it: it would be undone by it. */
  let waiting: (() => void)[] | null = []
  const then = (act: () => void) => (waiting ? void waiting.push(act) : act())

  const mine = (imageId: string) => stack.includes(imageId)
  const onShown = (event: Event) => {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail
    arrived ||= mine(imageId)
    toShow = imageId
  }
  const onWanted = (event: Event) => {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail
    events.wanted(imageId)
  }
  const onFailed = (event: Event) => {
    const { imageId, error } = (event as CustomEvent<{ imageId?: string; error?: unknown }>).detail
    if (!imageId || !mine(imageId)) return
    events.failed(imageId, faultOf(error))
    follow()
  }
  const onRendered = () => {
    // The pixels are on the screen now, and not before: only now may the words around them change.
    if (toShow) events.shown(toShow)
    toShow = null
    if (arrived && settle) {
      const first = settle
      settle = null
      first()
      return
    }
    const { voiRange } = viewport.getProperties()
    if (voiRange) events.window(windowOf(voiRange), turned)
    events.zoom(viewport.getZoom() / baseZoom)
  }
  let touched: string | undefined
  const onMeasured = (event: Event) => {
    touched = (event as CustomEvent<{ annotation: { annotationUID?: string } }>).detail.annotation
      .annotationUID
  }
  const measured = [ToolEnums.Events.ANNOTATION_COMPLETED, ToolEnums.Events.ANNOTATION_MODIFIED]
  for (const name of measured) eventTarget.addEventListener(name, onMeasured)
  element.addEventListener(Enums.Events.STACK_NEW_IMAGE, onShown)
  element.addEventListener(Enums.Events.PRE_STACK_NEW_IMAGE, onWanted)
  element.addEventListener(Enums.Events.IMAGE_RENDERED, onRendered)
  eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, onFailed)

  const place = (index: number, keepView: boolean) => {
    const view = keepView ? viewport.getViewPresentation() : null
    const properties = keepView ? viewport.getProperties() : null
    if (!keepView) turned = false
    waiting ??= []
    arrived = false
    opening = true
    aim = null
    settle = () => {
      if (!keepView) baseZoom = viewport.getZoom()
      if (view && properties) {
        viewport.setProperties({ voiRange: properties.voiRange, invert: properties.invert })
        viewport.setViewPresentation(view)
      }
      const acts = waiting ?? []
      waiting = null
      for (const act of acts) act()
      viewport.render()
      follow()
    }
    asked(viewport.setStack(stack, index).then(() => viewport.render()))
  }

  return {
    show(frames, index, keepView) {
      registerMetadata(frames)
      stack = frames.map(frame => frame.imageId)
      place(index, keepView)
    },
    go(index) {
      if (opening) aim = index
      else asked(viewport.setImageIdIndex(index))
    },
    retry() {
      // The viewport takes the index it is at for done, so the picture is asked for as a fresh stack.
      place(viewport.getCurrentImageIdIndex(), true)
    },
    hold(next) {
      tools.setToolPassive(toolOf[hand])
      hand = next
      grip(tools, hand)
    },
    setWindow: window =>
      then(() => {
        const wanted = window ?? ownWindow(viewport.getCornerstoneImage())
        if (wanted) viewport.setProperties({ voiRange: range(wanted) })
        viewport.render()
      }),
    invert: () =>
      then(() => {
        turn(!turned)
        viewport.render()
      }),
    zoomBy: factor =>
      then(() => {
        viewport.setZoom(Math.min(30, Math.max(0.1, viewport.getZoom() * factor)))
        viewport.render()
      }),
    reset: () =>
      then(() => {
        viewport.resetProperties()
        turn(false)
        viewport.resetCamera()
        baseZoom = viewport.getZoom()
        viewport.render()
      }),
    clearMeasures() {
      for (const kind of MEASURES)
        for (const drawn of annotation.state.getAnnotations(toolOf[kind], element) ?? [])
          if (drawn.annotationUID) annotation.state.removeAnnotation(drawn.annotationUID)
      viewport.render()
    },
    measure() {
      const shown = viewport.getCurrentImageId()
      const drawn = MEASURES.flatMap(kind =>
        (annotation.state.getAnnotations(toolOf[kind], element) ?? [])
          .filter(({ metadata }) => metadata?.referencedImageId === shown)
          .map(one => ({ kind, one })),
      )
      const chosen =
        drawn.find(({ one }) => one.isSelected) ??
        drawn.find(({ one }) => one.annotationUID === touched) ??
        drawn.at(-1)
      if (!chosen) return null
      const text = { length: lengthText, ellipse: roiText }[chosen.kind](frameNamed)
      return { kind: chosen.kind, lines: text(chosen.one.data as never, `imageId:${shown}`) ?? [] }
    },
    fit() {
      cancelAnimationFrame(fitting)
      // Within a frame of its own: a drawing that is due makes the engine pass over another size.
      fitting = requestAnimationFrame(() => {
        const [x, y] = viewport.getPan()
        const fitted = Math.abs(viewport.getZoom() / baseZoom - 1) < 0.01 && Math.hypot(x, y) < 2
        // What was whole on the screen stays whole; what a reader has zoomed or moved stays as large as it is.
        engine.resize(true, !fitted)
        if (fitted) baseZoom = viewport.getZoom()
      })
    },
    load(imageId) {
      return imageLoader.loadAndCacheImage(imageId, {
        priority: 10,
        requestType: Enums.RequestType.Prefetch,
        useRGBA: !gpu,
      } as never)
    },
    close() {
      cancelAnimationFrame(fitting)
      element.removeEventListener(Enums.Events.STACK_NEW_IMAGE, onShown)
      element.removeEventListener(Enums.Events.PRE_STACK_NEW_IMAGE, onWanted)
      element.removeEventListener(Enums.Events.IMAGE_RENDERED, onRendered)
      eventTarget.removeEventListener(Enums.Events.IMAGE_LOAD_ERROR, onFailed)
      for (const name of measured) eventTarget.removeEventListener(name, onMeasured)
      ToolGroupManager.destroyToolGroup(name)
      engine.destroy()
    },
  }
}

function ownWindow(image: Types.IImage | undefined): Window | null {
  const { windowCenter: centers, windowWidth: widths } = image ?? {}
  const center = Array.isArray(centers) ? centers[0] : centers
  const width = Array.isArray(widths) ? widths[0] : widths
  return center === undefined || width === undefined ? null : { center, width }
}

type Tools = NonNullable<ReturnType<typeof ToolGroupManager.createToolGroup>>

function equip(name: string, engine: string, frameNamed: (imageId: string) => Frame | undefined): Tools {
  const tools = ToolGroupManager.createToolGroup(name)
  if (!tools) throw new Error(`The tool group ${name} exists already.`)
  for (const tool of Object.values(toolOf)) {
    const say = { [toolOf.length]: lengthText, [toolOf.ellipse]: roiText }[tool]
    tools.addTool(tool, say === undefined ? {} : { getTextLines: say(frameNamed) })
  }
  tools.addViewport(name, engine)
  grip(tools, 'window')
  return tools
}

/** The chosen tool is on the first button; middle pans and right zooms, whatever is chosen. */
function grip(tools: Tools, hand: Hand): void {
  const { Primary, Secondary, Auxiliary } = ToolEnums.MouseBindings
  const bindings: Record<Hand, { mouseButton?: number; numTouchPoints?: number }[]> = {
    window: [],
    scroll: [],
    pan: [{ mouseButton: Auxiliary }],
    zoom: [{ mouseButton: Secondary }, { numTouchPoints: 2 }],
    length: [],
    ellipse: [],
  }
  bindings[hand].unshift({ mouseButton: Primary })
  for (const [each, held] of Object.entries(bindings) as [Hand, typeof bindings.pan][]) {
    tools.setToolPassive(toolOf[each], { removeAllBindings: true })
    if (held.length > 0) tools.setToolActive(toolOf[each], { bindings: held })
  }
}
