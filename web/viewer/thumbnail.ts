/** A small picture of a series, drawn on a canvas of its own: no viewport is spent on it. */
import { imageLoader } from '@cornerstonejs/core'
import { registerMetadata, startCornerstone } from './cornerstone.js'
import type { Frame } from './frame.js'

/** `canvas` keeps its size; the picture is fitted inside it. */
export async function drawThumbnail(canvas: HTMLCanvasElement, frame: Frame): Promise<void> {
  const { gpu } = startCornerstone()
  registerMetadata([frame])
  const image = await imageLoader.loadAndCacheImage(frame.imageId, {
    priority: 20,
    requestType: 'thumbnail',
    useRGBA: !gpu,
  } as never)
  const context = canvas.getContext('2d')
  if (!context) return
  const pixels = image.voxelManager?.getScalarData() ?? image.getPixelData()
  const samples = image.color ? Math.round(pixels.length / (image.rows * image.columns)) : 1
  const scale = Math.min(canvas.width / image.columns, canvas.height / image.rows)
  const width = Math.max(1, Math.round(image.columns * scale))
  const height = Math.max(1, Math.round(image.rows * scale))
  const drawn = context.createImageData(width, height)
  const grey = greyscale(image)
  for (let y = 0; y < height; y++) {
    const row = Math.min(image.rows - 1, Math.floor((y + 0.5) / scale))
    for (let x = 0; x < width; x++) {
      const column = Math.min(image.columns - 1, Math.floor((x + 0.5) / scale))
      const from = (row * image.columns + column) * samples
      const to = (y * width + x) * 4
      for (let channel = 0; channel < 3; channel++) {
        const value = pixels[samples === 1 ? from : from + channel] ?? 0
        drawn.data[to + channel] = samples === 1 ? grey(value) : value
      }
      drawn.data[to + 3] = 255
    }
  }
  context.fillStyle = '#000'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.putImageData(drawn, (canvas.width - width) >> 1, (canvas.height - height) >> 1)
}

function greyscale(image: {
  windowCenter: number | number[]
  windowWidth: number | number[]
  invert?: boolean
}): (value: number) => number {
  const center = Array.isArray(image.windowCenter) ? (image.windowCenter[0] ?? 0) : image.windowCenter
  const width = Math.max(
    1,
    Array.isArray(image.windowWidth) ? (image.windowWidth[0] ?? 1) : image.windowWidth,
  )
  const low = center - width / 2
  return value => {
    const shade = Math.min(255, Math.max(0, ((value - low) / width) * 255))
    return image.invert ? 255 - shade : shade
  }
}
