/** Pixels, four bytes each: red, green, blue, and one that is not looked at. */
export interface Raster {
  width: number
  height: number
  data: Uint8Array
}

/** The part of a picture that is wanted, in its own pixels; negative sizes turn it over (PS3.18 8.3.5.1.3). */
export interface Region {
  x: number
  y: number
  width: number
  height: number
}

/** Fits a picture, or a region of it, into `width` × `height` and keeps its proportions; it is never larger than that. */
export function fitted(source: Raster, width: number, height: number, region?: Region): Raster {
  const { x, y, ...size } = region ?? { x: 0, y: 0, width: source.width, height: source.height }
  const scale = Math.min(width / Math.abs(size.width), height / Math.abs(size.height))
  const target = {
    width: Math.max(1, Math.min(width, Math.round(Math.abs(size.width) * scale))),
    height: Math.max(1, Math.min(height, Math.round(Math.abs(size.height) * scale))),
  }
  const columns = samples(x, size.width, target.width, source.width)
  const rows = samples(y, size.height, target.height, source.height)
  const data = new Uint8Array(target.width * target.height * 4)
  rows.forEach((row, to) => {
    columns.forEach((column, at) => {
      const sums = [0, 0, 0]
      for (const { index: v, weight: wv } of row)
        for (const { index: u, weight: wu } of column) {
          const from = (v * source.width + u) * 4
          for (let channel = 0; channel < 3; channel++)
            sums[channel] = (sums[channel] ?? 0) + (source.data[from + channel] ?? 0) * wu * wv
        }
      const place = (to * target.width + at) * 4
      for (let channel = 0; channel < 3; channel++) data[place + channel] = Math.round(sums[channel] ?? 0)
      data[place + 3] = 255
    })
  })
  return { ...target, data }
}

interface Sample {
  index: number
  weight: number
}

/**
 * Which source pixels make each target pixel along one axis, with weights that sum to 1: their mean where it shrinks,
 * between the two nearest where it grows. Outside of the picture its edge goes on.
 */
function samples(start: number, length: number, count: number, size: number): Sample[][] {
  const step = Math.abs(length) / count
  const inside = (index: number) => Math.min(size - 1, Math.max(0, index))
  const list = Array.from({ length: count }, (_, at): Sample[] => {
    const from = start + at * step
    if (step <= 1) {
      const centre = from + step / 2 - 0.5
      const low = Math.floor(centre)
      return [
        { index: inside(low), weight: 1 - (centre - low) },
        { index: inside(low + 1), weight: centre - low },
      ]
    }
    const covered: Sample[] = []
    for (let index = Math.floor(from); index < from + step; index++) {
      const weight = (Math.min(index + 1, from + step) - Math.max(index, from)) / step
      if (weight > 0) covered.push({ index: inside(index), weight })
    }
    return covered
  })
  return length < 0 ? list.reverse() : list
}
