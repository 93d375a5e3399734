import { z } from 'zod'
import type { RenderOptions } from '../../dicom/rendering/renderer.js'
import type { Region } from '../../dicom/rendering/scaling.js'
import { Refusal } from '../../http/failures.js'

export const renderedQuery = z.object({
  accept: z.string().optional(),
  /** `center,width,function` (PS3.18 8.3.5.1.4). */
  window: z.string().optional(),
  /** `width,height[,x,y,width,height]` (PS3.18 8.3.5.1.3). */
  viewport: z.string().optional(),
  quality: z.string().optional(),
  annotation: z.string().optional(),
  iccprofile: z.string().optional(),
})

const VIEWPORT_MAX = 8192
const REGION_MAX = 100_000
const QUALITY = 90
const SHAPES = { linear: 'LINEAR', 'linear-exact': 'LINEAR_EXACT', sigmoid: 'SIGMOID' } as const

/** The rendering parameters of a request. @throws Refusal 400 for one that is written wrongly. */
export function renderingOf(query: z.output<typeof renderedQuery>): Omit<RenderOptions, 'type'> {
  const { window, viewport, quality } = query
  return {
    quality: quality === undefined ? QUALITY : numberIn(quality, 'quality', 1, 100),
    ...(window === undefined ? {} : { window: windowOf(window) }),
    ...(viewport === undefined ? {} : { viewport: viewportOf(viewport) }),
  }
}

function windowOf(text: string): NonNullable<RenderOptions['window']> {
  const [center = '', width = '', shape = 'linear', ...rest] = text.split(',').map(each => each.trim())
  if (rest.length > 0 || !(shape.toLowerCase() in SHAPES))
    refuse('window is center,width,function with the function linear, linear-exact or sigmoid.')
  return {
    center: numberIn(center, 'window center', -1e9, 1e9),
    width: numberIn(width, 'window width', 1e-6, 1e9),
    shape: SHAPES[shape.toLowerCase() as keyof typeof SHAPES],
  }
}

function viewportOf(text: string): NonNullable<RenderOptions['viewport']> {
  const parts = text.split(',').map(each => each.trim())
  if (parts.length !== 2 && parts.length !== 6)
    refuse('viewport is width,height or width,height,x,y,width,height.')
  const [width = '', height = '', x = '', y = '', wide = '', high = ''] = parts
  const size = {
    width: Math.round(numberIn(width, 'viewport width', 1, VIEWPORT_MAX)),
    height: Math.round(numberIn(height, 'viewport height', 1, VIEWPORT_MAX)),
  }
  return parts.length === 2 ? size : { ...size, region: regionOf(x, y, wide, high) }
}

function regionOf(x: string, y: string, width: string, height: string): Region {
  const side = (text: string) => {
    const value = numberIn(text, 'viewport region', -REGION_MAX, REGION_MAX)
    return Math.abs(value) < 1 ? refuse('A viewport region is at least one pixel wide and high.') : value
  }
  const start = (text: string) => (text === '' ? 0 : numberIn(text, 'viewport region', 0, REGION_MAX))
  return { x: start(x), y: start(y), width: side(width), height: side(height) }
}

function numberIn(text: string, name: string, min: number, max: number): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : refuse(`${name} is no number from ${min} to ${max}.`)
}

function refuse(detail: string): never {
  throw new Refusal(400, 'invalid', detail)
}
