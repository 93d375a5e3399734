/**
 * One viewport and its hand: what React never touches. It says which picture is *shown* and which is *wanted*
 * apart, because the pixels on the screen and the words around them must always be of the same picture.
 */
import type { Types } from '@cornerstonejs/core'
import { Enums, eventTarget, imageLoader, RenderingEngine } from '@cornerstonejs/core'
import {
  annotation,
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

export type Hand = 'window' | 'scroll' | 'pan' | 'zoom' | 'length'

export interface PaneEvents {
  wanted(imageId: string): void
  shown(imageId: string): void
  failed(imageId: string, fault: Fault): void
  window(window: { center: number; width: number }): void
  zoom(factor: number): void
}

export interface Pane {
  /** Replaces the stack; `keepView` leaves window, zoom and place as they are (more pictures arrived). */
  show(frames: Frame[], index: number, keepView: boolean): void
  go(index: number): void
  hold(hand: Hand): void
  setWindow(window: Window | null): void
  invert(): boolean
  zoomBy(factor: number): void
  reset(): void
  clearMeasures(): void
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

  const mine = (imageId: string) => stack.includes(imageId)
  const onShown = (event: Event) => {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail
    events.shown(imageId)
  }
  const onWanted = (event: Event) => {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail
    events.wanted(imageId)
  }
  const onFailed = (event: Event) => {
    const { imageId, error } = (event as CustomEvent<{ imageId?: string; error?: unknown }>).detail
    if (imageId && mine(imageId)) events.failed(imageId, faultOf(error))
  }
  const onRendered = () => {
    const { voiRange } = viewport.getProperties()
    if (voiRange) events.window(windowOf(voiRange))
    events.zoom(viewport.getZoom() / baseZoom)
  }
  element.addEventListener(Enums.Events.STACK_NEW_IMAGE, onShown)
  element.addEventListener(Enums.Events.PRE_STACK_NEW_IMAGE, onWanted)
  element.addEventListener(Enums.Events.IMAGE_RENDERED, onRendered)
  eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, onFailed)

  // A rejected promise is the same failure onFailed has already reported.
  const asked = (work: Promise<unknown>) => work.catch(() => undefined)

  return {
    show(frames, index, keepView) {
      const view = keepView ? viewport.getViewPresentation() : null
      const properties = keepView ? viewport.getProperties() : null
      registerMetadata(frames)
      stack = frames.map(frame => frame.imageId)
      const placed = viewport.setStack(stack, index).then(() => {
        if (!keepView) baseZoom = viewport.getZoom()
        if (view && properties) {
          viewport.setProperties({ voiRange: properties.voiRange, invert: properties.invert })
          viewport.setViewPresentation(view)
        }
        viewport.render()
      })
      asked(placed)
    },
    go(index) {
      asked(viewport.setImageIdIndex(Math.min(Math.max(0, index), stack.length - 1)))
    },
    hold(next) {
      tools.setToolPassive(toolOf[hand])
      hand = next
      grip(tools, hand)
    },
    setWindow(window) {
      if (window) viewport.setProperties({ voiRange: range(window) })
      else {
        const image = viewport.getCornerstoneImage()
        const { windowCenter: centers, windowWidth: widths } = image
        const center = Array.isArray(centers) ? centers[0] : centers
        const width = Array.isArray(widths) ? widths[0] : widths
        if (center !== undefined && width !== undefined)
          viewport.setProperties({ voiRange: range({ center, width }) })
      }
      viewport.render()
    },
    invert() {
      const invert = !viewport.getProperties().invert
      viewport.setProperties({ invert })
      viewport.render()
      return invert
    },
    zoomBy(factor) {
      viewport.setZoom(Math.min(30, Math.max(0.1, viewport.getZoom() * factor)))
      viewport.render()
    },
    reset() {
      viewport.resetProperties()
      viewport.resetCamera()
      baseZoom = viewport.getZoom()
      viewport.render()
    },
    clearMeasures() {
      for (const drawn of annotation.state.getAnnotations(LengthTool.toolName, element) ?? [])
        if (drawn.annotationUID) annotation.state.removeAnnotation(drawn.annotationUID)
      viewport.render()
    },
    fit() {
      const fitted = Math.abs(viewport.getZoom() / baseZoom - 1) < 0.01
      engine.resize(true, true)
      if (fitted) baseZoom = viewport.getZoom()
    },
    load(imageId) {
      return imageLoader.loadAndCacheImage(imageId, {
        priority: 10,
        requestType: Enums.RequestType.Prefetch,
        useRGBA: !gpu,
      } as never)
    },
    close() {
      element.removeEventListener(Enums.Events.STACK_NEW_IMAGE, onShown)
      element.removeEventListener(Enums.Events.PRE_STACK_NEW_IMAGE, onWanted)
      element.removeEventListener(Enums.Events.IMAGE_RENDERED, onRendered)
      eventTarget.removeEventListener(Enums.Events.IMAGE_LOAD_ERROR, onFailed)
      ToolGroupManager.destroyToolGroup(name)
      engine.destroy()
    },
  }
}

type Tools = NonNullable<ReturnType<typeof ToolGroupManager.createToolGroup>>

function equip(name: string, engine: string, frameNamed: (imageId: string) => Frame | undefined): Tools {
  const tools = ToolGroupManager.createToolGroup(name)
  if (!tools) throw new Error(`The tool group ${name} exists already.`)
  for (const tool of Object.values(toolOf)) {
    const options = tool === LengthTool.toolName ? { getTextLines: lengthText(frameNamed) } : {}
    tools.addTool(tool, options)
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
  }
  bindings[hand].unshift({ mouseButton: Primary })
  for (const [each, held] of Object.entries(bindings) as [Hand, typeof bindings.pan][]) {
    tools.setToolPassive(toolOf[each], { removeAllBindings: true })
    if (held.length > 0) tools.setToolActive(toolOf[each], { bindings: held })
  }
}
