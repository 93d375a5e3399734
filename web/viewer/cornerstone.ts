/**
 * Cornerstone, started once for the page: the renderer (WebGL, or the processor where there is none), the loader
 * of WADO-RS frames with its decoding workers, and the tools. Everything else in this folder asks for it here.
 */
import { cache, getShouldUseCPURendering, init as initCore } from '@cornerstonejs/core'
import { init as initLoader, wadors } from '@cornerstonejs/dicom-image-loader'
import {
  addTool,
  annotation,
  init as initTools,
  LengthTool,
  PanTool,
  StackScrollTool,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools'
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
  for (const tool of [WindowLevelTool, PanTool, ZoomTool, StackScrollTool, LengthTool]) addTool(tool)
  cache.setMaxCacheSize(pixelCacheBytes)
  drawMeasuresInOurColours()
  started = { gpu: !getShouldUseCPURendering() }
  return started
}

/** Makes the pictures' metadata known to the loader; must come before one is asked for. */
export function registerMetadata(frames: Frame[]): void {
  for (const { imageId, metadata } of frames) wadors.metaDataManager.add(imageId, metadata as never)
}

export function forgetMetadata(frames: Frame[]): void {
  for (const { imageId } of frames) wadors.metaDataManager.remove(imageId)
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
