/**
 * Cornerstone, started once for the page: the renderer (WebGL, or the processor where there is none), the loader
 * of WADO-RS frames with its decoding workers, and the tools. Everything else in this folder asks for it here.
 */
import { cache, Enums, eventTarget, getShouldUseCPURendering, init as initCore } from '@cornerstonejs/core'
import { init as initLoader, wadors } from '@cornerstonejs/dicom-image-loader'
import {
  addTool,
  annotation,
  EllipticalROITool,
  init as initTools,
  LengthTool,
  PanTool,
  StackScrollTool,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools'
import { onForget } from '../api/forget.js'
import type { JsonDataSet } from './dicom-json.js'
import { number } from './dicom-json.js'
import type { Frame } from './frame.js'

/** Decoded pixels the page may hold, bytes; the prefetch stays below it. */
export const pixelCacheBytes = 900_000_000

let started: { gpu: boolean } | null = null

/** Idempotent; throws when even the processor's renderer cannot start. */
export function startCornerstone(): { gpu: boolean } {
  if (started) return started
  // One drawing context a pane: a desk shows several, and browsers give a page sixteen at most.
  initCore({ debug: { statsOverlay: false }, rendering: { webGlContextCount: 1 } })
  initLoader({ maxWebWorkers: Math.min(4, Math.max(1, (navigator.hardwareConcurrency || 2) - 1)) })
  initTools()
  for (const tool of [WindowLevelTool, PanTool, ZoomTool, StackScrollTool, LengthTool, EllipticalROITool])
    addTool(tool)
  cache.setMaxCacheSize(pixelCacheBytes)
  drawMeasuresInOurColours()
  keepQuietAboutToldFailures()
  onForget(() => {
    cache.purgeCache()
    wadors.metaDataManager.purge()
  })
  started = { gpu: !getShouldUseCPURendering() }
  return started
}

/** Makes the pictures' metadata known to the loader; must come before one is asked for. */
export function registerMetadata(frames: Frame[]): void {
  for (const frame of frames)
    wadors.metaDataManager.add(frame.imageId, { ...frame.metadata, ...correction(frame) } as never)
}

const jpegExtended = '1.2.840.10008.1.2.4.51'
const twelveBitShift = 15

/**
 * The loader's decoder of 12-bit lossy JPEG returns every sample 15 too high: its level shift is scaled by 255/4095
 * where 1/16 is right. On a CT that is 15 HU, so the rescale takes it back.
 */
function correction({ metadata, transferSyntax }: Frame): JsonDataSet {
  if (transferSyntax !== jpegExtended || (number(metadata, '00280101') ?? 8) <= 8) return {}
  const slope = number(metadata, '00281053') ?? 1
  const intercept = (number(metadata, '00281052') ?? 0) - twelveBitShift * slope
  return { '00281052': { vr: 'DS', Value: [intercept] }, '00281053': { vr: 'DS', Value: [slope] } }
}

function drawMeasuresInOurColours(): void {
  const style = annotation.config.style.getDefaultToolStyles()
  annotation.config.style.setDefaultToolStyles({
    ...style,
    global: {
      ...style['global'],
      color: '#8ad7e6',
      colorHighlighted: '#ffffff',
      colorSelected: '#ffffff',
      lineWidth: '1.5',
      textBoxFontFamily: 'Inter, "DejaVu Sans", sans-serif',
      textBoxFontSize: '13px',
      textBoxColor: '#d9f3f8',
      textBoxColorHighlighted: '#ffffff',
      textBoxColorSelected: '#ffffff',
      textBoxLinkLineColor: '#8ad7e6',
    },
  })
}

/** A picture that fails is told where it would be; the same failure also comes from a promise nobody can hold. */
function keepQuietAboutToldFailures(): void {
  const told = new WeakSet<object>()
  eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_FAILED, (event: Event) => {
    const { error } = (event as CustomEvent<{ error: unknown }>).detail
    if (typeof error === 'object' && error !== null) told.add(error)
  })
  window.addEventListener('unhandledrejection', event => {
    const reason: unknown = event.reason
    if (typeof reason === 'object' && reason !== null && told.has(reason)) event.preventDefault()
  })
}
